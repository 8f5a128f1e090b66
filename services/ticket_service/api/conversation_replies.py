"""Answers in a conversation that has no open ticket: sent, sent again, thrown away."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.act import conversation_replies as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.conversation_schemas import SaidSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.replies import ResendSchema, said_of
from services.ticket_service.api.reply_schemas import DRAFT, AnswerToSendSchema
from services.ticket_service.api.timeline import shown
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.message import Message

blueprint = ApiBlueprint(
    "conversation-replies",
    __name__,
    url_prefix=f"{PREFIX}/conversations",
    description="Answers to customers whose messages are on no open ticket.",
)
_EXAMPLES: Final = {
    "text": {"summary": "Inside the reply window", "value": {"text": "Buongiorno, guardo subito."}},
    "template": {
        "summary": "At any time",
        "value": {"template": {"name": "please_answer", "language": "it", "components": []}},
    },
    "files": {
        "summary": "Files with a caption, uploaded before",
        "value": {"attachments": ["0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d11"], "text": "La fattura"},
    },
}


@blueprint.route("/<conversation_id>/replies", methods=["POST"])
@blueprint.arguments(AnswerToSendSchema, examples=_EXAMPLES)
@blueprint.operation(
    "Answer where there is no ticket", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_REPLY
)
@blueprint.response(201, SaidSchema)
def reply(body: dict[str, Any], conversation_id: str) -> Response:
    """As on a ticket; a ticket that is opened from the conversation takes it over as a comment.

    409 `has-open-ticket` (with its number, `ticket`) where messages join an open ticket: answer there;
    `mail-needs-ticket` for mails; `template-required` and `template-not-usable` as for a ticket's answers.
    """
    services = context.services()
    return made(
        body,
        SaidSchema,
        _said,
        lambda frame, remember: acts.reply(
            services.desk, conversation_id, said_of(body), services.channel_queries.synced, frame, remember
        ),
    )


@blueprint.route("/<conversation_id>/replies/<message_id>/resend", methods=["POST"])
@blueprint.arguments(ResendSchema, example={"when_closed": "draft"})
@blueprint.operation(
    "Send an answer that is on no ticket and failed once more",
    404,
    413,
    415,
    idempotent=True,
    needs=permissions.TICKETS_REPLY,
)
@blueprint.response(200, SaidSchema)
def resend(body: dict[str, Any], conversation_id: str, message_id: str) -> Response:
    """The same message with one attempt more. 409 `not-failed` for every other state."""
    draft = body["when_closed"] == DRAFT
    return made(
        body,
        SaidSchema,
        _said,
        lambda frame, remember: acts.resend(
            context.services().desk, conversation_id, message_id, draft, frame, remember
        ),
        200,
    )


@blueprint.route("/<conversation_id>/replies/<message_id>", methods=["DELETE"])
@blueprint.operation("Throw a draft away that is on no ticket", 404, 409, needs=permissions.TICKETS_REPLY)
@blueprint.response(204)
def discard(conversation_id: str, message_id: str) -> Response:
    """409 `not-draft` for everything that was sent."""
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    acts.discard_draft(context.services().desk, conversation_id, message_id, frame)
    return Response(status=204)


def _said(message: Message) -> Wire:
    return {**shown([message])[0], "ticket": None}
