"""What the reader may do with one action; the interface decides again, this only hides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.ticket_service.act.editing import PRIVATE_MESSAGE
from services.ticket_service.api import context
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.message import BESIDE_THE_TALK, COMMENT, DRAFT, NOTE, OUT
from shared.contracts.delivery_state import FAILED

QUOTE: Final = "quote"
REACT: Final = "react"
EDIT: Final = "edit"
SPLIT: Final = "split"
RESEND: Final = "resend"
DISCARD: Final = "discard"
TRACE: Final = "trace"
_NO_EMOJI: Final = (MAIL, CHAT)
"""Kinds of channels on whose messages nobody can put one."""
_WITH_TEXT: Final = frozenset({"text", "media", "interactive"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a ticket, and what the ticket lets happen."""

    user_id: str
    write: bool
    reply: bool
    edit_others: bool
    reactions: bool

    @classmethod
    def of(cls, ticket: Wire, conversation: Wire | None) -> Reader:
        """The caller of this request before that ticket; nothing is done with a merged or deleted one."""
        caller = context.caller()
        alive = ticket["merged_into"] is None and ticket["deleted_at"] is None
        return cls(
            caller.user.id,
            alive and caller.may(permissions.TICKETS_WRITE),
            alive and caller.may(permissions.TICKETS_REPLY),
            caller.may(permissions.ACTIONS_EDIT),
            bool(
                conversation and conversation["window_open"] and conversation["channel_kind"] not in _NO_EMOJI
            ),
        )

    @classmethod
    def of_talk(cls) -> Reader:
        """The caller before a conversation, on what is on no ticket: only answers are sent there."""
        caller = context.caller()
        return cls(caller.user.id, False, caller.may(permissions.TICKETS_REPLY), False, False)

    def may(self, action: Wire) -> tuple[str, ...]:
        """What can be done with the action."""
        state = action["delivery"]["state"] if action["delivery"] else None
        said = action["kind"] not in BESIDE_THE_TALK
        known = bool(action["provider_message_ids"])
        can = {
            QUOTE: self.reply and said and known and action["conversation_id"] is not None,
            REACT: self.reply and said and known and self.reactions and action["revoked_at"] is None,
            EDIT: self.write and self._own(action) and _can_be_edited(action, state),
            SPLIT: self.write and said and action["part"] == COMMENT and state != DRAFT,
            RESEND: self.reply and state == FAILED,
            DISCARD: self.reply and state == DRAFT,
            TRACE: action["direction"] != NOTE,
        }
        return tuple(name for name, is_so in can.items() if is_so)

    def _own(self, action: Wire) -> bool:
        return self.edit_others or action["author"]["id"] == self.user_id


def _can_be_edited(action: Wire, state: str | None) -> bool:
    """As act/editing.py decides on the message."""
    if action["direction"] == NOTE:
        return action["kind"] != PRIVATE_MESSAGE
    stayed = state == DRAFT or (state == FAILED and not action["provider_message_ids"])
    return action["direction"] == OUT and stayed and action["kind"] in _WITH_TEXT
