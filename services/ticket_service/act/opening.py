"""Tickets that people open by hand: for a call, a visit, or of their own accord."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.composing import take_uploads
from services.ticket_service.act.fields import check_fields
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.contact import LEAD, Contact
from services.ticket_service.domain.conversation import NEVER_HEARD, Conversation, Recipient
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.identity import EMAIL, WHATSAPP, Identity
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.message import INTERNAL, NOTE, PUBLIC, Message
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.status import Workflow
from services.ticket_service.domain.ticket import INTERNAL_TICKET, Ticket
from services.ticket_service.domain.title import chat_title
from services.ticket_service.mailing import is_mailbox
from services.ticket_service.numbers import Numbers
from services.ticket_service.opening import NewTicket, Opening
from services.ticket_service.ports import Changes, LoadedTicket
from shared.contracts.envelope import trace_id

_LATER: Final = frozenset({"solution", "justification", "hours", "days", "solution_forecast"})
"""What nobody can know when a ticket opens; it is asked for when the ticket is closed."""
Opened = tuple[LoadedTicket, Workflow]


class HasOpenTicket(Exception):
    """The conversation has an open ticket: what the customer writes can join one only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ticket as somebody asks for it. `fields` are those of domain.ticket.Ticket that were filled in.

    The requester is a contact (`requester`, its id) or whoever has `identity`, a new lead where nobody has.
    `channel` is a channel on which the requester is in conversation; None for the desk's own. Where it is to
    `begin_as` (the channel's kind), the conversation may begin with this ticket. `attachments` are uploads.
    """

    title: str | None = None
    description: str = ""
    requester: str | None = None
    identity: Identity | None = None
    name: str = ""
    channel: str | None = None
    begin_as: str = ""
    attachments: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


def open_ticket(
    desk: Desk, wanted: Wanted, may: Collection[str], frame: Frame, remember: Remember[Opened]
) -> Opened:
    """Open a ticket by hand (S001, S002).

    Unfit, InvalidReply (its files), PermissionMissing, HasOpenTicket, TooBusy.
    """
    ids, numbers = (desk.new_id(), desk.new_id(), desk.new_id()), Numbers(desk.store)

    def attempt() -> Opened:
        now, changes = desk.clock(), Changes(by=frame.actor)
        check_fields(desk, {}, all_fields(wanted), may)
        requester = requester_of(desk, wanted, ids[0], now)
        conversation = _conversation(desk, requester, wanted, ids[2], now)
        options = desk.store.setting(TicketOptions)
        type_ = wanted.fields.get("type", options.default_type)
        first = _description(ids[1], wanted, type_, requester, frame, now)
        files = _files(desk, wanted, first)
        new = NewTicket(
            wanted.title or title_of(desk, first, requester, now),
            requester,
            frame.actor,
            frame.cause,
            conversation,
            first,
            wanted.description,
            {**wanted.fields, "type": type_},
        )
        ticket = opening_in(desk, changes, numbers, now).open(new)
        if first is not None:
            changes.messages.append(first)
        changes.touch(conversation if conversation is not None and not conversation.version else None)
        for each in files:
            each.ticket_id = ticket.id
        changes.touch(*files)
        must_be_complete(desk, ticket, files)
        done = LoadedTicket(ticket, requester, conversation), desk.store.workflow()
        return save_once(desk, changes, done, remember)

    return until_saved(attempt, frame)


def opening_in(desk: Desk, changes: Changes, numbers: Numbers, now: datetime) -> Opening:
    """What makes tickets within one try of a person's decision. `numbers` is that of all its tries."""
    numbers.begin(now)
    return Opening(changes, desk.store, desk.store.workflow(), numbers.next, now, desk.new_id, desk.mail)


def all_fields(wanted: Wanted) -> dict[str, Any]:
    """All that somebody filled in, by the names of fields."""
    given = {name: value for name, value in wanted.fields.items() if value is not None}
    named = {"requester": wanted.requester, "attachments": list(wanted.attachments)}
    return given | {name: value for name, value in named.items() if value}


def requester_of(desk: Desk, wanted: Wanted, new_id: str, now: datetime) -> Contact:
    """The contact that was named; else who has the identity, or a new lead with it."""
    if wanted.requester is not None:
        return desk.store.load_contacts([wanted.requester])[wanted.requester]
    if wanted.identity is None:
        raise Unfit([("requester", "Say who asks: a contact's id, or an identity.")])
    known = desk.store.load_inbound({wanted.identity.key}, ()).contacts
    if known:
        return min(known.values(), key=lambda each: (each.created_at, each.id))
    return Contact(new_id, LEAD, wanted.name, [wanted.identity], now, now)


def _conversation(
    desk: Desk, requester: Contact, wanted: Wanted, new_id: str, now: datetime
) -> Conversation | None:
    if wanted.channel is None:
        return None
    keys = {each.key for each in requester.identities}
    found = desk.store.load_inbound(keys, {wanted.channel}).conversations.values() if keys else ()
    mine = [each for each in found if each.contact_id == requester.id and each.channel_id == wanted.channel]
    if mine:
        must_be_free(mine[0])
        return mine[0]
    if wanted.begin_as:
        return _begun(requester, wanted.channel, wanted.begin_as, new_id, now)
    problem = "The requester never wrote on this channel, so nobody can be answered there."
    raise Unfit([("channel", f"{problem} Leave it out to open the ticket at the desk.")])


def _begun(requester: Contact, channel: str, kind: str, new_id: str, now: datetime) -> Conversation:
    """A conversation in which the desk speaks first: by mail, or on WhatsApp by template. Unfit."""
    by_mail, known = kind == MAIL, EMAIL if kind == MAIL else WHATSAPP
    addresses = [each for each in requester.identities if each.kind == known]
    if not addresses or not (by_mail or kind.startswith(WHATSAPP)):
        problem = "Nobody can be written to first here: it takes a mailbox and a mail address, or WhatsApp"
        raise Unfit([("channel", f"{problem} and its number. Leave it out to open the ticket at the desk.")])
    to = Recipient(known, addresses[0].address, requester.name)
    window = None if by_mail else NEVER_HEARD
    return Conversation.begun(new_id, requester.id, (channel, kind), to, now, window)


def must_be_free(conversation: Conversation) -> None:
    """HasOpenTicket where further messages join an open ticket already; mails name their tickets."""
    if conversation.open_ticket_id is not None and not is_mailbox(conversation):
        raise HasOpenTicket


def _description(
    message_id: str, wanted: Wanted, type_: str, requester: Contact, frame: Frame, now: datetime
) -> Message | None:
    if not wanted.description and not wanted.attachments:
        return None
    return Message(
        id=message_id,
        direction=NOTE,
        visibility=INTERNAL if type_ == INTERNAL_TICKET else PUBLIC,
        author=frame.actor,
        kind="text",
        text=wanted.description,
        occurred_at=now,
        created_at=now,
        contact_id=requester.id,
        attachments=list(wanted.attachments),
        trace_id=trace_id(frame.traceparent),
    )


def title_of(desk: Desk, first: Message | None, requester: Contact, now: datetime) -> str:
    """As a chat's: when it was said, and by whom."""
    settings = desk.store.desk()
    address = requester.identities[0].value if requester.identities else requester.name
    at = first.occurred_at if first is not None else now
    return chat_title(
        settings.title_pattern, at, settings.time_zone, requester.alias(address), requester.name
    )


def _files(desk: Desk, wanted: Wanted, first: Message | None) -> list[Attachment]:
    if first is None or not wanted.attachments:
        return []
    named = [(f"attachments.{at}", each) for at, each in enumerate(wanted.attachments)]
    return take_uploads(desk, named, first)


def must_be_complete(desk: Desk, ticket: Ticket, files: Sequence[Attachment]) -> None:
    """Whoever opens a ticket by hand fills in what the desk asks for. Unfit."""
    filled = ["attachments"] if files else []
    asked = [each for each in desk.store.setting(FieldRules).missing(ticket, filled) if each[0] not in _LATER]
    if asked:
        raise Unfit(asked)
