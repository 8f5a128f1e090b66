"""What is said on a ticket: replies to the customer, notes inside, the whole timeline, the history."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service import act
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import TimelineQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ActionSchema, HistoryEntrySchema
from services.ticket_service.api.values import END, MAX_NOTE, MAX_TEXT, Label, Text
from services.ticket_service.api.wire import Wire, action, history_wire
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.message import Message
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries import NOTES, REPLIES

blueprint = ApiBlueprint(
    "actions", __name__, url_prefix=f"{PREFIX}/tickets", description="What was said and done on a ticket."
)
_ActionPage: Final = page_of(ActionSchema)


class TemplateToSendSchema(Schema):
    """An approved template, `components` in the provider's documented shape."""

    name = Label(512, required=True, metadata={"example": "please_answer"})
    language = fields.String(
        required=True,
        validate=validate.Regexp(
            rf"^[A-Za-z]{{2,3}}([_-][A-Za-z0-9]{{2,8}})*{END}", error="Not a language code."
        ),
        metadata={"example": "it"},
    )
    components = fields.List(
        fields.Dict(keys=fields.String()), load_default=list, validate=validate.Length(max=20)
    )


class ReplyToSendSchema(Schema):
    """A text or a template, and the status the ticket shall have afterwards."""

    text = Text(MAX_TEXT, metadata={"example": "Benissimo, grazie"})
    template = fields.Nested(TemplateToSendSchema)
    status = fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "Key of the status to set in the same step.", "example": "closed"},
    )

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("text" in data) == ("template" in data):
            raise ValidationError("Send either a text or a template.", "text")


class NoteToWriteSchema(Schema):
    """A note that only the desk sees."""

    text = Text(MAX_NOTE, required=True)


@blueprint.route("/<number>/replies", methods=["POST"])
@blueprint.arguments(
    ReplyToSendSchema,
    examples={
        "text": {
            "summary": "Inside the reply window",
            "value": {"text": "Benissimo, grazie", "status": "closed"},
        },
        "template": {
            "summary": "At any time",
            "value": {"template": {"name": "please_answer", "language": "it", "components": []}},
        },
    },
)
@blueprint.operation("Answer the customer", 404, 413, 415, idempotent=True)
@blueprint.response(201, ActionSchema)
def reply(body: dict[str, Any], number: str) -> Response:
    """Queues the answer for the conversation's channel; `delivery` then says how it fares.

    409 `template-required` when the customer wrote too long ago for a free text.
    """

    def work(request: Once) -> Response:
        said = act.Said(body.get("text", ""), body.get("template"))
        done = act.reply(
            context.services().desk, number, said, body.get("status"), request.frame(), _remember(request)
        )
        return answer(201, _rendered(done))

    return once(body, work)


@blueprint.route("/<number>/replies", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List the answers to the customer", 400, 404, 422)
@blueprint.response(200, _ActionPage)
def replies(query: dict[str, Any], number: str) -> Wire:
    """What agents and the desk itself sent."""
    return _actions(query, number, REPLIES)


@blueprint.route("/<number>/notes", methods=["POST"])
@blueprint.arguments(NoteToWriteSchema, example={"text": "Called him, he is on holiday."})
@blueprint.operation("Write an internal note", 404, 413, 415, idempotent=True)
@blueprint.response(201, ActionSchema)
def note(body: dict[str, Any], number: str) -> Response:
    """The customer never sees it."""

    def work(request: Once) -> Response:
        done = act.note(context.services().desk, number, body["text"], request.frame(), _remember(request))
        return answer(201, _rendered(done))

    return once(body, work)


@blueprint.route("/<number>/notes", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List the notes", 400, 404, 422)
@blueprint.response(200, _ActionPage)
def notes(query: dict[str, Any], number: str) -> Wire:
    """What only the desk sees."""
    return _actions(query, number, NOTES)


@blueprint.route("/<number>/actions", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List everything said: description, comments, replies, notes", 400, 404, 422)
@blueprint.response(200, _ActionPage)
def actions(query: dict[str, Any], number: str) -> Wire:
    """The timeline, by the provider's time."""
    return _actions(query, number, None)


@blueprint.route("/<number>/history", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List the changes: who, when, from what to what", 400, 404, 422)
@blueprint.response(200, page_of(HistoryEntrySchema))
def history(query: dict[str, Any], number: str) -> Wire:
    """Every change of the ticket."""
    found = context.services().queries.history(_ticket_id(number), page_wanted(query))
    shown, following = cut(found, query["limit"], _history_position)
    return {"items": [history_wire(entry) for entry in shown], "next": following}


def _actions(query: dict[str, Any], number: str, only: dict[str, Any] | None) -> Wire:
    queries = context.services().queries
    found = queries.messages_of_ticket(_ticket_id(number), page_wanted(query), only)
    shown, following = cut(found, query["limit"], message_position)
    return {"items": [action(message) for message in shown], "next": following}


def _ticket_id(number: str) -> str:
    ticket_id = context.services().queries.ticket_id(number)
    if ticket_id is None:
        raise not_found("ticket")
    return ticket_id


def _rendered(done: act.Done) -> Wire:
    return ActionSchema().dump(action(done.message))


def _remember(request: Once) -> Any:
    def remember(done: act.Done) -> IdempotencyRecord | None:
        return request.record(201, _rendered(done))

    return remember


def message_position(message: Message) -> Position:
    """Where a message stands in its timeline."""
    return Position(message.occurred_at, message.number, message.id)


def _history_position(entry: HistoryEntry) -> Position:
    return Position(entry.at, None, entry.id)
