"""How times, sizes, names and numbers are shown: in the reader's language and time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, Literal

import phonenumbers
from babel.dates import format_datetime, format_time, format_timedelta
from babel.dates import get_timezone as get_zone
from flask_babel import format_currency, format_date, format_decimal, get_locale, get_timezone, gettext
from markupsafe import Markup

from services.ticket_service.api import context
from services.ticket_service.domain.chat import CHAT

Moment = datetime | str | None
_FRESH: Final = timedelta(minutes=1)
_WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DIGITS: Final = 15
_STEP: Final = 1000
_SHORT: Final = 6
_TIME: Final = Markup('<time datetime="{}" title="{}" data-ago="{}">{}</time>')


def moment_of(value: Moment) -> datetime | None:
    """A time as the interface writes it, or as it is."""
    if not value:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment(value: Moment) -> str:
    """Day and time."""
    found = moment_of(value)
    return _written(found, False, *_reader()) if found else ""


def clock(value: Moment) -> str:
    """Hours and minutes."""
    found = moment_of(value)
    return _written(found, True, *_reader()) if found else ""


def _reader() -> tuple[str, str]:
    return str(get_locale() or "en"), str(get_timezone())


@lru_cache(maxsize=8_192)
def _written(found: datetime, hours_only: bool, language: str, zone: str) -> str:
    """Pages show the same times again and again, and writing one costs more than all else in a line."""
    if hours_only:
        return format_time(found, "short", tzinfo=get_zone(zone), locale=language)
    return format_datetime(found, "medium", tzinfo=get_zone(zone), locale=language)


def day(value: Moment | date) -> str:
    """The day."""
    if isinstance(value, str) and len(value) == len("2025-02-27"):
        value = date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return str(format_date(value, "medium", rebase=False))
    found = moment_of(value)
    return format_date(found, "medium") if found else ""


def ago(value: Moment, style: Literal["narrow", "short", "medium", "long"] = "short") -> Markup:
    """How long ago (or until when), with the whole time on hover; times.js keeps it true."""
    found = moment_of(value)
    if found is None:
        return Markup("")
    passed = context.services().desk.clock() - found
    if abs(passed) < _FRESH:
        text = gettext("now")
    else:
        text = format_timedelta(
            abs(passed), granularity="minute", threshold=1.2, format=style, locale=get_locale()
        )
    return _TIME.format(found.isoformat(), moment(found), style, text)


def duration(seconds: float | None) -> str:
    """A length of time in its two greatest units."""
    if seconds is None:
        return ""
    minutes = round(abs(seconds) / 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return gettext("%(days)s d %(hours)s h", days=days, hours=hours)
    if hours:
        return gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    return gettext("%(minutes)s min", minutes=rest)


def size(count: int | None) -> str:
    """A number of bytes."""
    if count is None:
        return ""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < _STEP or unit == "GB":
            break
        value /= _STEP
    return f"{format_decimal(round(value, 1 if unit != 'B' and value < 10 else 0))} {unit}"


def initials(name: str | None) -> str:
    """Two letters for somebody."""
    words = _WORD.findall(name or "")
    letters = (words[0][:1] + words[-1][:1]) if len(words) > 1 else (words[0][:2] if words else "?")
    return letters.upper()


def number(value: float | None) -> str:
    """A number as the language writes it."""
    return "" if value is None else str(format_decimal(value))


def money(value: float | str | None, currency: str | None) -> str:
    """An amount as the language writes it; what a provider sent instead of one is shown as it came."""
    as_it_came = " ".join(filter(None, ("" if value is None else str(value), currency)))
    if not _CURRENCY.fullmatch(currency or ""):
        return as_it_came
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return as_it_came
    sound = amount.is_finite() and abs(amount.adjusted()) <= _DIGITS
    return str(format_currency(amount, currency)) if sound else as_it_came


def identity(value: dict[str, Any] | str | None) -> str:
    """A phone number in groups, a visitor of the site by the beginning of their number, all else as it is."""
    if not value:
        return ""
    if isinstance(value, dict) and value.get("kind") == CHAT:
        return gettext("Visitor %(id)s", id=str(value.get("value", "")).partition("-")[2][:_SHORT])
    text = value if isinstance(value, str) else str(value.get("value", ""))
    if not text.startswith("+"):
        return text
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(text), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
    except phonenumbers.NumberParseException:
        return text


FILTERS: Final = {
    **{"ago": ago, "moment": moment, "clock": clock, "day": day, "duration": duration},
    **{"bytes": size, "initials": initials, "number": number, "money": money, "identity": identity},
}
