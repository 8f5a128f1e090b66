"""One ticket: opened by hand, seen, changed."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.act import tickets as acts
from services.ticket_service.act.opening import Opened, Wanted, open_ticket
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.channels import channel_named
from services.ticket_service.api.identities import identity_given
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.ticket_schemas import NewTicketSchema, TicketChangeSchema
from services.ticket_service.api.wire import View, Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.status import Workflow
from services.ticket_service.ports import LoadedTicket

blueprint = ApiBlueprint(
    "tickets", __name__, url_prefix=f"{PREFIX}/tickets", description="What customers asked."
)
_NEW: Final = {
    "call": {
        "summary": "A known contact calls",
        "value": {
            "requester": {"id": "0197f3c1-11aa-7c3e-9a44-52f0f1b7d003"},
            "title": "Boiler does not start",
            "description": "La caldaia non parte da stamattina.",
            "priority": "high",
        },
    },
    "unknown": {
        "summary": "Somebody new, known by a number",
        "value": {
            "requester": {"identity": {"kind": "whatsapp", "value": "+393351032246"}, "name": "Daniele"},
            "description": "Vorrebbe un preventivo.",
        },
    },
}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewTicketSchema, examples=_NEW)
@blueprint.operation("Open a ticket", 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE)
@blueprint.response(201, TicketSchema)
def create(body: dict[str, Any]) -> Response:
    """For a call, a visit, an idea of one's own. Rules on create apply; they replace nothing given here.

    409 `has-open-ticket` when the conversation of `channel` has an open ticket already.
    """
    asked = dict(body)
    who, begins = asked.pop("requester"), asked.pop("begin_conversation")
    named = ("title", "description", "channel", "attachments")
    wanted = Wanted(
        title=asked.get("title"),
        description=asked.get("description", ""),
        requester=who.get("id"),
        identity=identity_given(who["identity"], "requester.identity") if "identity" in who else None,
        name=who.get("name", ""),
        channel=asked.get("channel"),
        begin_as=channel_named(asked["channel"], "channel").kind if begins else "",
        attachments=asked.get("attachments", ()),
        fields={name: value for name, value in asked.items() if name not in named},
    )
    desk, may = context.services().desk, context.caller().permissions()
    return made(
        body, TicketSchema, shown, lambda frame_, remember: open_ticket(desk, wanted, may, frame_, remember)
    )


@blueprint.route("/<number>", methods=["GET"])
@blueprint.operation("One ticket", 404, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(200, TicketSchema)
def show(number: str) -> Wire:
    """The ticket with this number. One that was merged names the other in `merged_into`.

    A deleted one is shown to those who may delete.
    """
    loaded = context.services().desk.store.load_ticket(number)
    deleted = loaded is not None and loaded.ticket.deleted_at is not None
    if loaded is None or (deleted and not context.caller().may(permissions.TICKETS_DELETE)):
        raise not_found("ticket")
    return context.view().ticket(loaded.ticket, loaded.requester)


@blueprint.route("/<number>", methods=["PATCH"])
@blueprint.arguments(TicketChangeSchema, example={"status": "closed", "tags": ["billing"]})
@blueprint.operation(
    "Change a ticket", 400, 404, 409, 412, 413, 415, 422, 428, needs=permissions.TICKETS_WRITE
)
@blueprint.etag
@blueprint.response(200, TicketSchema)
def change(wanted: dict[str, Any], number: str) -> Wire:
    """Each field that really changes becomes history; entering a status moves what its role moves.

    409 `closed-classification` for a closed ticket's classification unless the desk allows that,
    `children-open` while children have to be closed first.
    """
    services, settings = context.services(), context.services().desk.store.desk()

    def unchanged(loaded: LoadedTicket, workflow: Workflow) -> None:
        wire = View(workflow, settings).ticket(loaded.ticket, loaded.requester)
        blueprint.check_etag(wire, TicketSchema)

    may = context.caller().permissions()
    loaded, workflow = acts.change_ticket(services.desk, number, wanted, may, frame(), unchanged)
    return View(workflow, settings).ticket(loaded.ticket, loaded.requester)


def shown(done: Opened) -> Wire:
    """A ticket after what was done with it, as the interface shows it."""
    loaded, workflow = done
    return View(workflow, context.services().desk.store.desk()).ticket(loaded.ticket, loaded.requester)
