"""The gateway's settings: environment and channels file, every mistake listed at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from environs import FileAwareEnv
from marshmallow import validate

from services.webhook_gateway.channels import REGISTRY
from services.webhook_gateway.channels.fetchers import FETCHERS
from services.webhook_gateway.channels.webchat import WebChat
from services.webhook_gateway.ports import Fetcher, InboundChannel
from services.webhook_gateway.spool.directory import SpoolDirectory
from shared.blobs.settings import BlobSettings, blob_settings
from shared.runtime.channels_file import ChannelEntry, read_channels
from shared.runtime.settings import (
    ProcessSettings,
    SettingsError,
    mongodb_uri,
    process_settings,
    seal,
    settings_reader,
)

T = TypeVar("T")
MEDIA_THREADS: Final = 4
NEWCOMERS: Final = 20
SPOOL_BYTES: Final = 512 * 1024 * 1024
SPOOL_LEAST: Final = 4 * 1024 * 1024
"""Room for the largest webhook there can be."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Everything the gateway's processes need."""

    process: ProcessSettings
    channels: tuple[InboundChannel, ...]
    chats: WebChat = field(default_factory=lambda: WebChat([]))


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Where accepted messages wait while the broker is away, and how many bytes of them."""

    folder: Path
    max_bytes: int


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What serving files behind signed links takes."""

    secret: str = field(repr=False)
    blobs: BlobSettings


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What chats take in the web process: where offers are read, how many proxies of ours stand before it,
    and how many new visitors an hour one address may bring.
    """

    mongodb_uri: str = field(repr=False)
    mongodb_database: str
    trusted_proxies: int = 0
    newcomers: int = NEWCOMERS


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the web process needs besides: only it accepts something that must be kept.

    `files` is None where no channel's provider fetches files by itself, `chats` where there is no chat; a
    chat needs both.
    """

    gateway: GatewaySettings
    spool: SpoolSettings
    files: FileSettings | None
    chats: ChatSettings | None = None


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the worker needs besides: where its jobs and the files go, and each channel's way to its files."""

    gateway: GatewaySettings
    mongodb_uri: str = field(repr=False)
    mongodb_database: str
    blobs: BlobSettings
    fetchers: Mapping[str, Fetcher]
    media_threads: int


def read_web_settings() -> WebSettings:
    """Settings of the web process. SettingsError with all mistakes, a folder it cannot write among them."""
    mistakes: list[str] = []
    gateway = _collect(read_settings, mistakes)
    spool = _collect(_spool_settings, mistakes)
    files = _collect(_file_settings, mistakes)
    chats = None
    if gateway is not None and gateway.chats:
        chats = _collect(_chat_settings, mistakes)
        if files is None and not mistakes:
            mistakes.append("SPORTELLO_FILES_SECRET: a chat needs it, for files and pictures.")
    if gateway is None or spool is None or mistakes:
        raise SettingsError(mistakes)
    return WebSettings(gateway, spool, files, chats)


def read_worker_settings() -> WorkerSettings:
    """Settings of the worker, the channels' credentials among them. SettingsError with all mistakes."""
    mistakes: list[str] = []
    gateway = _collect(read_settings, mistakes)
    env = settings_reader()
    uri = mongodb_uri(env)
    database = _database_name(env)
    blobs = blob_settings(env, uri)
    threads = env.int("WEBHOOK_GATEWAY_MEDIA_THREADS", MEDIA_THREADS, validate=validate.Range(1, 64))
    _collect(lambda: seal(env), mistakes)
    fetchers = None
    if gateway is not None:
        path = gateway.process.channels_path
        fetchers = _collect(lambda: _fetchers(read_channels(path)), mistakes)
    if gateway is None or fetchers is None or mistakes:
        raise SettingsError(mistakes)
    return WorkerSettings(gateway, uri, database, blobs, fetchers, threads or MEDIA_THREADS)


def read_settings() -> GatewaySettings:
    """Settings from the process's environment. SettingsError with all mistakes.

    A gateway without any secret could not tell a provider from an impostor, so it refuses to start.
    """
    env = settings_reader()
    process = process_settings(env)
    mistakes: list[str] = []
    try:
        seal(env)
    except SettingsError as error:
        mistakes += error.mistakes
    channels: tuple[InboundChannel, ...] = ()
    chats = WebChat([])
    if process.channels_path.name:
        try:
            channels, chats = _channels(read_channels(process.channels_path))
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return GatewaySettings(process, channels, chats)


