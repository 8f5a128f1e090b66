"""The mail collector's settings: environment and channels file, every mistake listed at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from marshmallow import validate

from services.mail_collector.channels import REGISTRY
from services.mail_collector.channels.email.settings import EmailSettings
from shared.blobs.settings import BlobSettings, blob_settings
from shared.runtime.channels_file import read_channels, resolve_all
from shared.runtime.settings import (
    LOG_LEVELS,
    ProcessSettings,
    SettingsError,
    mongodb_uri,
    process_settings,
    seal,
    settings_reader,
)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What preparing the database takes."""

    log_level: str
    mongodb_uri: str = field(repr=False)
    mongodb_database: str


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """What every process needs, and the mailboxes that are declared."""

    process: ProcessSettings
    mailboxes: tuple[EmailSettings, ...]


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the worker needs besides: where it remembers, and where mails and files go."""

    collector: CollectorSettings
    store: StoreSettings
    blobs: BlobSettings


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


def read_store_settings() -> StoreSettings:
    """MONGODB_URI, MONGODB_DATABASE (sportello_mail_collector), LOG_LEVEL. SettingsError."""
    env = settings_reader()
    level = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LOG_LEVELS))
    uri = mongodb_uri(env)
    name = env.str("MONGODB_DATABASE", "sportello_mail_collector", validate=validate.Length(1, 60))
    seal(env)
    return StoreSettings(level or "INFO", uri, name or "sportello_mail_collector")


def read_worker_settings() -> WorkerSettings:
    """Everything, BLOBS_URI (MONGODB_URI) and BLOBS_DATABASE too. SettingsError with all mistakes."""
    mistakes: list[str] = []
    collector, store = None, None
    try:
        collector = read_settings()
    except SettingsError as error:
        mistakes += error.mistakes
    try:
        store = read_store_settings()
    except SettingsError as error:
        mistakes += [mistake for mistake in error.mistakes if mistake not in mistakes]
    env = settings_reader()
    blobs = blob_settings(env, store.mongodb_uri if store is not None else "")
    try:
        seal(env)
    except SettingsError as error:
        mistakes += error.mistakes
    if collector is None or store is None or mistakes:
        raise SettingsError(mistakes)
    return WorkerSettings(collector, store, blobs)
