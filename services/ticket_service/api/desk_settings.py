"""How the desk deals with tickets: time zone, titles, reopening, and the other switches."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.api import context
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.people_schemas import language
from services.ticket_service.api.values import MAX_DESCRIPTION
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.options import REOPEN, TicketOptions
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.ticket import TYPES
from services.ticket_service.domain.title import PLACEHOLDERS, unknown_placeholders

blueprint = ApiBlueprint(
    "desk-settings",
    __name__,
    url_prefix=f"{PREFIX}/settings/desk",
    description="How the desk deals with tickets.",
)
_SECTIONS: Final = (DeskSettings, TicketOptions)
_DESK: Final = ("language", "title_pattern", "contact_information")
_OPTIONS: Final = (
    *("reopen", "reopen_limit_days", "staff_tickets_are_read", "assign_to_creator", "reply_assigns"),
    *("reclassify_closed", "children_close_first", "default_type", "hours_per_day"),
)
MAX_DAYS: Final = 3_650


class TimeZone(fields.String):
    """The name of a time zone, as an object."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in available_timezones():
            raise ValidationError("This is not a time zone's name (like Europe/Rome).")
        return ZoneInfo(name)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)


class DeskSettingsSchema(Schema):
    """Every switch; what is left out of a change stays."""

    time_zone = TimeZone(metadata={"example": "Europe/Rome"})
    language = language(optional=False)
    title_pattern = fields.String(
        validate=validate.Length(1, 200),
        metadata={
            "description": "Titles of tickets from chats: {date} {time} {address} {name} and plain text.",
            "example": "{date} {time} - {address}",
        },
    )
    contact_information = fields.String(
        validate=validate.Length(max=MAX_DESCRIPTION),
        metadata={"description": "How to reach the company otherwise; shown to customers."},
    )
    reopen = fields.String(
        validate=validate.OneOf(REOPEN),
        metadata={"description": "Whether a customer's message opens a closed ticket again, or a new one."},
    )
    reopen_limit_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, MAX_DAYS),
        metadata={"description": "So long after closing it is opened again, a new one after; null: always."},
    )
    staff_tickets_are_read = fields.Boolean(
        metadata={"description": "A ticket opened by staff is Read at once."}
    )
    assign_to_creator = fields.Boolean(
        metadata={"description": "A ticket opened by staff is assigned to who opened it."}
    )
    reply_assigns = fields.Boolean(
        metadata={"description": "Who answers a ticket nobody is responsible for becomes responsible."}
    )
    reclassify_closed = fields.Boolean(
        metadata={"description": "The classification of a closed ticket may be changed."}
    )
    children_close_first = fields.Boolean(
        metadata={"description": "A ticket cannot be closed while a child of it is open."}
    )
    default_type = fields.String(
        validate=validate.OneOf(TYPES), metadata={"description": "Of tickets opened by hand."}
    )
    hours_per_day = fields.Float(
        validate=validate.Range(0, 24, min_inclusive=False),
        metadata={"description": "How many hours a day of work has.", "example": 8.0},
    )

    @validates_schema
    def _pattern(self, data: dict[str, Any], **kwargs: Any) -> None:
        pattern = data.get("title_pattern")
        if pattern is not None and (unknown_placeholders(pattern) or not pattern.strip()):
            known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            raise ValidationError(f"Use text and no other placeholders than {known}.", "title_pattern")


class DeskSettingsChangeSchema(DeskSettingsSchema):
    """What to change; what is left out stays."""

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


@blueprint.route("", methods=["GET"])
@blueprint.operation("How the desk deals with tickets", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, DeskSettingsSchema)
def show() -> Wire:
    """Every switch as it is set."""
    return _wire([section(context.services().desk, kind) for kind in _SECTIONS])


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(DeskSettingsChangeSchema, example={"time_zone": "Europe/Rome", "reopen_limit_days": 30})
@blueprint.operation(
    "Change how the desk deals with tickets",
    *(400, 412, 413, 415, 422, 428),
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.etag
@blueprint.response(200, DeskSettingsSchema)
def change(body: dict[str, Any]) -> Wire:
    """Takes effect in every process within seconds."""
    after = change_sections(
        *(context.services().desk, _SECTIONS, body, frame()),
        lambda stored: blueprint.check_etag(_tag(stored)),
    )
    return _wire(after)


def _wire(sections: list[Any]) -> Wire:
    desk, options = sections
    blueprint.set_etag(_tag(sections))
    return {
        "time_zone": desk.time_zone,
        **{name: getattr(desk, name) for name in _DESK},
        **{name: getattr(options, name) for name in _OPTIONS},
    }


def _tag(sections: list[Any]) -> Wire:
    return {"versions": [each.version for each in sections]}