def _spool_settings() -> SpoolSettings:
    """WEBHOOK_GATEWAY_SPOOL_DIR and WEBHOOK_GATEWAY_SPOOL_MAX_BYTES."""
    env = settings_reader()
    folder = env.str("WEBHOOK_GATEWAY_SPOOL_DIR", validate=validate.Length(min=1))
    limit = env.int("WEBHOOK_GATEWAY_SPOOL_MAX_BYTES", SPOOL_BYTES, validate=validate.Range(min=SPOOL_LEAST))
    seal(env)
    path = Path(folder or "")
    try:
        SpoolDirectory(path).prepare()
    except OSError as error:
        raise SettingsError(
            [f"WEBHOOK_GATEWAY_SPOOL_DIR: {path} cannot be written: {error.strerror}."]
        ) from error
    return SpoolSettings(path, limit or SPOOL_BYTES)


def _file_settings() -> FileSettings | None:
    """SPORTELLO_FILES_SECRET, BLOBS_URI or MONGODB_URI, BLOBS_DATABASE; None without the secret."""
    env = settings_reader()
    secret = env.str("SPORTELLO_FILES_SECRET", None, validate=validate.Length(16, 500))
    if secret is None:
        seal(env)
        return None
    own_uri = "" if os.environ.keys() & {"BLOBS_URI", "BLOBS_URI_FILE"} else mongodb_uri(env)
    blobs = blob_settings(env, own_uri)
    seal(env)
    return FileSettings(secret, blobs)


def _chat_settings() -> ChatSettings:
    """MONGODB_URI, MONGODB_DATABASE, TRUSTED_PROXIES and WEBCHAT_NEW_VISITORS_PER_HOUR."""
    env = settings_reader()
    uri, database = mongodb_uri(env), _database_name(env)
    proxies = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10))
    newcomers = env.int("WEBCHAT_NEW_VISITORS_PER_HOUR", NEWCOMERS, validate=validate.Range(1, 1_000_000))
    seal(env)
    return ChatSettings(uri, database, proxies or 0, newcomers or NEWCOMERS)


def _database_name(env: FileAwareEnv) -> str:
    return env.str("MONGODB_DATABASE", "sportello_webhook_gateway", validate=validate.Length(1, 60)) or ""


def _fetchers(entries: Sequence[ChannelEntry]) -> dict[str, Fetcher]:
    """By channel id, for every channel of a kind with files."""
    mistakes: list[str] = []
    fetchers: dict[str, Fetcher] = {}
    for entry in entries:
        kind = FETCHERS.get(entry.kind)
        if kind is not None:
            try:
                settings = kind.settings(id=entry.id, **entry.resolve(kind.schema(), os.environ))
                fetchers[entry.id] = kind.fetcher(settings)
            except SettingsError as error:
                mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return fetchers


def _collect(read: Callable[[], T], mistakes: list[str]) -> T | None:
    try:
        return read()
    except SettingsError as error:
        mistakes += error.mistakes
        return None


def _channels(entries: Sequence[ChannelEntry]) -> tuple[tuple[InboundChannel, ...], WebChat]:
    """The kinds this service knows, each with its channels' settings; other kinds are not for it."""
    mistakes: list[str] = []
    chats = _collect(lambda: WebChat.among(entries), mistakes) or WebChat([])
    channels: list[InboundChannel] = []
    for kind, build in REGISTRY.items():
        schema = build.schema()
        settings = []
        for entry in entries:
            if entry.kind == kind:
                try:
                    settings.append(build.settings(id=entry.id, **entry.resolve(schema, os.environ)))
                except SettingsError as error:
                    mistakes += error.mistakes
        mistakes += build.mistakes(settings)
        if settings:
            channels.append(build(settings))
    if not channels and not chats and not mistakes:
        kinds = ", ".join((*REGISTRY, WebChat.kind))
        mistakes.append(f"SPORTELLO_CHANNELS: there is no channel of a kind the gateway receives ({kinds}).")
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(channels), chats
