"""Invitations in a mail (RFC 5545): what, when, where and from whom, to be shown beside the text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from icalendar import Calendar

from services.mail_collector.channels.email.headers import one_line
from shared.contracts.times import format_utc

MAX_BYTES: Final = 200_000
MAX_EVENTS: Final = 10
_LONGEST: Final = 500


def events_in(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar file, MAX_EVENTS at most: summary, start, end, location, organizer, method.

    A day without a time is `YYYY-MM-DD`; a time without a zone has none here either. ValueError, and what
    the library raises, when it is no calendar.
    """
    if len(data) > MAX_BYTES:
        raise ValueError("the calendar is too large")
    calendars = Calendar.from_ical(data.decode("utf-8", "replace"), multiple=True)
    found = [(calendar, event) for calendar in calendars for event in calendar.walk("VEVENT")]
    return [_event(calendar, event) for calendar, event in found[:MAX_EVENTS]]


def _event(calendar: Any, event: Any) -> dict[str, str]:
    organizer = str(event.get("ORGANIZER", "")).strip()
    told = {
        "summary": str(event.get("SUMMARY", "")),
        "start": _moment(event, "DTSTART"),
        "end": _moment(event, "DTEND"),
        "location": str(event.get("LOCATION", "")),
        "organizer": organizer[7:] if organizer.lower().startswith("mailto:") else organizer,
        "method": str(calendar.get("METHOD", "")).upper(),
    }
    return {name: one_line(value, _LONGEST) for name, value in told.items()}


def _moment(event: Any, name: str) -> str:
    moment = getattr(event.get(name), "dt", None)
    if isinstance(moment, datetime):
        return moment.isoformat() if moment.tzinfo is None else format_utc(moment)
    return moment.isoformat() if isinstance(moment, date) else ""
