"""The gateway's settings: environment and channels file, every mistake listed at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from services.webhook_gateway.channels import REGISTRY
from services.webhook_gateway.ports import InboundChannel
from shared.runtime.channels_file import ChannelEntry, read_channels
from shared.runtime.settings import ProcessSettings, SettingsError, process_settings, seal, settings_reader


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Everything the gateway's processes need."""

    process: ProcessSettings
    channels: tuple[InboundChannel, ...]


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
