"""The settings of the streams process: it needs the database and the channels file, and no broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from marshmallow import validate

from services.webhook_gateway.channels.webchat import WebChat
from shared.runtime.channels_file import read_channels
from shared.runtime.settings import LOG_LEVELS, SettingsError, mongodb_uri, seal, settings_reader

MOST_STREAMS: Final = 10_000
MOST_OF_ADDRESS: Final = 200
"""Streams and polls from one address: an office, a school, a mobile network."""


@dataclass(frozen=True, slots=True)
class StreamsSettings:
    """`trusted_proxies` is how many proxies of ours stand before this process; `most_of_address` how many
    streams and polls one address may have open.
    """

    log_level: str
    sites: WebChat
    mongodb_uri: str = field(repr=False)
    mongodb_database: str
    files_secret: str = field(repr=False)
    trusted_proxies: int
    most_streams: int
    most_of_address: int


def read_streams_settings() -> StreamsSettings:
    """Settings from the process's environment. SettingsError with all mistakes."""
    env = settings_reader()
    level = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LOG_LEVELS))
    channels = env.str("SPORTELLO_CHANNELS", validate=validate.Length(min=1))
    uri = mongodb_uri(env)
    database = env.str("MONGODB_DATABASE", "sportello_webhook_gateway", validate=validate.Length(1, 60)) or ""
    secret = env.str("SPORTELLO_FILES_SECRET", validate=validate.Length(16, 500)) or ""
    proxies = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)) or 0
    most = env.int("WEBHOOK_GATEWAY_MOST_STREAMS", MOST_STREAMS, validate=validate.Range(1, 100_000))
    address = env.int("WEBCHAT_STREAMS_PER_ADDRESS", MOST_OF_ADDRESS, validate=validate.Range(1, 100_000))
    mistakes: list[str] = []
    sites = WebChat([])
    try:
        seal(env)
    except SettingsError as error:
        mistakes += error.mistakes
    if channels:
        try:
            sites = WebChat.among(read_channels(Path(channels)))
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return StreamsSettings(
        log_level=level or "INFO",
        sites=sites,
        mongodb_uri=uri,
        mongodb_database=database,
        files_secret=secret,
        trusted_proxies=proxies,
        most_streams=most or MOST_STREAMS,
        most_of_address=address or MOST_OF_ADDRESS,
    )
