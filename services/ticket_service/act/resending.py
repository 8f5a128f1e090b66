"""Answers that did not leave: sending a failed one again, throwing a draft away."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.ticket_service import announce
from services.ticket_service.act.composing import Said
from services.ticket_service.act.editing import PRIVATE_MESSAGE
from services.ticket_service.act.loading import Done, load, reachable
from services.ticket_service.act.pictures import picture_of
from services.ticket_service.act.private_messages import mail_again
from services.ticket_service.act.replies import must_wait
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, WrongState, save_once, until_saved
from services.ticket_service.announce_requests import mail_requested_for
from services.ticket_service.domain.attachment import STORED, Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.message import DRAFT, DRAFT_RANK, OUT, Delivery, DeliveryReport, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.drafts import hold
from services.ticket_service.ports import Changes
from shared.contracts.delivery_state import FAILED, QUEUED, RANK

RESENT: Final = "reply_resent"
DRAFT_DELETED: Final = "draft_deleted"


def resend(
    desk: Desk,
    number: str,
    message_id: str,
    draft_when_closed: bool,
    frame: Frame,
    remember: Remember[Done],
) -> Done:
    """Ask once more to send an answer, or a private message, that failed; the same one, one attempt more.

    A private message that was refused for some of its recipients goes to these. NotFound, WrongState (it did
    not fail, a file of it is not there any more), InternalTicket, NotReachable, TemplateRequired, TooBusy.
    """

    def attempt() -> Done:
        loaded, workflow = load(desk, number)
        message = desk.store.load_messages([message_id]).get(message_id)
        if message is not None and message.kind == PRIVATE_MESSAGE:
            changes = _mail_again(desk, loaded.ticket, message, frame)
        else:
            message, before = answer_of(loaded.ticket.id, message, FAILED)
            changes = _noted(desk, loaded.ticket, message, frame)
            said = loaded.ticket, reachable(loaded)
            ask_again(desk, changes, *said, message, before, draft_when_closed, frame)
        return save_once(desk, changes, Done(loaded, workflow, message), remember)

    return until_saved(attempt, frame)


def ask_again(
    desk: Desk,
    changes: Changes,
    ticket: Ticket | None,
    conversation: Conversation,
    message: Message,
    before: Delivery,
    draft_when_closed: bool,
    frame: Frame,
) -> None:
    """Ask to send the message with one attempt more than `before`, or keep it until the customer writes.

    WrongState (a file is gone), TemplateRequired.
    """
    now = desk.clock()
    said = Said(message.text, template=message.template, draft_when_closed=draft_when_closed)
    waits = must_wait(conversation, said, now)
    message.delivery = _again(before, waits, now)
    changes.deliveries.append(DeliveryReport(message.id, message.delivery, []))
    conversation.updated_at = now
    changes.touch(conversation)
    if waits:
        hold(changes, ticket, conversation, message, desk, now, frame.cause)
        return
    number, files = ticket.number if ticket is not None else "", _kept_files(desk, message)
    changes.events.append(
        announce.reply_requested_for(
            *(message, conversation, number, frame.cause, files),
            picture=picture_of(desk.store, message.author),
        )
    )


def _mail_again(desk: Desk, ticket: Ticket, message: Message, frame: Frame) -> Changes:
    """A private message whose mail did not reach everybody; the notifier knows who got it."""
    before, now = message.delivery, desk.clock()
    if message.ticket_id != ticket.id or before is None:
        raise NotFound("private message")
    if before.state != FAILED and (before.error is None or before.state == QUEUED):
        raise WrongState("private message", before.state, FAILED)
    message.delivery = _again(before, False, now)
    mail = mail_again(ticket, message, _kept_files(desk, message), now)
    if mail is None:
        raise WrongState("private message", "erased", "kept")
    changes = _noted(desk, ticket, message, frame)
    changes.deliveries.append(DeliveryReport(message.id, message.delivery, []))
    changes.events.append(mail_requested_for(mail, frame.cause))
    return changes


def _noted(desk: Desk, ticket: Ticket, message: Message, frame: Frame) -> Changes:
    now, changes = desk.clock(), Changes()
    changes.history.append(_entry(desk, ticket, frame, now, RESENT, None, message.number))
    ticket.updated_at = now
    changes.touch(ticket)
    return changes


def discard_draft(desk: Desk, number: str, message_id: str, frame: Frame) -> None:
    """Throw away an answer that waits; its files may be sent with another one.

    NotFound, WrongState (it is no draft), TooBusy.
    """

    def attempt() -> None:
        loaded, _ = load(desk, number)
        found = desk.store.load_messages([message_id]).get(message_id)
        message, _ = answer_of(loaded.ticket.id, found, DRAFT)
        now, changes = desk.clock(), Changes()
        let_go(desk, changes, loaded.conversation, message)
        loaded.ticket.updated_at = now
        changes.touch(loaded.ticket)
        changes.history.append(_entry(desk, loaded.ticket, frame, now, DRAFT_DELETED, message.text, None))
        desk.save(changes)

    until_saved(attempt, frame)


def answer_of(ticket_id: str | None, message: Message | None, wanted: str) -> tuple[Message, Delivery]:
    """The answer on that ticket (None: on none) with its delivery, which must be `wanted`.

    NotFound, WrongState.
    """
    if message is None or message.ticket_id != ticket_id or message.direction != OUT:
        raise NotFound("reply")
    if message.delivery is None or message.delivery.state != wanted:
        state = message.delivery.state if message.delivery else "sent from elsewhere"
        raise WrongState("reply", state, wanted)
    return message, message.delivery


def _again(before: Delivery, waits: bool, now: datetime) -> Delivery:
    state, rank = (DRAFT, DRAFT_RANK) if waits else (QUEUED, RANK[QUEUED])
    return Delivery(state, rank, {}, now, None, before.attempt + 1)


def let_go(desk: Desk, changes: Changes, conversation: Conversation | None, message: Message) -> None:
    """Throw the draft away; its files are uploads again."""
    changes.discarded_drafts.append(message.id)
    if conversation is not None:
        conversation.drop(message.id)
        conversation.updated_at = desk.clock()
        changes.touch(conversation)
    for file in _files(desk, message):
        file.message_id = file.conversation_id = file.ticket_id = None
        changes.touch(file)


def _files(desk: Desk, message: Message) -> list[Attachment]:
    found = desk.store.load_attachments(message.attachments) if message.attachments else {}
    return [found[each] for each in message.attachments if each in found]


def _kept_files(desk: Desk, message: Message) -> list[Attachment]:
    """The message's files, which must be there and fit to be sent. WrongState."""
    files = _files(desk, message)
    for file in files:
        if file.state != STORED:
            raise WrongState("file", file.state, STORED)
    return files


def _entry(
    desk: Desk, ticket: Ticket, frame: Frame, now: datetime, what: str, before: object, after: object
) -> HistoryEntry:
    return HistoryEntry(desk.new_id(), ticket.id, now, frame.actor, what, before, after)
