"""The desk's settings from the environment and the channels file, every mistake listed at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import httpx
from environs import FileAwareEnv
from marshmallow import ValidationError, validate

from services.ticket_service.chat_sites import ChatSiteSchema
from services.ticket_service.clamd import connector
from services.ticket_service.domain.chat import CHAT, ChatSite
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.numbering import PREFIX
from services.ticket_service.domain.openid import OpenId
from services.ticket_service.domain.presets import DEFAULT_PRESET, PRESETS
from services.ticket_service.domain.settings import FirstSettings
from services.ticket_service.domain.title import PLACEHOLDERS, unknown_placeholders
from services.ticket_service.mailbox_settings import Mailbox, MailboxSchema
from services.ticket_service.openid_settings import openid_settings
from shared.blobs.settings import BlobSettings, blob_settings
from shared.egress.addresses import ForbiddenAddress, Origin, origin_of
from shared.runtime.channels_file import ChannelEntry, read_channels, resolve_all
from shared.runtime.settings import (
    ProcessSettings,
    SettingsError,
    mongodb_uri,
    process_settings,
    seal,
    settings_reader,
)

_CRASH_AT: Final = re.compile(r"^(before_commit|after_commit)(?::([1-9][0-9]{0,8}))?$")
_RATE: Final = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)\Z")
SHORTEST_KEY: Final = 32
DEFAULT_RATE_LIMIT: Final = "6000/minute"
"""A console or a program that asks a hundred times a second, all minute long, is out of its mind."""
DEFAULT_DATABASE: Final = "sportello_ticket_service"
WEB_THREADS: Final = 64
"""As deploy/gunicorn.conf.py has it for the desk."""


def streams_of(threads: int) -> int:
    """How many of a web process' threads may wait with open pages: a quarter is kept for everything else."""
    return max(1, threads * 3 // 4)


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """Where a test wants the worker to die: `point` of the `save`-th save of the process (from 1)."""

    point: str
    save: int


@dataclass(frozen=True, slots=True)
class OutwardSettings:
    """How the desk meets others.

    `rate_limit`: requests a token may make (`600/minute`), empty for no limit. `trusted_proxies`: so many
    proxies in front add the client's address. `webhook_origins`: receivers inside the own network.
    """

    rate_limit: str = ""
    trusted_proxies: int = 0
    webhook_origins: frozenset[Origin] = frozenset()


@dataclass(frozen=True, slots=True)
class ConfidentialSettings:
    """What asking in confidence rests on; empty where nobody set it.

    Of `keys` the first one encrypts, all open. `desk_url` is the address where customers reach the desk.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    desk_url: str = ""


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """How people log in. Of `keys`, which sign log-ins and seal second factors, the first one is used."""

    keys: tuple[str, ...] = field(default=(), repr=False)
    openid: OpenId | None = None


@dataclass(frozen=True, slots=True)
class DeskProcessSettings:
    """What every process of the desk needs; `clamd_address` is None where nothing scans files.

    `mailboxes` are the addresses of each channel that is one, `chats` how pages name those that are live
    chats.
    `streams` is how many open pages a web process tells what happens: each of them holds one of its threads.
    """

    process: ProcessSettings
    mongodb_uri: str
    mongodb_database: str
    blobs: BlobSettings
    channels: tuple[ChannelEntry, ...]
    crash: CrashPoint | None
    clamd_address: str | None
    outward: OutwardSettings = OutwardSettings()
    confidential: ConfidentialSettings = ConfidentialSettings()
    doors: DoorSettings = DoorSettings()
    streams: int = streams_of(WEB_THREADS)
    mailboxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chats: Mapping[str, ChatSite] = field(default_factory=dict)


def read_settings() -> DeskProcessSettings:
    """AMQP_URL, MONGODB_URI, MONGODB_DATABASE, BLOBS_URI …; SettingsError with all mistakes.

    Of the channels only what they declare openly is read: the desk needs none of their secrets.
    """
    env = settings_reader()
    process = process_settings(env)
    uri = mongodb_uri(env)
    name = env.str("MONGODB_DATABASE", DEFAULT_DATABASE) or DEFAULT_DATABASE
    blobs = blob_settings(env, uri)
    crash = _crash_point(env)
    threads = env.int("WEB_THREADS", WEB_THREADS, validate=validate.Range(1, 10_000))
    clamd = env.str("CLAMD_ADDRESS", None, validate=_clamd_address) or None
    outward = OutwardSettings(
        env.str("API_RATE_LIMIT", DEFAULT_RATE_LIMIT, validate=_rate_limit) or "",
        env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)) or 0,
        frozenset(map(_origin, env.list("WEBHOOK_ORIGINS", [], validate=_origins) or [])),
    )
    confidential = ConfidentialSettings(
        _keys(env, "SPORTELLO_CONFIDENTIAL_KEY"),
        env.str("SPORTELLO_DESK_URL", "", validate=_web_address) or "",
    )
    doors = DoorSettings(_keys(env, "SPORTELLO_SECRET_KEY"), openid_settings(env))
    mistakes: list[str] = []
    try:
        seal(env)
    except SettingsError as error:
        mistakes += error.mistakes
    channels: tuple[ChannelEntry, ...] = ()
    mailboxes: list[Mailbox] = []
    if process.channels_path.name:
        try:
            channels = tuple(read_channels(process.channels_path))
            mailboxes = resolve_all(channels, {MAIL: MailboxSchema()}, os.environ)
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return DeskProcessSettings(
        *(process, uri, name, blobs, channels, crash, clamd, outward, confidential, doors),
        streams=streams_of(threads or WEB_THREADS),
        mailboxes={each.id: each.addresses for each in mailboxes},
        chats=_chats(channels, os.environ),
    )


def _chats(channels: Iterable[ChannelEntry], environ: Mapping[str, str]) -> dict[str, ChatSite]:
    """Every live chat by its id, which is its name too where it declares none that can be read here.

    The desk shows both to whoever puts the chat into a page and needs neither: a variable that only the
    gateway has keeps no desk from starting.
    """
    found = {}
    for each in channels:
        if each.kind == CHAT:
            try:
                site = each.resolve(ChatSiteSchema(), environ)
            except SettingsError:
                site = ChatSite("")
            found[each.id] = site if site.key else ChatSite(each.id, site.address)
    return found


def _keys(env: FileAwareEnv, name: str) -> tuple[str, ...]:
    keys: list[str] = env.list(name, [], validate=_long_keys) or []
    return tuple(key.strip() for key in keys)


def _origin(text: str) -> Origin:
    return origin_of(httpx.URL(text.strip()))


def _origins(texts: list[str]) -> None:
    for text in texts:
        try:
            url = httpx.URL(text.strip())
            whole = url.path in ("", "/") and not url.query and not url.userinfo
            if not whole or origin_of(url).scheme not in ("http", "https"):
                raise ValidationError(f"{text!r} is not like http://host:port.")
        except (ForbiddenAddress, httpx.InvalidURL) as error:
            raise ValidationError(f"{text!r} is not like http://host:port.") from error


def read_first_settings() -> FirstSettings:
    """What a new desk starts with; SettingsError with all mistakes."""
    env = settings_reader()
    settings = FirstSettings(
        time_zone=env.str("SPORTELLO_TIME_ZONE", None, validate=_time_zone),
        title_pattern=env.str("SPORTELLO_TITLE_PATTERN", None, validate=_title_pattern),
        number_prefix=env.str(
            "SPORTELLO_NUMBER_PREFIX",
            None,
            validate=validate.Regexp(PREFIX, error="use at most 20 letters, digits and . _ -."),
        ),
        preset=env.str("SPORTELLO_WORKFLOW_PRESET", DEFAULT_PRESET, validate=validate.OneOf(list(PRESETS)))
        or DEFAULT_PRESET,
        admin_email=env.str("SPORTELLO_ADMIN_EMAIL", None, validate=validate.Email()),
        admin_password=env.str("SPORTELLO_ADMIN_PASSWORD", None, validate=validate.Length(min=10, max=1_000)),
        api_token=env.str("SPORTELLO_API_TOKEN", None, validate=validate.Length(min=20, max=1_000)),
    )
    seal(env)
    complete = settings.admin_email and settings.admin_password
    if not complete and (settings.admin_email or settings.admin_password or settings.api_token):
        raise SettingsError(
            ["SPORTELLO_ADMIN_EMAIL and SPORTELLO_ADMIN_PASSWORD go together, and a token needs both."]
        )
    return settings


def _time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("is not a time zone's name (like Europe/Rome).")


def _title_pattern(pattern: str) -> None:
    unknown = unknown_placeholders(pattern)
    if unknown or not pattern.strip() or len(pattern) > 200:
        known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
        raise ValidationError(f"must be 1 to 200 characters with no other placeholders than {known}.")


def _rate_limit(limit: str) -> None:
    if limit and not _RATE.match(limit):
        raise ValidationError("must be like 600/minute (second, minute, hour or day), or empty for no limit.")


def _long_keys(keys: list[str]) -> None:
    # The value itself must not get into the message, and from there into a log.
    if any(len(each.strip()) < SHORTEST_KEY for each in keys):
        raise ValidationError(f"each key needs at least {SHORTEST_KEY} characters; commas separate keys.")


def _web_address(url: str) -> None:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValidationError("must be an address like https://desk.example.org.")


def _clamd_address(address: str) -> None:
    try:
        if address:
            connector(address)
    except ValueError as error:
        raise ValidationError("must be tcp://host:port or unix:///path of clamd's socket.") from error


def _crash_point(env: FileAwareEnv) -> CrashPoint | None:
    """SPORTELLO_CRASH_AT=before_commit|after_commit[:n], refused outside tests (SPORTELLO_TESTING=1)."""
    testing = env.bool("SPORTELLO_TESTING", False)

    def check(value: str) -> None:
        if not testing:
            raise ValidationError("kills the process on purpose; only for tests.")
        if not _CRASH_AT.match(value):
            raise ValidationError("must be before_commit or after_commit, with :n for the n-th save.")

    value = env.str("SPORTELLO_CRASH_AT", None, validate=check)
    found = _CRASH_AT.match(value or "")
    return CrashPoint(found[1], int(found[2] or 1)) if found else None
