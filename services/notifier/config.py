"""The notifier's settings: environment and channels file, every mistake listed at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from marshmallow import validate

from services.notifier.channels import MAILBOXES, REGISTRY
from services.notifier.domain.breaker import MOST
from services.notifier.domain.retry import RetryLimits
from services.notifier.mail.outbox import Outbox
from services.notifier.mail.settings import default_outbox
from services.notifier.notify import OpeningReply, opening_values
from shared.blobs.settings import BlobSettings, blob_settings
from shared.contracts import ticket_fact
from shared.runtime.channels_file import ChannelEntry, read_channels
from shared.runtime.settings import (
    ProcessSettings,
    SettingsError,
    mongodb_uri,
    process_settings,
    seal,
    settings_reader,
)
from shared.texts.liquid import TemplateError, TextTemplate

T = TypeVar("T")

OPENING_TEMPLATE: Final = Path(__file__).with_name("templates") / "ticket_opened.liquid"


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """What every process of the notifier needs."""

    process: ProcessSettings
    mongodb_uri: str
    mongodb_database: str


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A channel of a kind that can send; `fields` is what its kind's schema makes of its declaration."""

    id: str
    kind: str
    fields: Any


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """What the process that sends needs besides."""

    channels: tuple[ChannelSettings, ...]
    opening_reply: OpeningReply | None
    threads: int
    limits: RetryLimits
    blobs: BlobSettings
    files_secret: str | None = field(default=None, repr=False)
    template_sync: timedelta = timedelta(seconds=900)
    outboxes: tuple[Outbox, ...] = ()
    most_automatic: int = MOST


def read_settings() -> NotifierSettings:
    """AMQP_URL, MONGODB_URI, MONGODB_DATABASE …; SettingsError with all mistakes."""
    env = settings_reader()
    settings = NotifierSettings(
        process_settings(env), mongodb_uri(env), env.str("MONGODB_DATABASE", "sportello_notifier") or ""
    )
    seal(env)
    return settings


def read_worker_settings() -> tuple[NotifierSettings, SendingSettings]:
    """The same with the channels (and their secrets) and how to send; SettingsError with all mistakes."""
    mistakes: list[str] = []
    settings = _collect(read_settings, mistakes)
    env = settings_reader()
    threads = env.int("NOTIFIER_SEND_THREADS", 16, validate=validate.Range(1, 256))
    wait = env.float("NOTIFIER_RECEIPT_WAIT_SECONDS", 60.0, validate=validate.Range(1, 3_600))
    own_text = env.str("NOTIFIER_OPENING_REPLY", None)
    sync = env.float("NOTIFIER_TEMPLATE_SYNC_SECONDS", 900.0, validate=validate.Range(10, 86_400))
    secret = env.str("SPORTELLO_FILES_SECRET", None, validate=validate.Length(min=16))
    smtp_url = env.str("SPORTELLO_SMTP_URL", "")
    mail_from = env.str("SPORTELLO_MAIL_FROM", "")
    breaker = env.int("SPORTELLO_MAIL_BREAKER", MOST, validate=validate.Range(1, 1_000))
    blobs = blob_settings(env, settings.mongodb_uri if settings is not None else "")
    _collect(lambda: seal(env), mistakes)
    opening = _collect(lambda: _opening_reply(own_text), mistakes)
    default = _collect(lambda: default_outbox(smtp_url or "", mail_from or ""), mistakes)
    declared = None
    if settings is not None:
        path = settings.process.channels_path
        declared = _collect(lambda: _declared(read_channels(path)), mistakes)
    if mistakes or settings is None or declared is None:
        raise SettingsError(mistakes)
    channels, mailboxes = declared
    return settings, SendingSettings(
        channels,
        opening,
        threads,
        RetryLimits(receipt_wait=timedelta(seconds=wait)),
        blobs,
        secret,
        timedelta(seconds=sync),
        _outboxes(default, mailboxes),
        breaker,
    )


def _declared(entries: list[ChannelEntry]) -> tuple[tuple[ChannelSettings, ...], list[Outbox]]:
    """The channels that have a sender, and the mailboxes, each as its kind's schema makes them."""
    mistakes: list[str] = []
    channels: list[ChannelSettings] = []
    mailboxes: list[Outbox] = []
    for entry in entries:
        try:
            if entry.kind in REGISTRY:
                fields = entry.resolve(REGISTRY[entry.kind].settings, os.environ)
                channels.append(ChannelSettings(entry.id, entry.kind, fields))
            elif entry.kind in MAILBOXES:
                outbox: Outbox = entry.resolve(MAILBOXES[entry.kind].settings, os.environ)
                sender = replace(outbox.sender, name=outbox.sender.name or entry.name)
                mailboxes.append(replace(outbox, sender=sender))
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(channels), mailboxes


def _outboxes(default: Outbox | None, mailboxes: list[Outbox]) -> tuple[Outbox, ...]:
    """The one for mails of no channel first; its server is also that of mailboxes that name none."""
    if default is None:
        return tuple(mailboxes)
    return (default, *(replace(one, server=one.server or default.server) for one in mailboxes))


def _opening_reply(own_text: str | None) -> OpeningReply | None:
    """The opening reply; NOTIFIER_OPENING_REPLY replaces its text, or switches it off when empty."""
    source = OPENING_TEMPLATE.read_text() if own_text is None else own_text
    if not source.strip():
        return None
    try:
        template = TextTemplate(source)
        template.render(opening_values(ticket_fact.EXAMPLE))
    except TemplateError as error:
        raise SettingsError([f"NOTIFIER_OPENING_REPLY: {error}"]) from error
    return OpeningReply(template)


def _collect(read: Callable[[], T], mistakes: list[str]) -> T | None:
    try:
        return read()
    except SettingsError as error:
        mistakes += error.mistakes
        return None
