"""The bin: deleting tickets, bringing them back, and how long they stay there."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import deleting as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.tombstone import MOST_KEEP_DAYS, DeletionPolicy
from services.ticket_service.ports import LoadedTicket

blueprint = ApiBlueprint("deleting", __name__, url_prefix=PREFIX, description="Deleted tickets.")


class DeletionPolicySchema(Schema):
    """How long deleted tickets can be brought back."""

    keep_days = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, MOST_KEEP_DAYS),
        metadata={"description": "Then they go for good; 0: with the next purge."},
    )


@blueprint.route("/tickets/<number>", methods=["DELETE"])
@blueprint.operation("Delete a ticket", 404, needs=permissions.TICKETS_DELETE)
@blueprint.response(204)
def delete(number: str) -> Response:
    """It is in no list any more, and its conversation's next message opens another ticket.

    It can be restored for the days that the settings say. Afterwards it is gone with its messages and files;
    a message that its provider delivers again, or a mail collected again, does not come back.
    """
    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    acts.delete(context.services().desk, number, frame)
    return Response(status=204)


@blueprint.route("/tickets/<number>/restore", methods=["POST"])
@blueprint.operation("Bring a deleted ticket back", 404, idempotent=True, needs=permissions.TICKETS_DELETE)
@blueprint.response(200, TicketSchema)
def restore(number: str) -> Response:
    """409 `too-late-to-restore` once its days are over."""

    def work(request: Once) -> Response:
        done = acts.restore(
            context.services().desk,
            number,
            request.frame(),
            lambda done: request.record(200, _rendered(done)),
        )
        return answer(200, _rendered(done))

    return once(None, work)


@blueprint.route("/settings/deletion", methods=["GET"])
@blueprint.operation("How long deleted tickets are kept", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, DeletionPolicySchema)
def policy() -> Wire:
    """Days in which they can be restored."""
    return _policy_wire(acts.policy_of(context.services().desk))


@blueprint.route("/settings/deletion", methods=["PUT"])
@blueprint.arguments(DeletionPolicySchema, example={"keep_days": 30})
@blueprint.operation(
    "Set how long deleted tickets are kept",
    *(400, 412, 413, 415, 422, 428),
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.etag
@blueprint.response(200, DeletionPolicySchema)
def set_policy(body: dict[str, Any]) -> Wire:
    """Counts for the tickets that are deleted already, too."""

    def unchanged(stored: DeletionPolicy) -> None:
        blueprint.check_etag(_policy_wire(stored), DeletionPolicySchema)

    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    return _policy_wire(acts.set_policy(context.services().desk, body["keep_days"], frame, unchanged))


def _policy_wire(stored: DeletionPolicy) -> Wire:
    return {"keep_days": stored.keep_days}


def _rendered(loaded: LoadedTicket) -> Wire:
    return TicketSchema().dump(context.view().ticket(loaded.ticket, loaded.requester))
