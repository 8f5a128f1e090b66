"""Answers to the customer: of every kind, at once or as a draft; sent again, thrown away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import replies as acts
from services.ticket_service.act import resending
from services.ticket_service.act.composing import Said
from services.ticket_service.act.loading import Done
from services.ticket_service.act.replies import Then
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.message_schemas import ActionSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import TimelineQuery, page_of
from services.ticket_service.api.reply_schemas import DRAFT, REFUSE, ReplyToSendSchema
from services.ticket_service.api.timeline import page_of_ticket, shown
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.queries import REPLIES

blueprint = ApiBlueprint(
    "replies", __name__, url_prefix=f"{PREFIX}/tickets", description="Answers to the customer."
)
_EXAMPLES: Final = {
    "text": {
        "summary": "Inside the reply window",
        "value": {"text": "Benissimo, grazie", "status": "closed"},
    },
    "template": {
        "summary": "At any time",
        "value": {"template": {"name": "please_answer", "language": "it", "components": []}},
    },
    "files": {
        "summary": "Files with a caption, uploaded before",
        "value": {"attachments": ["0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d11"], "text": "La fattura"},
    },
    "draft": {
        "summary": "Kept until the customer answers where the window is closed",
        "value": {"text": "Abbiamo trovato il guasto.", "when_closed": "draft"},
    },
    "buttons": {
        "summary": "A choice",
        "value": {
            "text": "Va bene domani alle 9?",
            "interactive": {
                "kind": "buttons",
                "buttons": [{"id": "yes", "title": "Sì"}, {"id": "no", "title": "No"}],
            },
        },
    },
    "mail": {
        "summary": "On a mailbox channel, with a copy to somebody",
        "value": {"text": "In allegato la fattura.", "cc": ["amministrazione@example.com"]},
    },
    "location": {
        "summary": "A place",
        "value": {"location": {"latitude": 45.4642, "longitude": 9.19, "name": "Duomo"}},
    },
}


class ResendSchema(Schema):
    """What to do where only templates may be sent now."""

    when_closed = fields.String(load_default=REFUSE, validate=validate.OneOf((REFUSE, DRAFT)))


@blueprint.route("/<number>/replies", methods=["POST"])
@blueprint.arguments(ReplyToSendSchema, examples=_EXAMPLES)
@blueprint.operation("Answer the customer", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_REPLY)
@blueprint.response(201, ActionSchema)
def reply(body: dict[str, Any], number: str) -> Response:
    """Queues the answer for the conversation's channel; `delivery` then says how it fares.

    409 `template-required` when the customer wrote too long ago for anything but a template (a draft is kept
    instead where `when_closed` says so, except of a reaction); 409 `template-not-usable` for a template that
    is not approved. While earlier drafts wait, a further answer waits behind them.
    """

    def work(request: Once) -> Response:
        services = context.services()
        done = acts.reply(
            services.desk,
            number,
            said_of(body),
            Then(body.get("status"), body.get("justification")),
            services.channel_queries.synced,
            request.frame(),
            remember(request, 201),
        )
        return answer(201, rendered(done))

    return once(body, work)


@blueprint.route("/<number>/replies", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List the answers to the customer", 400, 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(ActionSchema))
def find(query: dict[str, Any], number: str) -> Wire:
    """What agents and the desk itself sent, drafts among them."""
    return page_of_ticket(query, number, REPLIES)


@blueprint.route("/<number>/replies/<message_id>/resend", methods=["POST"])
@blueprint.arguments(ResendSchema, example={"when_closed": "draft"})
@blueprint.operation(
    "Send an answer, or a private message, that failed once more",
    404,
    413,
    415,
    idempotent=True,
    needs=permissions.TICKETS_REPLY,
)
@blueprint.response(200, ActionSchema)
def resend(body: dict[str, Any], number: str, message_id: str) -> Response:
    """The same message with one attempt more; what arrived of it is not sent twice.

    A private message goes to those of its recipients who did not get it, as far as the notifier remembers
    (30 days), also where it was refused for some of them only.
    409 `not-failed` for every other state, 409 `template-required` as for a new answer.
    """

    def work(request: Once) -> Response:
        done = resending.resend(
            context.services().desk,
            number,
            message_id,
            body["when_closed"] == DRAFT,
            request.frame(),
            remember(request, 200),
        )
        return answer(200, rendered(done))

    return once(body, work)


@blueprint.route("/<number>/replies/<message_id>", methods=["DELETE"])
@blueprint.operation("Throw a draft away", 404, 409, needs=permissions.TICKETS_REPLY)
@blueprint.response(204)
def discard(number: str, message_id: str) -> Response:
    """409 `not-draft` for everything that was sent; the history keeps the draft's text."""
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    resending.discard_draft(context.services().desk, number, message_id, frame)
    return Response(status=204)


def rendered(done: Done) -> Wire:
    """The message as the answer shows it."""
    return ActionSchema().dump(shown([done.message])[0])


def remember(request: Once, status: int) -> Callable[[Done], IdempotencyRecord | None]:
    """Keeps the answer for repeats of the request."""
    return lambda done: request.record(status, rendered(done))


def said_of(body: dict[str, Any]) -> Said:
    """What an answer says, from its body."""
    return Said(
        body.get("text", ""),
        tuple(body.get("attachments", ())),
        body.get("template"),
        body.get("interactive"),
        body.get("location"),
        body.get("contacts"),
        body.get("reaction"),
        body.get("reply_to"),
        body["when_closed"] == DRAFT,
        body.get("cc"),
        body.get("subject"),
    )
