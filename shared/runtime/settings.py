"""Settings from the environment (or `*_FILE`): every mistake is listed at once, and none is guessed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from environs import EnvValidationError, FileAwareEnv
from marshmallow import validate

T = TypeVar("T")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(Exception):
    """Everything that is wrong with the settings, one line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """What every process has."""

    log_level: str
    amqp_url: str
    channels_path: Path


def settings_reader() -> FileAwareEnv:
    """A reader that collects mistakes until `seal`; what comes from files loses its last newline."""
    return FileAwareEnv(eager=False, strip_whitespace=True)


def process_settings(env: FileAwareEnv) -> ProcessSettings:
    """LOG_LEVEL, AMQP_URL and SPORTELLO_CHANNELS."""
    level = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LOG_LEVELS))
    url = env.str("AMQP_URL", validate=starting_with("amqp://", "amqps://"))
    channels = env.str("SPORTELLO_CHANNELS", validate=validate.Length(min=1))
    return ProcessSettings(level or "INFO", url or "", Path(channels or ""))


def mongodb_uri(env: FileAwareEnv) -> str:
    """MONGODB_URI."""
    return env.str("MONGODB_URI", validate=starting_with("mongodb://", "mongodb+srv://")) or ""


def seal(env: FileAwareEnv) -> None:
    """Raise SettingsError when anything that was read is missing or wrong."""
    try:
        env.seal()
    except EnvValidationError as error:
        messages = error.error_messages if isinstance(error.error_messages, dict) else {}
        mistakes = [f"{name}: {' '.join(map(str, problems))}" for name, problems in messages.items()]
        raise SettingsError(mistakes) from None


def or_exit(load: Callable[[], T]) -> T:
    """Load the settings; when they are wrong print every mistake for the operator and exit with 2."""
    try:
        return load()
    except SettingsError as error:
        lines = "".join(f"  - {mistake}\n" for mistake in error.mistakes)
        sys.stderr.write(f"The settings are not right; nothing was started:\n{lines}")
        raise SystemExit(2) from None


def starting_with(*prefixes: str) -> validate.Regexp:
    """A validator for addresses: what they must begin with."""
    return validate.Regexp(
        f"^({'|'.join(map(re.escape, prefixes))})", error=f"must start with {' or '.join(prefixes)}."
    )
