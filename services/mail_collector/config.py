"""The mail collector's settings: environment and channels file, every mistake listed at once."""

from __future__ import annotations

import os
from dataclasses import dataclass

from services.mail_collector.channels import REGISTRY
from services.mail_collector.channels.email.settings import EmailSettings
from shared.runtime.channels_file import read_channels, resolve_all
from shared.runtime.settings import ProcessSettings, SettingsError, process_settings, seal, settings_reader


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """What the process needs, and the mailboxes that are declared."""

    process: ProcessSettings
    mailboxes: tuple[EmailSettings, ...]


def read_settings() -> CollectorSettings:
    """AMQP_URL, SPORTELLO_CHANNELS, LOG_LEVEL; SettingsError with every mistake, those of mailboxes too."""
    env = settings_reader()
    process = process_settings(env)
    mistakes: list[str] = []
    mailboxes: list[EmailSettings] = []
    try:
        seal(env)
    except SettingsError as error:
        mistakes += error.mistakes
    if process.channels_path.name:
        try:
            mailboxes = resolve_all(read_channels(process.channels_path), REGISTRY, os.environ)
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return CollectorSettings(process, tuple(mailboxes))
