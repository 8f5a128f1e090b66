"""What somebody is writing on a ticket and has not sent: kept, so that no browser's end loses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from services.ticket_service.domain.message import Message

REPLY: Final = "reply"
NOTE: Final = "note"
PRIVATE: Final = "private"
MODES: Final = (REPLY, NOTE, PRIVATE)
KEPT_FOR: Final = timedelta(days=60)
"""After the last keystroke."""


@dataclass(slots=True)
class Composing:
    """One per ticket and user. `mode` is one of MODES: whom it is for.

    `attachments` are uploads, `reply_to` the message that is quoted, `to` the recipients of a private
    message as the interface takes them, `template` one that is being filled in. `version` is 0 until it is
    first saved.
    """

    id: str
    ticket_id: str
    user_id: str
    updated_at: datetime
    expires_at: datetime
    mode: str = REPLY
    text: str = ""
    attachments: list[str] = field(default_factory=list)
    reply_to: str | None = None
    to: list[dict[str, str]] = field(default_factory=list)
    template: dict[str, Any] | None = None
    version: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is in it that somebody would miss."""
        return not (self.text.strip() or self.attachments or self.to or self.template)

    def holds(self, message: Message) -> bool:
        """Whether this is what became the message."""
        if message.template is not None:
            return self.template is not None and self.template["name"] == message.template["name"]
        return self.template is None and self.text.strip() == message.text.strip()


def key_of(ticket_id: str, user_id: str) -> str:
    """The id of what a user writes on a ticket."""
    return f"{ticket_id}:{user_id}"


def nothing_written(ticket_id: str, user_id: str, now: datetime) -> Composing:
    """The beginning of it."""
    return Composing(key_of(ticket_id, user_id), ticket_id, user_id, now, now + KEPT_FOR)
