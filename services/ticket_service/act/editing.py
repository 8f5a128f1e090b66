"""What was written at the desk and did not leave it can be put in other words; the earlier ones are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.ticket_service.act.internal import call
from services.ticket_service.act.loading import load
from services.ticket_service.act.marking import mark
from services.ticket_service.acting import Desk, Frame, NotFound, until_saved
from services.ticket_service.domain.message import DRAFT, NOTE, OUT, Message
from services.ticket_service.ports import Changes
from shared.contracts.delivery_state import FAILED

ACTION_EDITED: Final = "action_edited"
PRIVATE_MESSAGE: Final = "private_message"
"""The kind of an internal action that went out by mail."""
RECEIVED: Final = "received"
SENT: Final = "sent"
NO_TEXT: Final = "no-text"
_WITH_TEXT: Final = frozenset({"text", "media", "interactive"})


class CannotEdit(Exception):
    """The action cannot be edited: it was RECEIVED or SENT (also seen elsewhere), or its kind has NO_TEXT."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotYours(Exception):
    """Somebody else wrote it, and the caller may not edit what others wrote."""


def edit_action(
    desk: Desk,
    number: str,
    action_id: str,
    text: str,
    may_edit_others: bool,
    frame: Frame,
    check: Callable[[Message], None],
) -> Message:
    """Put a note, or an answer that did not leave, in other words; `check` as in change_ticket.

    NotFound, TicketMerged, CannotEdit, NotYours, TooBusy.
    """

    def attempt() -> Message:
        loaded, _ = load(desk, number)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes()
        message = action_of(desk, ticket.id, action_id)
        why = unchangeable(message)
        if why is not None:
            raise CannotEdit(why)
        if message.author.id != frame.actor.id and not may_edit_others:
            raise NotYours
        check(message)
        if message.text == text:
            return message
        before = message.text
        message.edit(text, now)
        # An answer that waits may be asked for this very moment, which changes its conversation.
        changes.touch(message, loaded.conversation if message.direction == OUT else None)
        mark(changes, desk, ticket, loaded.conversation, ACTION_EDITED, before, text, frame, now)
        if message.direction == NOTE:
            call(changes, desk, ticket, loaded.conversation, message, frame, now)
        desk.save(changes)
        return message

    return until_saved(attempt, frame)


def action_of(desk: Desk, ticket_id: str, action_id: str) -> Message:
    """The action with that id, which must be on the ticket. NotFound."""
    message = desk.store.load_messages([action_id]).get(action_id)
    if message is None or message.ticket_id != ticket_id:
        raise NotFound("action")
    return message


def unchangeable(message: Message) -> str | None:
    """Why an action cannot be edited (see CannotEdit); None when it can."""
    if message.direction == NOTE:
        return SENT if message.kind == PRIVATE_MESSAGE else None
    if message.direction != OUT:
        return RECEIVED
    how = message.delivery
    stayed = how is not None and (
        how.state == DRAFT or (how.state == FAILED and not message.provider_message_ids)
    )
    if not stayed:
        return SENT
    return None if message.kind in _WITH_TEXT else NO_TEXT
