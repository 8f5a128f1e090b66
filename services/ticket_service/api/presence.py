"""Signs of presence: the customer sees that somebody has read, or is writing."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import presence as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.ports import IdempotencyRecord
from shared.contracts.presence_requested import READ, TYPING

blueprint = ApiBlueprint(
    "presence",
    __name__,
    url_prefix=f"{PREFIX}/conversations",
    description="What customers see of people who read and write.",
)


class SignToShowSchema(Schema):
    """What the agent is doing."""

    sign = fields.String(required=True, validate=validate.OneOf((READ, TYPING)), metadata={"example": TYPING})


class SignSchema(SignToShowSchema):
    """Whether the channel was asked to show it."""

    asked = fields.Boolean(
        required=True,
        metadata={"description": "False when the customer saw it just now, or wrote nothing to show it on."},
    )


@blueprint.route("/<conversation_id>/presence", methods=["POST"])
@blueprint.arguments(SignToShowSchema, example={"sign": TYPING})
@blueprint.operation(
    "Show that somebody reads or writes", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_REPLY
)
@blueprint.response(202, SignSchema)
def show(body: dict[str, Any], conversation_id: str) -> Response:
    """May be called for each keystroke; only channels that are set up for it show anything."""

    def work(request: Once) -> Response:
        services = context.services()
        conversation = services.queries.conversation(conversation_id)
        if conversation is None:
            raise not_found("conversation")

        def remember(asked: bool) -> IdempotencyRecord | None:
            return request.record(202, _wire(body, asked))

        asked = acts.show(
            services.desk,
            conversation,
            services.channel_queries.latest_from_customer,
            body["sign"],
            services.presence,
            request.frame(),
            remember,
        )
        return answer(202, _wire(body, asked))

    return once(body, work)


def _wire(body: dict[str, Any], asked: bool) -> Wire:
    return {"sign": body["sign"], "asked": asked}
