"""How tickets are numbered, with a look at what that gives."""

from __future__ import annotations

from dataclasses import replace as with_fields
from datetime import datetime
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.api import context
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.numbering import (
    HIGHEST_START,
    MAX_MASK,
    RESETS,
    SCHEMES,
    Numbering,
    mistakes,
    number,
    series,
)

blueprint = ApiBlueprint(
    "numbering",
    __name__,
    url_prefix=f"{PREFIX}/settings/numbering",
    description="How tickets are numbered. Numbers that were given stay as they are.",
)
_FIELDS: Final = ("scheme", "prefix", "mask", "reset", "start")
_EXAMPLE: Final = {"scheme": "mask", "mask": "{yyyy}-{mm}-{seq:5}", "reset": "monthly"}


class NumberingFieldsSchema(Schema):
    """A scheme; what is left out stays as it is."""

    scheme = fields.String(validate=validate.OneOf(SCHEMES))
    prefix = fields.String(
        validate=validate.Length(max=20),
        metadata={"description": "Before the sequence, in the scheme `prefix`.", "example": "TT"},
    )
    mask = fields.String(
        validate=validate.Length(1, MAX_MASK),
        metadata={
            "description": "Of {yyyy} {yy} {mm} {dd} and {seq}, or {seq:5} for leading zeros (`mask`).",
            "example": "{yyyy}-{mm}-{seq:5}",
        },
    )
    reset = fields.String(
        validate=validate.OneOf(RESETS), metadata={"description": "When a mask's sequence begins anew."}
    )
    start = fields.Integer(
        strict=True,
        validate=validate.Range(1, HIGHEST_START),
        metadata={
            "description": "The lowest place a sequence gives; lower than it has reached does nothing."
        },
    )


class PreviewQuery(NumberingFieldsSchema):
    """A scheme to look at; what is left out is as it is set."""

    start = fields.Integer(validate=validate.Range(1, HIGHEST_START))


class NumberingChangeSchema(NumberingFieldsSchema):
    """What to change."""

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


class PreviewSchema(Schema):
    """The numbers of the tickets that are opened next, and first in the next month and year.

    Until then others may be opened, and a number that a ticket has already is passed over.
    """

    now = fields.String(required=True, metadata={"example": "2025-02-00024"})
    next_month = fields.String(required=True, metadata={"example": "2025-03-00001"})
    next_year = fields.String(required=True, metadata={"example": "2026-01-00001"})


class NumberingSchema(Schema):
    """The scheme."""

    scheme = fields.String(required=True, metadata={"enum": list(SCHEMES)})
    prefix = fields.String(required=True)
    mask = fields.String(required=True)
    reset = fields.String(required=True, metadata={"enum": list(RESETS)})
    start = fields.Integer(required=True)
    preview = fields.Nested(PreviewSchema, required=True)


@blueprint.route("", methods=["GET"])
@blueprint.operation("How tickets are numbered", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, NumberingSchema)
def show() -> Wire:
    """The scheme, with examples."""
    return _wire(section(context.services().desk, Numbering))


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(NumberingChangeSchema, example=_EXAMPLE)
@blueprint.operation(
    "Number tickets in another way", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, NumberingSchema)
def change(body: dict[str, Any]) -> Wire:
    """For tickets opened from now on; a number that a ticket has already is passed over."""
    (after,) = change_sections(
        *(context.services().desk, [Numbering], body, frame()),
        lambda stored: unchanged(blueprint, stored[0]),
        mistakes,
    )
    return _wire(after)


@blueprint.route("/preview", methods=["GET"])
@blueprint.arguments(PreviewQuery, location="query")
@blueprint.operation("What a scheme would give", 400, 422, needs=permissions.SETTINGS_READ)
@blueprint.response(200, PreviewSchema)
def preview(query: dict[str, Any]) -> Wire:
    """Examples of a scheme that is not saved yet; what is left out is as it is set."""
    wanted = with_fields(section(context.services().desk, Numbering), **query)
    found = mistakes(wanted)
    if found:
        raise invalid(found)
    return _preview(wanted)


def _wire(numbering: Numbering) -> Wire:
    blueprint.set_etag(tag(numbering))
    return {**{name: getattr(numbering, name) for name in _FIELDS}, "preview": _preview(numbering)}


def _preview(numbering: Numbering) -> Wire:
    desk = context.services().desk
    now = desk.clock().astimezone(desk.store.desk().time_zone)
    beginning = now.replace(day=1)
    month = (
        beginning.replace(month=1, year=now.year + 1)
        if now.month == 12
        else beginning.replace(month=now.month + 1)
    )
    times: dict[str, datetime] = {
        "now": now,
        "next_month": month,
        "next_year": beginning.replace(month=1, year=now.year + 1),
    }
    return {name: number(numbering, at, _next(numbering, at)) for name, at in times.items()}


def _next(numbering: Numbering, at_local: datetime) -> int:
    reached = context.services().tickets.numbers_reached(series(numbering, at_local))
    return max(reached + 1, numbering.start)
