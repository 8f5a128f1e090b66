"""What an administrator decides for the whole desk."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk's time zone, how chat tickets are titled, and what numbers begin with."""

    time_zone: ZoneInfo
    title_pattern: str
    number_prefix: str


@dataclass(frozen=True, slots=True)
class FirstSettings:
    """What `prepare` puts into an empty desk; None where the environment says nothing."""

    time_zone: str | None
    title_pattern: str | None
    number_prefix: str | None
    preset: str
    admin_email: str | None
    admin_password: str | None
    api_token: str | None
