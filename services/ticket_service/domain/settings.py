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
