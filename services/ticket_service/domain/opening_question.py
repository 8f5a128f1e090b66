"""The question a customer is asked when a ticket opens; the answer joins the Description (S000's `SI ✓`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from services.ticket_service.domain.message import IN, Message

TEXT: Final = "text"
BUTTON_REPLIES: Final = frozenset({"button_reply", "list_reply"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A button; `id` comes back with the customer's tap."""

    id: str
    title: str


@dataclass(slots=True)
class OpeningQuestion:
    """The section of settings: a text, with buttons or without, or a template; on all channels or on some.

    The first text within `answer_within_minutes` is the answer; a tap on one of its buttons is at any time.
    """

    id: str = "desk"
    enabled: bool = False
    channels: tuple[str, ...] = ()
    text: str = ""
    buttons: tuple[Choice, ...] = ()
    template: dict[str, Any] | None = None
    answer_within_minutes: int = 24 * 60
    version: int = 0

    def asked_on(self, channel_id: str) -> bool:
        """Whether tickets that open on this channel begin with the question."""
        return self.enabled and (not self.channels or channel_id in self.channels)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a ticket's customer was asked: by which message, until when a text answers it."""

    message_id: str
    asked_at: datetime
    until: datetime
    choices: tuple[str, ...] = ()
    answered_at: datetime | None = None
    answered_by: str | None = field(default=None)

    def is_answered_by(self, message: Message) -> bool:
        """Whether this message of the customer is the answer; only the first one is."""
        if self.answered_at is not None or message.direction != IN:
            return False
        if message.kind in BUTTON_REPLIES:
            return message.content.get("id") in self.choices or message.occurred_at <= self.until
        return message.kind == TEXT and message.occurred_at <= self.until


def asked(question: OpeningQuestion, message_id: str, at: datetime) -> Asked:
    """The question as it was asked by a message at that time."""
    until = at + timedelta(minutes=question.answer_within_minutes)
    return Asked(message_id, at, until, tuple(each.id for each in question.buttons))
