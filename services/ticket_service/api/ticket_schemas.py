"""What people may set on a ticket, when they open it and when they change it."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.composing import MOST_FILES
from services.ticket_service.api.values import ID, MAX_TEXT, MAX_TITLE, Label, Text
from services.ticket_service.domain.ticket import TYPES
from shared.contracts.times import UtcTime

MAX_TAGS: Final = 50
_HOURS: Final = validate.Range(0, 100_000)


def _entry(what: str) -> Label:
    return Label(allow_none=True, metadata={"description": f"Key of the dictionary `{what}`."})


def _record(what: str) -> fields.String:
    return fields.String(validate=ID, allow_none=True, metadata={"description": f"Id of {what}."})


class TicketFieldsSchema(Schema):
    """The fields of a ticket; null empties one."""

    type = fields.String(validate=validate.OneOf(TYPES))
    tags = fields.List(Label(60), validate=validate.Length(max=MAX_TAGS))
    cc = fields.List(fields.Email(validate=validate.Length(max=320)), validate=validate.Length(max=MAX_TAGS))
    assignee = _record("the responsible user")
    group = _record("a team")
    organization = _record("an organization")
    product = _record("a product")
    project = _record("a project")
    contract = _record("a contract")
    linked_to = fields.String(
        allow_none=True,
        validate=ID,
        metadata={"description": "`contact:<id>` or `organization:<id>`."},
    )
    service = _entry("service")
    category = _entry("category")
    priority = _entry("priority")
    severity = _entry("severity")
    importance = _entry("importance")
    request_type = _entry("request_type")
    operation = _entry("operation")
    solution = Text(MAX_TEXT, allow_none=True)
    justification = Text(10_000, allow_none=True)
    solution_forecast = UtcTime(
        allow_none=True,
        metadata={"description": "Needs the permission `tickets.forecast`; null leaves it to the SLA."},
    )
    planned_at = UtcTime(allow_none=True)
    notify_requester = fields.Boolean()
    hours = fields.Float(validate=_HOURS)
    days = fields.Float(validate=_HOURS)

    @validates_schema
    def _no_repeats(self, data: dict[str, Any], **kwargs: Any) -> None:
        for name in ("tags", "cc"):
            if name in data:
                data[name] = list(dict.fromkeys(data[name]))


class TicketChangeSchema(TicketFieldsSchema):
    """What to change; what is left out stays."""

    status = fields.String(validate=validate.Length(1, 100), metadata={"example": "closed"})
    title = Label(MAX_TITLE)
    requester = fields.String(validate=ID, metadata={"description": "Id of a contact."})
    visible_to = fields.String(
        allow_none=True,
        validate=ID,
        metadata={
            "description": "Id of the one contact of the requester's organization who sees it besides the"
            " desk; null: all of them do."
        },
    )

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what to change.")


class IdentityGivenSchema(Schema):
    """By what the requester is known, on a channel."""

    kind = fields.String(required=True, validate=validate.Length(1, 40), metadata={"example": "whatsapp"})
    value = Label(320, required=True, metadata={"example": "+393351032246"})


class RequesterGivenSchema(Schema):
    """Who asks: a contact by its id, or by an identity; nobody with that identity makes a new lead."""

    id = fields.String(validate=ID)
    identity = fields.Nested(IdentityGivenSchema)
    name = Label(metadata={"description": "Of the new lead."})

    @validates_schema
    def _one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("id" in data) == ("identity" in data):
            raise ValidationError("Give either a contact's id or an identity.", "id")
        if "name" in data and "id" in data:
            raise ValidationError("A contact has its name already.", "name")


class NewTicketSchema(TicketFieldsSchema):
    """A ticket to open by hand."""

    requester = fields.Nested(RequesterGivenSchema, required=True)
    title = Label(MAX_TITLE, metadata={"description": "When and who, as a chat's title, where left out."})
    description = Text(MAX_TEXT, metadata={"example": "La caldaia non parte da stamattina."})
    channel = fields.String(
        validate=ID,
        metadata={
            "description": "A channel on which the requester is in conversation: answers leave there. Without"
            " it the ticket stays at the desk."
        },
    )
    begin_conversation = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Where the requester never wrote on `channel`: begin there. By mail to requesters"
            " with a mail address; on WhatsApp, to those with a number, with a template as the first answer."
        },
    )
    attachments = fields.List(
        fields.String(validate=ID),
        validate=validate.Length(1, MOST_FILES),
        metadata={"description": "Ids of uploads."},
    )

    @validates_schema
    def _begins_somewhere(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("begin_conversation") and "channel" not in data:
            raise ValidationError("Say on which channel the conversation begins.", "channel")


class ConversationTicketSchema(TicketFieldsSchema):
    """A ticket to open from what was said in a conversation."""

    title = Label(MAX_TITLE)
    messages = fields.List(
        fields.String(validate=ID),
        validate=validate.Length(1, 200),
        metadata={"description": "Ids of messages that are on no ticket; all of those where left out."},
    )
