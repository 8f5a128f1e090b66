"""Senders whose messages reach no ticket."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import spam as acts
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.identities import identity_given
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.schemas import ActorSchema, nullable
from services.ticket_service.api.ticket_schemas import IdentityGivenSchema
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "blocked-senders",
    __name__,
    url_prefix=f"{PREFIX}/settings/blocked-senders",
    description="Whose messages are kept and reach no ticket.",
)


class BlockedSenderSchema(Schema):
    """One of them; `id` is its identity in one word."""

    id = fields.String(required=True, metadata={"example": "whatsapp:+393351032246"})
    kind = fields.String(required=True, metadata={"example": "whatsapp"})
    value = fields.String(required=True, metadata={"example": "+393351032246"})
    reason = fields.String(required=True)
    ticket = nullable(metadata={"description": "Number of the ticket that was spam."})
    blocked_at = UtcTime(required=True)
    blocked_by = fields.Nested(ActorSchema, required=True)
    network_until = UtcTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "Until when new visitors of live chats from the same networks are blocked as well."
        },
    )


class NewBlockedSenderSchema(IdentityGivenSchema):
    """A sender to block."""

    reason = fields.String(load_default="", validate=validate.Length(max=1_000))


@blueprint.route("", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation("List blocked senders, the last one first", 400, 422, needs=permissions.SETTINGS_READ)
@blueprint.response(200, page_of(BlockedSenderSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of them."""
    order = Order("blocked_at", newest_first=True)
    found = context.services().records.page(BlockedSender, {}, order, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.blocked_at, None, each.id))
    return {"items": [_wire(each) for each in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewBlockedSenderSchema, example={"kind": "whatsapp", "value": "+393351032246"})
@blueprint.operation("Block a sender", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE)
@blueprint.response(201, BlockedSenderSchema)
def block(body: dict[str, Any]) -> Response:
    """409 `sender-blocked` when it is blocked already.

    With a visitor of a live chat those are blocked for 24 hours who are new and write from the same network,
    unless the site's own server vouches for them.
    """
    desk, identity = context.services().desk, identity_given(body, "")
    return made(
        body,
        BlockedSenderSchema,
        _wire,
        lambda frame_, remember: acts.block(desk, identity, body["reason"], frame_, remember),
    )


@blueprint.route("/<sender_id>", methods=["DELETE"])
@blueprint.operation("Let a sender's messages reach tickets again", 404, needs=permissions.SETTINGS_WRITE)
@blueprint.response(204)
def unblock(sender_id: str) -> Response:
    """New visitors from the same networks are let in too. What was written meanwhile stays where it is."""
    acts.unblock(context.services().desk, sender_id, frame())
    return Response(status=204)


def _wire(sender: BlockedSender) -> Wire:
    return {
        "id": sender.id,
        "kind": sender.kind,
        "value": sender.value,
        "reason": sender.reason,
        "ticket": sender.ticket,
        "blocked_at": sender.blocked_at,
        "blocked_by": actor(sender.blocked_by),
        "network_until": sender.network_until(context.services().desk.clock()),
    }
