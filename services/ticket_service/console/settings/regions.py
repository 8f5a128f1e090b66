"""What countries and weekdays are called in the reader's language."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from flask_babel import format_date, get_locale

from services.ticket_service.api.calendar_schemas import WEEKDAYS

_A_MONDAY: Final = date(2024, 1, 1)


def country_names() -> dict[str, str]:
    """By the country's code (ISO 3166-1)."""
    locale = get_locale()
    return dict(locale.territories) if locale is not None else {}


def weekday_name(weekday: str) -> str:
    """Of one of WEEKDAYS."""
    return str(format_date(_A_MONDAY + timedelta(days=WEEKDAYS.index(weekday)), "EEEE", rebase=False))
