"""A visitor of a live chat has the talk sent to them by mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.announce_requests import mail_requested_for
from services.ticket_service.chat_mails import mailer
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor, HistoryEntry
from services.ticket_service.domain.message import OUT, Message
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.meeting import Meeting
from services.ticket_service.ports import Changes
from services.ticket_service.visiting import meet_visitor, signed_keys
from shared.contracts.envelope import Event

EVERY: Final = timedelta(minutes=10)
MOST_MESSAGES: Final = 1_000
TRANSCRIPT: Final = "transcript_mailed"


def send_transcript(desk: Desk, event: Event) -> bool:
    """Mail the talk to the visitor who asked for it; whether it is. Conflict, Unavailable.

    It goes to the address they are known by, else to the one they gave last, with the wish too; at most once
    in EVERY. It holds
    all that was said to all on the conversation's latest ticket; without one, what is on no ticket.

    Where nobody has proven that the address is theirs, somebody at the desk must have said something since
    the last time: or whoever types a stranger's address could have the desk mail them what they like.
    """
    data, changes, now = event.data, Changes(), desk.clock()
    keys = {identity.key for identity in data.sender.identities} | set(signed_keys(data.visitor))
    working = desk.store.load_inbound(keys, {data.channel_id})
    meeting = Meeting(working, changes, now, desk.new_id)
    known = meeting.known(data)
    if known is None:
        return False
    contact, conversation = known
    if data.visitor is not None:
        meet_visitor(data.visitor, contact, conversation, meeting.owners, min(data.at, now), changes)
    sent = _send(desk, changes, event, contact, conversation, now)
    if changes.contacts or changes.conversations:
        desk.save(changes)
    return sent


def _send(
    desk: Desk,
    changes: Changes,
    event: Event,
    contact: Contact,
    conversation: Conversation,
    now: datetime,
) -> bool:
    """Write the mail, if there may be one and something to be in it; whether there is one."""
    store = desk.store
    writing = mailer(store, desk.mail, conversation, contact)
    if writing is None or not writing.chat.transcript or not conversation.may_have_transcript(now, EVERY):
        return False
    ticket = _latest(desk, conversation)
    said = (
        store.said_to_all(ticket.id, MOST_MESSAGES)
        if ticket is not None
        else store.load_unplaced(conversation.id, MOST_MESSAGES)
    )
    if not said or not (writing.proven or _answered(said, conversation.transcript_at)):
        return False
    conversation.transcript_at = now
    mail = writing.transcript(f"{event.id}:transcript"[:600], ticket, said, now)
    changes.touch(conversation, ticket)
    changes.events.append(mail_requested_for(mail, Cause(event.traceparent, event.id)))
    if ticket is not None:
        who = Actor(CUSTOMER, contact.id, contact.name)
        changes.history.append(
            HistoryEntry(desk.new_id(), ticket.id, now, who, TRANSCRIPT, None, writing.address)
        )
    return True


def _answered(said: Sequence[Message], since: datetime | None) -> bool:
    """Whether a person at the desk has said something; `since`: later than that."""
    return any(
        each.direction == OUT and each.author.kind == AGENT and (since is None or each.created_at > since)
        for each in said
    )


def _latest(desk: Desk, conversation: Conversation) -> Ticket | None:
    """The ticket that is talked about."""
    ticket_id = conversation.open_ticket_id or conversation.last_ticket_id or ""
    ticket = desk.store.load_tickets([ticket_id]).get(ticket_id)
    if ticket is None or ticket.deleted_at is not None or ticket.type != PUBLIC_TICKET:
        return None
    return ticket
