"""Time on the wire: RFC 3339, UTC, always with the Z."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields


def format_utc(moment: datetime) -> str:
    """An aware datetime as RFC 3339 UTC text; milliseconds only when there are any. ValueError when naive."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be put on the wire")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")[:-6] + "Z"


def parse_utc(text: str) -> datetime:
    """RFC 3339 text as an aware UTC datetime. ValueError when malformed or without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    try:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the calendar") from error


class UtcTime(fields.Field[datetime]):
    """A marshmallow field for aware datetimes, several times faster than the general one."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_utc(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        if not isinstance(value, str):
            raise ValidationError("Not a time: expected RFC 3339 text.")
        try:
            return parse_utc(value)
        except ValueError as error:
            raise ValidationError("Not a time: expected RFC 3339 with a zone.") from error
