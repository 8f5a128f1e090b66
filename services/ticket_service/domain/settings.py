"""What an administrator decides for the whole desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.ticket_service.domain.title import DEFAULT_PATTERN

_UTC: Final = ZoneInfo("UTC")
DEFAULT_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class PleaseAnswer:
    """The template that asks a customer to write, so that an answer that waits may leave."""

    name: str
    language: str
    components: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk's time zone and language, how chat tickets are titled, how customers reach and are asked.

    `language` is a tag like `it`: what users see who chose none, and what the desk's own texts are in.
    `contact_information` is shown to customers (S001). Without `please_answer` customers are not asked.
    """

    id: str = "desk"
    time_zone: ZoneInfo = _UTC
    language: str = DEFAULT_LANGUAGE
    title_pattern: str = DEFAULT_PATTERN
    contact_information: str = ""
    please_answer: PleaseAnswer | None = None
    version: int = 0


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
