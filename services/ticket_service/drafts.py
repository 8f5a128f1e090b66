"""Answers that wait until the customer writes again: kept, asked for, and let go, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from services.ticket_service import announce
from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import DRAFT, Delivery, DeliveryReport, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, WorkingSet
from services.ticket_service.saying import Saying, say
from shared.contracts.delivery_state import QUEUED, RANK


def hold(
    changes: Changes,
    ticket: Ticket | None,
    conversation: Conversation,
    message: Message,
    desk: Desk,
    now: datetime,
    cause: Cause,
) -> None:
    """Keep a message, whose delivery is a draft, until the customer writes again.

    Where the desk has a template for it, the customer is asked to: at most once in 24 hours.
    """
    conversation.hold(message.id)
    changes.touch(conversation)
    asking = desk.store.desk().please_answer
    if asking is None or not conversation.may_ask_for_answer(now):
        return
    conversation.please_answer_at = now
    saying = Saying(template=asdict(asking))
    request = say(changes, desk.store, saying, ticket, conversation, now, desk.new_id, cause, desk.mail)
    if ticket is not None:
        ticket.comment(request, now)
        changes.touch(ticket)


def release(
    changes: Changes, conversation: Conversation, working: WorkingSet, now: datetime, cause: Cause
) -> None:
    """Ask to send everything that waits in the conversation, oldest first; nothing waits there afterwards."""
    waiting = [working.messages[each] for each in conversation.drafts if each in working.messages]
    for message in sorted(waiting, key=lambda each: (each.created_at, each.number or 0, each.id)):
        kept = message.delivery
        if kept is None or kept.state != DRAFT:
            continue
        message.delivery = Delivery(QUEUED, RANK[QUEUED], {}, now, None, kept.attempt)
        changes.deliveries.append(DeliveryReport(message.id, message.delivery, []))
        ticket = working.tickets.get(message.ticket_id or "")
        files = _files(message, working.attachments)
        number = ticket.number if ticket else ""
        changes.events.append(announce.reply_requested_for(message, conversation, number, cause, files))
    conversation.drafts, conversation.released_at = [], now
    changes.touch(conversation)


def _files(message: Message, attachments: Mapping[str, Attachment]) -> list[Attachment]:
    return [attachments[each] for each in message.attachments if each in attachments]
