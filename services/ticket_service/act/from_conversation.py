"""A ticket made by hand from what was said in a conversation that has none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from services.ticket_service.act.fields import check_fields
from services.ticket_service.act.opening import (
    Opened,
    Wanted,
    all_fields,
    must_be_complete,
    must_be_free,
    opening_in,
    title_of,
)
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import CUSTOMER
from services.ticket_service.domain.message import IN, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.numbers import Numbers
from services.ticket_service.opening import NewTicket
from services.ticket_service.ports import Changes, LoadedTicket

MOST_MESSAGES: Final = 200
"""Of a conversation, that become a ticket at once; of more the latest."""
_NOT_FREE: Final = "There is no such message in this conversation, or it is on a ticket."


class NothingFree(Exception):
    """Nothing that the customer said in the conversation is on no ticket."""


def open_from_conversation(
    desk: Desk,
    conversation_id: str,
    messages: Sequence[str] | None,
    wanted: Wanted,
    may: Collection[str],
    frame: Frame,
    remember: Remember[Opened],
) -> Opened:
    """Open a ticket from what was said: what the customer said first is its description, the rest comments.

    `messages` are those chosen, of those that are on no ticket; None takes all of them. NotFound, Unfit,
    PermissionMissing, HasOpenTicket, NothingFree, TooBusy.
    """
    numbers = Numbers(desk.store)

    def attempt() -> Opened:
        now, changes, store = desk.clock(), Changes(by=frame.actor), desk.store
        conversation = store.load_conversations([conversation_id]).get(conversation_id)
        if conversation is None or conversation.merged_into is not None:
            raise NotFound("conversation")
        must_be_free(conversation)
        check_fields(desk, {}, all_fields(wanted), may)
        said = _chosen(desk, conversation, messages)
        first = next(each for each in said if each.direction == IN)
        requester = store.load_contacts([conversation.contact_id])[conversation.contact_id]
        new = NewTicket(
            wanted.title or title_of(desk, first, requester, now),
            requester,
            frame.actor,
            frame.cause,
            conversation,
            first,
            first.text,
            wanted.fields,
        )
        ticket = opening_in(desk, changes, numbers, now).open(new)
        take_over(ticket, said, now)
        changes.touch(*said, *files_of(desk, said, ticket))
        must_be_complete(desk, ticket, [])
        done = LoadedTicket(ticket, requester, conversation), store.workflow()
        return save_once(desk, changes, done, remember)

    return until_saved(attempt, frame)


def _chosen(desk: Desk, conversation: Conversation, wanted: Sequence[str] | None) -> list[Message]:
    free = desk.store.load_unplaced(conversation.id, MOST_MESSAGES)
    if wanted is None:
        said = free
    else:
        known = {each.id: each for each in free}
        unknown = [(f"messages.{at}", _NOT_FREE) for at, each in enumerate(wanted) if each not in known]
        if unknown:
            raise Unfit(unknown)
        said = [each for each in free if each.id in set(wanted)]
    if not any(each.direction == IN for each in said):
        raise NothingFree
    return said


def take_over(ticket: Ticket, said: Sequence[Message], now: datetime) -> None:
    """One is the description already; the others become comments, in their order."""
    for message in said:
        if message.ticket_id != ticket.id:
            ticket.comment(message, now)
    for message in said:
        if message.author.kind == CUSTOMER:
            ticket.heard(message.occurred_at)


def files_of(desk: Desk, said: Sequence[Message], ticket: Ticket) -> list[Attachment]:
    ids = {each for message in said for each in message.attachments}
    files = list(desk.store.load_attachments(ids).values()) if ids else []
    for each in files:
        each.ticket_id = ticket.id
    return files
