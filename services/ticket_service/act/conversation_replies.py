"""Answering in a conversation without a ticket; one that is opened later takes the answers over (S003)."""

from __future__ import annotations

from collections.abc import Callable

from services.ticket_service.act.composing import Composed, Composer, Said
from services.ticket_service.act.replies import leave, must_wait
from services.ticket_service.act.reply_mails import must_fit_channel
from services.ticket_service.act.resending import answer_of, ask_again, let_go
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import DRAFT, Message, Reaction
from services.ticket_service.mailing import is_mailbox
from services.ticket_service.ports import Changes
from shared.contracts.delivery_state import FAILED


class AnswerOnTicket(Exception):
    """What the customer writes joins an open ticket, so answers belong there; `number` is that ticket's."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class MailNeedsTicket(Exception):
    """A mail is answered on a ticket only: its thread, its token and its copies are the ticket's."""


class NobodyThere(Exception):
    """The person was erased: nobody can be answered in their conversation."""


def reply(
    desk: Desk,
    conversation_id: str,
    said: Said,
    synced: Callable[[str], bool],
    frame: Frame,
    remember: Remember[Message],
) -> Message:
    """Answer the customer on the conversation's channel.

    `synced` says whether a channel's templates are known. What waited in a live chat waits no longer:
    it is not missed. NotFound, AnswerOnTicket, MailNeedsTicket, NobodyThere, InvalidReply, TemplateNotUsable,
    TemplateRequired (outside the reply window), TooBusy.
    """
    send_id = desk.new_id()

    def attempt() -> Message:
        conversation, now = _without_ticket(desk, conversation_id), desk.clock()
        waits = must_wait(conversation, said, now)
        must_fit_channel(desk, conversation, said)
        composed = Composer(desk, conversation, synced).compose(send_id, said, frame, now)
        changes = _send(desk, conversation, composed, waits, frame)
        return save_once(desk, changes, composed.message, remember)

    return until_saved(attempt, frame)


def resend(
    desk: Desk,
    conversation_id: str,
    message_id: str,
    draft_when_closed: bool,
    frame: Frame,
    remember: Remember[Message],
) -> Message:
    """Ask once more to send an answer that failed; the same one, one attempt more.

    NotFound, WrongState (it did not fail, a file of it is gone), TemplateRequired, and as for a reply.
    """

    def attempt() -> Message:
        conversation, changes = _without_ticket(desk, conversation_id), Changes(by=frame.actor)
        message, before = answer_of(None, _said_in(desk, conversation, message_id), FAILED)
        ask_again(desk, changes, None, conversation, message, before, draft_when_closed, frame)
        return save_once(desk, changes, message, remember)

    return until_saved(attempt, frame)


def discard_draft(desk: Desk, conversation_id: str, message_id: str, frame: Frame) -> None:
    """Throw away an answer that waits; its files may be sent with another one.

    NotFound, AnswerOnTicket, WrongState (it is no draft), TooBusy.
    """

    def attempt() -> None:
        conversation, changes = _without_ticket(desk, conversation_id), Changes(by=frame.actor)
        message, _ = answer_of(None, _said_in(desk, conversation, message_id), DRAFT)
        let_go(desk, changes, conversation, message)
        desk.save(changes)

    until_saved(attempt, frame)


def _without_ticket(desk: Desk, conversation_id: str) -> Conversation:
    """The conversation, if it is answered there and not on a ticket."""
    conversation = desk.store.load_conversations([conversation_id]).get(conversation_id)
    if conversation is None or conversation.merged_into is not None:
        raise NotFound("conversation")
    if is_mailbox(conversation):
        raise MailNeedsTicket
    if not conversation.recipient.kind:
        raise NobodyThere
    open_id = conversation.open_ticket_id
    if open_id is not None:
        raise AnswerOnTicket(desk.store.load_tickets([open_id])[open_id].number)
    return conversation


def _send(desk: Desk, conversation: Conversation, composed: Composed, waits: bool, frame: Frame) -> Changes:
    message, changes = composed.message, Changes(messages=[composed.message], by=frame.actor)
    if composed.target is not None:
        reaction = Reaction(composed.emoji, frame.actor, message.created_at, message.id)
        composed.target.react(reaction)
    elif not waits:
        conversation.seen_to()
    conversation.updated_at = message.created_at
    changes.touch(conversation, composed.target, *composed.files)
    leave(desk, changes, None, conversation, composed, waits, frame)
    return changes


def _said_in(desk: Desk, conversation: Conversation, message_id: str) -> Message | None:
    found = desk.store.load_messages([message_id]).get(message_id)
    return found if found is not None and found.conversation_id == conversation.id else None
