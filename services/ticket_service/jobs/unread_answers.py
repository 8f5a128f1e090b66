"""Answers in a live chat that nobody read there follow by mail, those of one ticket or talk in one mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.announce_requests import mail_requested_for
from services.ticket_service.chat_mails import mailer
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import DESK, HistoryEntry
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.ports import Changes, Conflict, DeskStore
from shared.contracts.delivery_state import READ
from shared.contracts.envelope import new_traceparent

_log = structlog.get_logger(__name__)

MOST_WAITING: Final = 2_000
"""Answers that are looked at in one run; those that are due longest come first."""
GIVE_UP: Final = timedelta(days=1)
"""So long an answer waits for an address to be mailed to; a visitor may give one later."""
MAILED: Final = "answers_mailed"


def mail_unread(desk: Desk, now: datetime) -> int:
    """Mail what is due; how many mails. Unavailable.

    It is due when nobody read it for as long as the chat's settings say; at once when the visitor has left,
    or went on by mail.
    """
    waiting: dict[str | None, list[str]] = {}
    for message in desk.store.unread_answers(MOST_WAITING):
        waiting.setdefault(message.ticket_id or message.conversation_id, []).append(message.id)
    mails = 0
    for ids in waiting.values():
        try:
            mails += decide_again_on_conflict(partial(_mail, desk, ids, now))
        except Conflict:
            _log.info("answers wait until nobody changes what they belong to", messages=len(ids))
    return mails


def _mail(desk: Desk, ids: Sequence[str], now: datetime) -> int:
    """Look at the answers of one ticket, or of a conversation without one, as they are this moment."""
    changes, store = Changes(by=DESK), desk.store
    said = [each for each in store.load_messages(ids).values() if each.mail_due_at is not None]
    unread = [each for each in said if READ not in (each.delivery.times if each.delivery else ())]
    _forget(changes, (each for each in said if each not in unread))
    sent = _write(desk, changes, sorted(unread, key=_order), now) if unread else 0
    if changes.message_changes:
        desk.save(changes)
    return sent


def _write(desk: Desk, changes: Changes, unread: Sequence[Message], now: datetime) -> int:
    # What became part of a ticket just now has a mail of its own.
    unread = [each for each in unread if each.ticket_id == unread[0].ticket_id]
    about = _about(desk.store, unread[0])
    if about is None:
        _forget(changes, unread)
        return 0
    ticket, conversation, contact = about
    due = min(each.mail_due_at for each in unread if each.mail_due_at is not None)
    if due > now and not conversation.is_by_mail:
        return 0
    writing = mailer(desk.store, desk.mail, conversation, contact)
    if writing is None:
        _forget(changes, (each for each in unread if now - each.created_at >= GIVE_UP))
        return 0
    mail = writing.answers(ticket, unread, now)
    for each in unread:
        each.mail_due_at, each.mailed_at = None, now
    changes.touch(ticket, *unread)
    if ticket is not None:
        entry = HistoryEntry(desk.new_id(), ticket.id, now, DESK, MAILED, None, writing.address)
        changes.history.append(entry)
    changes.events.append(mail_requested_for(mail, Cause(new_traceparent())))
    return 1


def _about(store: DeskStore, answer: Message) -> tuple[Ticket | None, Conversation, Contact] | None:
    """What the answer belongs to, and whom it is for; None where nobody is to be told."""
    ticket = store.load_tickets([answer.ticket_id]).get(answer.ticket_id) if answer.ticket_id else None
    # Customers hear nothing of a ticket that is internal or deleted.
    hidden = ticket is None or ticket.deleted_at is not None or ticket.type != PUBLIC_TICKET
    if answer.ticket_id is not None and hidden:
        return None
    talk_id = (ticket.conversation_id if ticket is not None else answer.conversation_id) or ""
    conversation = store.load_conversations([talk_id]).get(talk_id)
    if conversation is None:
        return None
    contact_id = ticket.requester_id if ticket is not None else conversation.contact_id
    contact = store.load_contacts([contact_id]).get(contact_id)
    return None if contact is None or contact.erased_at is not None else (ticket, conversation, contact)


def _forget(changes: Changes, said: Iterable[Message]) -> None:
    """These are not mailed: they were read, or there is nobody to mail them to."""
    for each in said:
        each.mail_due_at = None
        changes.touch(each)


def _order(message: Message) -> tuple[datetime, int, str]:
    return message.occurred_at, message.number or 0, message.id
