"""What is said and done on a ticket: notes inside, the whole timeline."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate, validates_schema

from services.ticket_service.act import internal as acts
from services.ticket_service.act.editing import action_of, edit_action
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.message_schemas import ActionSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import TimelineQuery, page_of
from services.ticket_service.api.replies import remember, rendered
from services.ticket_service.api.reply_schemas import reason_for_it, refuse_lone_reason, status_to_set
from services.ticket_service.api.timeline import page_of_ticket, shown, ticket_id
from services.ticket_service.api.values import MAX_TEXT, Text, Uploads
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.message import INTERNAL, PUBLIC, Message
from services.ticket_service.store.queries import NOTES

blueprint = ApiBlueprint(
    "actions", __name__, url_prefix=f"{PREFIX}/tickets", description="What was said and done on a ticket."
)
_ActionPage: Final = page_of(ActionSchema)


class NoteToWriteSchema(Schema):
    """A note that only the desk sees."""

    text = Text(
        MAX_TEXT,
        required=True,
        metadata={"description": "`@anna` or `@anna@example.org` calls a user, who then watches the ticket."},
    )
    attachments = Uploads()
    status = status_to_set()
    justification = reason_for_it()

    @validates_schema
    def _reason_needs_status(self, data: dict[str, Any], **kwargs: Any) -> None:
        refuse_lone_reason(data)


class ActionChangeSchema(Schema):
    """The new words."""

    text = Text(MAX_TEXT, required=True)


@blueprint.route("/<number>/notes", methods=["POST"])
@blueprint.arguments(NoteToWriteSchema, example={"text": "Called him, he is on holiday."})
@blueprint.operation(
    "Write an internal note", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(201, ActionSchema)
def note(body: dict[str, Any], number: str) -> Response:
    """The customer never sees it. It may set the status in the same step."""

    def work(request: Once) -> Response:
        then: dict[str, str] = {name: body[name] for name in ("status", "justification") if name in body}
        said = acts.NoteText(body["text"], body["attachments"], then)
        done = acts.note(context.services().desk, number, said, request.frame(), remember(request, 201))
        return answer(201, rendered(done))

    return once(body, work)


@blueprint.route("/<number>/notes", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List the notes", 400, 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, _ActionPage)
def notes(query: dict[str, Any], number: str) -> Wire:
    """What only the desk sees."""
    return page_of_ticket(query, number, NOTES)


class ActionsQuery(TimelineQuery):
    """All of a ticket's actions, or those for some eyes."""

    visibility = fields.String(
        load_default=None,
        validate=validate.OneOf((PUBLIC, INTERNAL)),
        metadata={"description": "What the customer sees too, or only the desk (S004)."},
    )


@blueprint.route("/<number>/actions", methods=["GET"])
@blueprint.arguments(ActionsQuery, location="query")
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
    wanted = query["visibility"]
    return page_of_ticket(query, number, {"visibility": wanted} if wanted else None)


@blueprint.route("/<number>/actions/<path:action_id>", methods=["GET"])
@blueprint.operation("One thing said", 404, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(200, ActionSchema)
def action(number: str, action_id: str) -> Wire:
    """With its earlier versions."""
    return shown([action_of(context.services().desk, ticket_id(number), action_id)])[0]


@blueprint.route("/<number>/actions/<path:action_id>", methods=["PATCH"])
@blueprint.arguments(ActionChangeSchema, example={"text": "Called him, he is back on Monday."})
@blueprint.operation(
    "Edit a note, or an answer that did not leave",
    *(400, 404, 409, 412, 413, 415, 422, 428),
    needs=permissions.TICKETS_WRITE,
)
@blueprint.etag
@blueprint.response(200, ActionSchema)
def change(body: dict[str, Any], number: str, action_id: str) -> Wire:
    """One's own; those of others with the permission `actions.edit`. The earlier words are kept.

    409 `action-not-editable` for what customers wrote, and for what left the desk.
    """

    def unchanged(message: Message) -> None:
        blueprint.check_etag(shown([message])[0], ActionSchema)

    message = edit_action(
        context.services().desk,
        number,
        action_id,
        body["text"],
        context.caller().may(permissions.ACTIONS_EDIT),
        Frame(context.actor(), context.traceparent(), before_try=lambda: None),
        unchanged,
    )
    return shown([message])[0]
