"""What is said and done on a ticket: notes inside, the whole timeline."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema

from services.ticket_service.act import tickets as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.message_schemas import ActionSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import TimelineQuery, page_of
from services.ticket_service.api.replies import remember, rendered
from services.ticket_service.api.timeline import page_of_ticket
from services.ticket_service.api.values import MAX_TEXT, Text
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.store.queries import NOTES

blueprint = ApiBlueprint(
    "actions", __name__, url_prefix=f"{PREFIX}/tickets", description="What was said and done on a ticket."
)
_ActionPage: Final = page_of(ActionSchema)


class NoteToWriteSchema(Schema):
    """A note that only the desk sees."""

    text = Text(MAX_TEXT, required=True)


@blueprint.route("/<number>/notes", methods=["POST"])
@blueprint.arguments(NoteToWriteSchema, example={"text": "Called him, he is on holiday."})
@blueprint.operation(
    "Write an internal note", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(201, ActionSchema)
def note(body: dict[str, Any], number: str) -> Response:
    """The customer never sees it."""

    def work(request: Once) -> Response:
        desk = context.services().desk
        done = acts.note(desk, number, body["text"], request.frame(), remember(request, 201))
        return answer(201, rendered(done))

    return once(body, work)


@blueprint.route("/<number>/notes", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List the notes", 400, 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, _ActionPage)
def notes(query: dict[str, Any], number: str) -> Wire:
    """What only the desk sees."""
    return page_of_ticket(query, number, NOTES)


@blueprint.route("/<number>/actions", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation(
    "List everything said: description, comments, replies, notes",
    400,
    404,
    422,
    needs=permissions.TICKETS_READ,
)
@blueprint.response(200, _ActionPage)
def actions(query: dict[str, Any], number: str) -> Wire:
    """By the provider's time; reactions, edits and revokes are shown on the message they are about."""
    return page_of_ticket(query, number, None)
