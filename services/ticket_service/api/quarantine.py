"""What could not be acted on: why, and trying it again or putting it away."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from services.ticket_service.act import quarantine as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import QuarantineItemSchema
from services.ticket_service.api.values import Keys
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.quarantine import (
    DISCARDED,
    HELD,
    REPLAYED,
    QuarantineDecision,
    QuarantineItem,
)
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries_quarantine import Kept

blueprint = ApiBlueprint(
    "quarantine",
    __name__,
    url_prefix=f"{PREFIX}/quarantine",
    description="What came in and could not be acted on, kept whole.",
)


class QuarantineQuery(PageQuery):
    """Which items."""

    state = fields.String(load_default=None, validate=validate.OneOf((HELD, REPLAYED, DISCARDED)))
    reason = Keys(
        load_default=(),
        metadata={"description": "Reasons, repeated or with commas.", "example": ["unknown-channel"]},
    )


@blueprint.route("", methods=["GET"])
@blueprint.arguments(QuarantineQuery, location="query")
@blueprint.operation("List quarantined items, the newest first", 400, 422, needs=permissions.SETTINGS_READ)
@blueprint.response(200, page_of(QuarantineItemSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of items."""
    found = context.services().quarantine.items(query["state"], query["reason"], page_wanted(query))
    shown, following = cut(found, query["limit"], _position)
    return {"items": [_wire(kept) for kept in shown], "next": following}


@blueprint.route("/<item_id>", methods=["GET"])
@blueprint.operation("One quarantined item", 404, needs=permissions.SETTINGS_READ)
@blueprint.response(200, QuarantineItemSchema)
def show(item_id: str) -> Wire:
    """The item with this id."""
    kept = context.services().quarantine.item(item_id)
    if kept is None:
        raise not_found("quarantined item")
    return _wire(kept)


@blueprint.route("/<item_id>/replay", methods=["POST"])
@blueprint.operation("Try a quarantined item again", 404, idempotent=True, needs=permissions.QUARANTINE_WRITE)
@blueprint.response(200, QuarantineItemSchema)
def replay(item_id: str) -> Response:
    """Publishes the original once more; what cannot be acted on even now comes back as held."""
    return _decide(item_id, REPLAYED)


@blueprint.route("/<item_id>/discard", methods=["POST"])
@blueprint.operation("Put a quarantined item away", 404, idempotent=True, needs=permissions.QUARANTINE_WRITE)
@blueprint.response(200, QuarantineItemSchema)
def discard(item_id: str) -> Response:
    """It stays readable, and nothing more happens with it."""
    return _decide(item_id, DISCARDED)


def _decide(item_id: str, state: str) -> Response:
    services = context.services()
    seen: list[Kept] = []

    def load() -> tuple[QuarantineItem, str] | None:
        kept = services.quarantine.item(item_id)
        seen[:] = [kept] if kept else []
        return (kept.item, kept.state) if kept else None

    def shown(decision: QuarantineDecision) -> Wire:
        decided = Kept(seen[0].item, decision.state, decision.decided_at, decision.decided_by)
        return QuarantineItemSchema().dump(_wire(decided))

    def work(request: Once) -> Response:
        def remember(decision: QuarantineDecision) -> IdempotencyRecord | None:
            return request.record(200, shown(decision))

        decision = acts.decide_quarantine(services.desk, load, state, request.frame(), remember)
        return answer(200, shown(decision))

    return once(None, work)


def _wire(kept: Kept) -> Wire:
    item = kept.item
    return {
        "id": item.id,
        "service": item.service,
        "reason": item.reason,
        "detail": item.detail,
        "payload": item.payload,
        "quarantined_at": item.quarantined_at,
        "original": f"{PREFIX}/quarantine/{item.id}/original" if item.raw_blob else None,
        "replayable": item.replay is not None,
        "state": kept.state,
        "decided_at": kept.decided_at,
        "decided_by": kept.decided_by,
    }


def _position(kept: Kept) -> Position:
    return Position(kept.item.quarantined_at, None, kept.item.id)
