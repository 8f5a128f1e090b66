"""The gateway's settings: environment and channels file, every mistake listed at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from marshmallow import validate

from services.webhook_gateway.channels import REGISTRY
from services.webhook_gateway.ports import InboundChannel
from services.webhook_gateway.spool.directory import SpoolDirectory
from shared.runtime.channels_file import ChannelEntry, read_channels
from shared.runtime.settings import ProcessSettings, SettingsError, process_settings, seal, settings_reader

T = TypeVar("T")
SPOOL_BYTES: Final = 512 * 1024 * 1024
SPOOL_LEAST: Final = 4 * 1024 * 1024
"""Room for the largest webhook there can be."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Everything the gateway's processes need."""

    process: ProcessSettings
    channels: tuple[InboundChannel, ...]


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Where accepted messages wait while the broker is away, and how many bytes of them."""

    folder: Path
    max_bytes: int


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the web process needs besides: only it accepts something that must be kept."""

    gateway: GatewaySettings
    spool: SpoolSettings


def read_web_settings() -> WebSettings:
    """Settings of the web process. SettingsError with all mistakes, a folder it cannot write among them."""
    mistakes: list[str] = []
    gateway = _collect(read_settings, mistakes)
    spool = _collect(_spool_settings, mistakes)
    if gateway is None or spool is None:
        raise SettingsError(mistakes)
    return WebSettings(gateway, spool)


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
    if process.channels_path.name:
        try:
            channels = _channels(read_channels(process.channels_path))
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return GatewaySettings(process, channels)


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


def _collect(read: Callable[[], T], mistakes: list[str]) -> T | None:
    try:
        return read()
    except SettingsError as error:
        mistakes += error.mistakes
        return None


def _channels(entries: Sequence[ChannelEntry]) -> tuple[InboundChannel, ...]:
    """The kinds this service knows, each with its channels' settings; other kinds are not for it."""
    mistakes: list[str] = []
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
    if not channels and not mistakes:
        kinds = ", ".join(REGISTRY)
        mistakes.append(f"SPORTELLO_CHANNELS: there is no channel of a kind the gateway receives ({kinds}).")
    if mistakes:
        raise SettingsError(mistakes)
    return tuple(channels)
