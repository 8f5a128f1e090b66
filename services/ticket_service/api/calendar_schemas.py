"""Business calendars as the interface takes and shows them."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.api.named import ChangeSchema
from services.ticket_service.api.values import END, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.calendar import (
    DAY_MINUTES,
    MAX_OWN_DAYS,
    MAX_RANGES_A_DAY,
    Calendar,
    ClosedDay,
    OpenHours,
)
from shared.contracts.times import UtcTime

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = validate.Regexp(rf"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00){END}", error="Use HH:MM.")


class OpenHoursSchema(Schema):
    """A range of one weekday, by the clock on the wall; several a day are possible."""

    weekday = fields.String(required=True, validate=validate.OneOf(WEEKDAYS))
    opens = fields.String(required=True, validate=_CLOCK, metadata={"example": "09:00"})
    closes = fields.String(required=True, validate=_CLOCK, metadata={"example": "13:00"})

    @validates_schema
    def _order(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["opens"] >= data["closes"]:
            raise ValidationError("It closes before it opens; a night is two ranges.", "closes")


class ClosedDaySchema(Schema):
    """A day on which the desk is closed."""

    day = fields.Date(required=True)
    label = fields.String(load_default="", validate=validate.Length(max=200))
    every_year = fields.Boolean(load_default=False)


class CalendarFieldsSchema(Schema):
    """What a calendar says beside its name and zone."""

    hours = fields.List(fields.Nested(OpenHoursSchema), validate=validate.Length(1, 7 * MAX_RANGES_A_DAY))
    country = fields.String(
        allow_none=True,
        validate=validate.Length(1, 10),
        metadata={"description": "Whose public holidays are closed (ISO 3166-1).", "example": "IT"},
    )
    subdivision = fields.String(
        allow_none=True,
        validate=validate.Length(1, 20),
        metadata={"description": "A part of the country (ISO 3166-2 without the country).", "example": "RM"},
    )
    closed_days = fields.List(fields.Nested(ClosedDaySchema), validate=validate.Length(max=MAX_OWN_DAYS))
    open_days = fields.List(
        fields.Date(),
        validate=validate.Length(max=MAX_OWN_DAYS),
        metadata={"description": "Public holidays on which the desk works all the same."},
    )


class TimeZoneName(fields.String):
    """The name of a time zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in available_timezones():
            raise ValidationError("This is not a time zone's name (like Europe/Rome).")
        return name


class NewCalendarSchema(CalendarFieldsSchema):
    """A calendar to add."""

    name = Label(required=True)
    time_zone = TimeZoneName(required=True, metadata={"example": "Europe/Rome"})
    hours = fields.List(
        fields.Nested(OpenHoursSchema), required=True, validate=validate.Length(1, 7 * MAX_RANGES_A_DAY)
    )


class CalendarChangeSchema(ChangeSchema, CalendarFieldsSchema):
    """What to change; lists are replaced whole."""

    name = Label()
    time_zone = TimeZoneName(metadata={"example": "Europe/Rome"})


class CalendarSchema(Schema):
    """A calendar."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True, metadata={"example": "Europe/Rome"})
    hours = fields.List(fields.Nested(OpenHoursSchema), required=True)
    country = fields.String(required=True, allow_none=True)
    subdivision = fields.String(required=True, allow_none=True)
    closed_days = fields.List(fields.Nested(ClosedDaySchema), required=True)
    open_days = fields.List(fields.Date(), required=True)
    created_at = UtcTime(required=True)


class CalendarListSchema(Schema):
    """All calendars; there are never many."""

    items = fields.List(fields.Nested(CalendarSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


class HolidayQuery(Schema):
    """Whose holidays, and when."""

    country = fields.String(required=True, validate=validate.Length(1, 10), metadata={"example": "IT"})
    subdivision = fields.String(load_default=None, validate=validate.Length(1, 20))
    year = fields.Integer(required=True, validate=validate.Range(2000, 2100), metadata={"example": 2026})


class HolidaySchema(Schema):
    """A public holiday."""

    day = fields.Date(required=True)
    name = fields.String(required=True)


class HolidayListSchema(Schema):
    """A year's holidays."""

    items = fields.List(fields.Nested(HolidaySchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


class RegionSchema(Schema):
    """A country whose holidays are known."""

    country = fields.String(required=True)
    subdivisions = fields.List(fields.String(), required=True)


class RegionListSchema(Schema):
    """All of them."""

    items = fields.List(fields.Nested(RegionSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


def wanted_calendar(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Calendar that a body sets."""
    wanted = dict(body)
    if "hours" in wanted:
        wanted["hours"] = [
            OpenHours(WEEKDAYS.index(each["weekday"]), _minutes(each["opens"]), _minutes(each["closes"]))
            for each in wanted["hours"]
        ]
    if "closed_days" in wanted:
        wanted["closed_days"] = [ClosedDay(**each) for each in wanted["closed_days"]]
    return wanted


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return min(int(hours) * 60 + int(minutes), DAY_MINUTES)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def calendar_wire(calendar: Calendar) -> Wire:
    """A calendar as CalendarSchema shows it."""
    return {
        **{
            name: getattr(calendar, name)
            for name in ("id", "name", "time_zone", "country", "subdivision", "open_days", "created_at")
        },
        "hours": [
            {
                "weekday": WEEKDAYS[each.weekday],
                "opens": _clock(each.opens),
                "closes": _clock(each.closes),
            }
            for each in sorted(calendar.hours, key=lambda each: (each.weekday, each.opens))
        ],
        "closed_days": [
            {"day": each.day, "label": each.label, "every_year": each.every_year}
            for each in calendar.closed_days
        ],
    }
