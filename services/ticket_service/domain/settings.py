"""What an administrator decides for the whole desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class PleaseAnswer:
    """The template that asks a customer to write, so that an answer that waits may leave."""

    name: str
    language: str
    components: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk's time zone, how chat tickets are titled, what numbers begin with, how to ask for an answer.

    Without `please_answer` customers are not asked.
    """

    time_zone: ZoneInfo
    title_pattern: str
    number_prefix: str
    please_answer: PleaseAnswer | None = None


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
