"""Triage: mails that opened no ticket by themselves, and what people make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response
from marshmallow import fields, validate

from services.ticket_service.act import triage as acts
from services.ticket_service.act.from_mail import ACCOUNT_USER, open_from_mail
from services.ticket_service.act.opening import Wanted
from services.ticket_service.acting import Frame, Remember
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.identities import identity_given
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.tickets import shown as ticket_shown
from services.ticket_service.api.timeline import shown
from services.ticket_service.api.triage_schemas import (
    TriageCountsSchema,
    TriageJoinSchema,
    TriageMailSchema,
    TriageReasonSchema,
    TriageTicketSchema,
    WholeTriageMailSchema,
    triage_wire,
)
from services.ticket_service.api.values import Keys
from services.ticket_service.api.wire import Wire, contact_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.triage import HELD, STATES, TriageMail
from services.ticket_service.store.keyset import Order, Position
from services.ticket_service.store.queries_people import words_filter

blueprint = ApiBlueprint(
    "triage",
    __name__,
    url_prefix=f"{PREFIX}/triage",
    description="Mails that opened no ticket by themselves.",
)
_BY_HAND: Final = ("requester", ACCOUNT_USER, "title")


class TriageQuery(PageQuery):
    """Which mails."""

    state = Keys(
        load_default=(),
        metadata={
            "description": f"Any of {', '.join(STATES)}, repeated or with commas.",
            "example": ["held"],
        },
    )
    channel = Keys(load_default=(), metadata={"description": "Ids of channels, repeated or with commas."})
    q = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Beginnings of words of sender, subject or text."},
    )


@blueprint.route("", methods=["GET"])
@blueprint.arguments(TriageQuery, location="query")
@blueprint.operation("List mails of triage, the newest first", 400, 422, needs=permissions.TRIAGE_READ)
@blueprint.response(200, page_of(TriageMailSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of mails: those that wait (`held`), and those that were decided on, by people or by rules."""
    wanted: dict[str, Any] = words_filter("words", query["q"])
    for path, values in (("state", query["state"]), ("channel_id", query["channel"])):
        if values:
            wanted[path] = {"$in": sorted(values)}
    order = Order("received_at", newest_first=True)
    found = context.services().records.page(TriageMail, wanted, order, page_wanted(query))
    page, following = cut(found, query["limit"], lambda each: Position(each.received_at, None, each.id))
    return {"items": [triage_wire(each) for each in page], "next": following}


@blueprint.route("/counts", methods=["GET"])
@blueprint.operation("How many mails wait", needs=permissions.TRIAGE_READ)
@blueprint.response(200, TriageCountsSchema)
def counts() -> Wire:
    """For showing that there is something to do."""
    return {"held": context.services().records.count(TriageMail, {"state": HELD})}


@blueprint.route("/<mail_id>", methods=["GET"])
@blueprint.operation("One mail of triage", 404, needs=permissions.TRIAGE_READ)
@blueprint.response(200, WholeTriageMailSchema)
def show(mail_id: str) -> Wire:
    """Whole, with its files; `message.mail.original` is where it is as it came."""
    store = context.services().desk.store
    found = store.record(TriageMail, mail_id)
    message = store.load_messages([mail_id]).get(mail_id)
    if found is None or message is None:
        raise not_found("mail")
    talk = store.load_conversations([found.conversation_id]).get(found.conversation_id)
    contact = store.load_contacts([talk.contact_id]).get(talk.contact_id) if talk is not None else None
    return {
        **triage_wire(found),
        "message": shown([message])[0],
        "contact": contact_wire(contact) if contact is not None else None,
    }


@blueprint.route("/<mail_id>/ticket", methods=["POST"])
@blueprint.arguments(TriageTicketSchema, example={"title": "Terminale 3 fermo", "priority": "high"})
@blueprint.operation(
    "Make a ticket of a mail", 404, 413, 415, idempotent=True, needs=permissions.TRIAGE_WRITE
)
@blueprint.response(201, TicketSchema)
def open_ticket(body: dict[str, Any], mail_id: str) -> Response:
    """Subject, words and files of the mail come into the ticket; nobody is told of it.

    409 `already-decided` for a mail that is on a ticket.
    """
    who = body.get("requester", {})
    wanted = Wanted(
        title=body.get("title"),
        requester=who.get("id"),
        identity=identity_given(who["identity"], "requester.identity") if "identity" in who else None,
        name=who.get("name", ""),
        fields={name: value for name, value in body.items() if name not in _BY_HAND},
    )
    desk, may = context.services().desk, context.caller().permissions()
    account_user = body[ACCOUNT_USER]
    return made(
        body,
        TicketSchema,
        ticket_shown,
        lambda frame, remember: open_from_mail(desk, mail_id, wanted, account_user, may, frame, remember),
    )


@blueprint.route("/<mail_id>/join", methods=["POST"])
@blueprint.arguments(TriageJoinSchema, example={"ticket": "TT24"})
@blueprint.operation("Put a mail on a ticket", 404, 413, 415, idempotent=True, needs=permissions.TRIAGE_WRITE)
@blueprint.response(200, TicketSchema)
def join(body: dict[str, Any], mail_id: str) -> Response:
    """It counts as its customer's answer and moves the ticket as one would; what a machine wrote does not.

    Nobody is told by mail. 409 `already-decided` for a mail that is on a ticket.
    """
    desk = context.services().desk
    return made(
        body,
        TicketSchema,
        ticket_shown,
        lambda frame, remember: acts.join(desk, mail_id, body["ticket"], frame, remember),
        200,
    )


@blueprint.route("/<mail_id>/ignore", methods=["POST"])
@blueprint.arguments(TriageReasonSchema, example={"reason": "Advertising"})
@blueprint.operation("Leave a mail aside", 404, 413, 415, idempotent=True, needs=permissions.TRIAGE_WRITE)
@blueprint.response(200, TriageMailSchema)
def ignore(body: dict[str, Any], mail_id: str) -> Response:
    """It stays readable; 409 `already-decided` for one that does not wait."""
    desk = context.services().desk
    return _decide(body, lambda frame, remember: acts.ignore(desk, mail_id, body["reason"], frame, remember))


@blueprint.route("/<mail_id>/hold", methods=["POST"])
@blueprint.operation("Let a mail wait again", 404, idempotent=True, needs=permissions.TRIAGE_WRITE)
@blueprint.response(200, TriageMailSchema)
def hold(mail_id: str) -> Response:
    """For one that was left aside; a blocked sender stays blocked."""
    desk = context.services().desk
    return _decide(None, lambda frame, remember: acts.hold(desk, mail_id, frame, remember))


@blueprint.route("/<mail_id>/block", methods=["POST"])
@blueprint.arguments(TriageReasonSchema, example={"reason": "Spam"})
@blueprint.operation(
    "Block the sender of a mail", 404, 413, 415, idempotent=True, needs=permissions.TRIAGE_WRITE
)
@blueprint.response(200, TriageMailSchema)
def block(body: dict[str, Any], mail_id: str) -> Response:
    """Further mails reach no ticket, and those that wait of the same sender are put away with this one.

    /settings/blocked-senders lists them, and lets them in again.
    """
    desk = context.services().desk
    return _decide(body, lambda frame, remember: acts.block(desk, mail_id, body["reason"], frame, remember))


def _decide(body: Any, decide: Callable[[Frame, Remember[TriageMail]], TriageMail]) -> Response:
    return made(body, TriageMailSchema, triage_wire, decide, 200)
