"""What nobody answered in a live chat becomes an open ticket, where its visitor can be reached (S003)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.ticket_service.act.from_conversation import MOST_MESSAGES, files_of, take_over
from services.ticket_service.act.opening import opening_in, title_of
from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.chat_settings import ChatChannel
from services.ticket_service.domain.claim import KINDS
from services.ticket_service.domain.contact import IN_USE, Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.identity import BY_HAND
from services.ticket_service.domain.message import IN, Message
from services.ticket_service.numbers import Numbers
from services.ticket_service.opening import NewTicket
from services.ticket_service.ports import Changes, Conflict
from shared.contracts.envelope import new_traceparent

_log = structlog.get_logger(__name__)
_NOW: Final = timedelta(0)


def is_missed(conversation: Conversation, settings: ChatChannel, *, online: bool, now: datetime) -> bool:
    """Whether what waits was missed: the desk is away, the visitor left, or nobody came for too long."""
    since = conversation.waiting_since
    if since is None:
        return False
    gone = not conversation.present and conversation.left_at is not None and conversation.left_at >= since
    return now - since >= (_NOW if gone else patience(settings, online=online))


def patience(settings: ChatChannel, *, online: bool) -> timedelta:
    """How long a visitor who stays has to wait before it counts as missed."""
    return timedelta(minutes=settings.missed_after_minutes) if online else _NOW


def can_be_reached(contact: Contact, conversation: Conversation) -> bool:
    """Whether the visitor said, or is known by, anything to be answered by when they are gone."""
    known = any(each.kind in BY_HAND for each in contact.identities)
    named = conversation.visit is not None and conversation.visit.verified
    return known or named or any(each.kind in KINDS for each in contact.claims)


def see_to(desk: Desk, conversation_id: str, settings: ChatChannel, online: bool) -> bool:
    """Open a ticket from what was missed, or mark it where nobody could be answered; whether it did either.

    Decided on the conversation as it is now: it may have moved since it was found. Unavailable.
    """
    numbers = Numbers(desk.store)

    def attempt() -> bool:
        now, changes = desk.clock(), Changes()
        conversation = desk.store.load_conversations([conversation_id]).get(conversation_id)
        if conversation is None or conversation.merged_into is not None:
            return False
        if not is_missed(conversation, settings, online=online, now=now):
            return False
        contact = desk.store.load_contacts([conversation.contact_id])[conversation.contact_id]
        said = _waiting(desk, conversation)
        if conversation.open_ticket_id is not None or contact.state != IN_USE or not said:
            conversation.seen_to()
        elif can_be_reached(contact, conversation):
            _open(desk, changes, numbers, conversation, contact, said, now)
        else:
            conversation.missed(now)
        changes.touch(conversation)
        desk.save(changes)
        return True

    try:
        return decide_again_on_conflict(attempt)
    except Conflict:
        _log.warning(
            "conversation is changed all the time, it is looked at later", conversation=conversation_id
        )
        return False


def _waiting(desk: Desk, conversation: Conversation) -> list[Message]:
    """What waits, in its order; empty where the visitor said nothing of it."""
    since = conversation.waiting_since
    free = desk.store.load_unplaced(conversation.id, MOST_MESSAGES)
    said = [each for each in free if since is None or each.occurred_at >= since]
    return said if any(each.direction == IN for each in said) else []


def _open(
    desk: Desk,
    changes: Changes,
    numbers: Numbers,
    conversation: Conversation,
    contact: Contact,
    said: Sequence[Message],
    now: datetime,
) -> None:
    """As if the first message had opened it: it is the description, the others are comments."""
    new = NewTicket(
        title_of(desk, said[0], contact, now),
        contact,
        Actor(CUSTOMER, contact.id, contact.name),
        Cause(new_traceparent()),
        conversation,
        said[0],
        said[0].text,
    )
    ticket = opening_in(desk, changes, numbers, now).open(new)
    take_over(ticket, said, now)
    changes.touch(*said, *files_of(desk, said, ticket))
