"""One thing said in a conversation or on a ticket, by whom, and how its delivery stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.mail import MessageMail

IN: Final = "in"
OUT: Final = "out"
NOTE: Final = "note"

PUBLIC: Final = "public"
INTERNAL: Final = "internal"

DESCRIPTION: Final = "description"
COMMENT: Final = "comment"

REACTION: Final = "reaction"
EDIT: Final = "edit"
REVOKE: Final = "revoke"
SYSTEM_NOTE: Final = "system"
FORM_ANSWERED: Final = "flow_reply"
ABOUT_MESSAGES: Final = frozenset({REACTION, EDIT, REVOKE})
"""Kinds that say something about another message."""
BESIDE_THE_TALK: Final = ABOUT_MESSAGES | {SYSTEM_NOTE}
"""Kinds that are no comment of a ticket (they have no number) and open none."""

DRAFT: Final = "draft"
DRAFT_RANK: Final = -1
"""A delivery's state before all others: kept until the customer writes again and may be answered."""


@dataclass(frozen=True, slots=True)
class DeliveryError:
    """Why a send failed: the provider's code and words, and what a person can do about it."""

    code: str
    title: str
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a send stands: its highest state with that state's rank, and the earliest time of each state.

    `attempt` counts how often it was asked for again: a later attempt replaces an earlier one.
    """

    state: str
    rank: int
    times: dict[str, datetime]
    queued_at: datetime
    error: DeliveryError | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How an outgoing message's send stands; merged into what is known, in any order, any number of times.

    Of one attempt the earliest times and the highest state count; a later attempt replaces an earlier one,
    and an attempt that was asked for replaces its own draft. Provider ids add up over all attempts (sorted).
    """

    message_id: str
    delivery: Delivery
    provider_message_ids: list[str]


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji that somebody put on a message; `message_id` is the message that brought it."""

    emoji: str
    author: Actor
    at: datetime
    message_id: str


@dataclass(frozen=True, slots=True)
class Version:
    """A text that an edit replaced, with the time it was written."""

    text: str
    at: datetime


@dataclass(slots=True)
class Message:
    """What was said. `id` is the dedupe key of an inbound message, the send id of an outgoing one.

    `occurred_at` is the provider's time (ours for what agents write), `created_at` when the desk saved it.
    `number` counts a ticket's comments from 1; the description has none, nor has what is on no ticket.
    `reply_to` and `target` are providers' ids: of the message that is quoted, and of the one that a reaction,
    an edit or a revoke is about; `target_id` is our id of the latter as soon as the desk has it.
    `content` of an outgoing message holds what its kind needs beside text, template and files, as
    `reply.requested` has it: `{"interactive": …}`, `{"location": …}`, `{"contacts": …}`, `{"reaction": …}`.
    `mail` is what stands around the text of one that came or goes by mail.
    `mail_due_at`: an answer in a live chat that nobody has read by then follows by mail; `mailed_at` is when
    it did.
    `withdrawn` are reactions that were taken back: kept so that an older one that comes late stays away.
    `version` is 0 until it is first saved; what becomes of its delivery does not raise it.
    """

    id: str
    direction: str
    visibility: str
    author: Actor
    kind: str
    text: str
    occurred_at: datetime
    created_at: datetime
    conversation_id: str | None = None
    ticket_id: str | None = None
    contact_id: str | None = None
    part: str | None = None
    number: int | None = None
    content: dict[str, Any] = field(default_factory=dict)
    template: dict[str, Any] | None = None
    reply_to: str | None = None
    provider_message_ids: list[str] = field(default_factory=list)
    received_at: datetime | None = None
    raw: str = ""
    trace_id: str = ""
    delivery: Delivery | None = None
    target: str | None = None
    target_id: str | None = None
    attachments: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    withdrawn: list[Reaction] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    edited_at: datetime | None = None
    revoked_at: datetime | None = None
    mail: MessageMail | None = None
    mail_due_at: datetime | None = None
    mailed_at: datetime | None = None
    version: int = 0

    @property
    def by_machine(self) -> bool:
        """Whether it came from a machine: an absence, a newsletter, a mail server's report."""
        return self.direction == IN and self.mail is not None and bool(self.mail.automatic)

    def react(self, reaction: Reaction) -> bool:
        """Put an emoji on the message, or take it back (an empty one); whether that changes anything.

        Each customer has one reaction, and so has the desk as a whole: that is what the providers show. The
        latest by its time counts, whatever the order of arrival.
        """
        side = _side(reaction.author)
        known = [each for each in self.reactions + self.withdrawn if _side(each.author) == side]
        if any(each.at > reaction.at for each in known):
            return False
        self.reactions = [each for each in self.reactions if each not in known]
        self.withdrawn = [each for each in self.withdrawn if each not in known]
        kept = self.reactions if reaction.emoji else self.withdrawn
        kept.append(reaction)
        kept.sort(key=lambda each: (each.at, each.message_id))
        return True

    def edit(self, text: str, at: datetime) -> None:
        """Take in a new text written at that time; the latest one is shown, all others are kept."""
        if self.edited_at is None or at >= self.edited_at:
            earlier = Version(self.text, self.edited_at or self.occurred_at)
            self.text, self.edited_at = text, at
        else:
            earlier = Version(text, at)
        self.versions = sorted([*self.versions, earlier], key=lambda each: each.at)

    def revoke(self, at: datetime) -> None:
        """Note that its author took it back; the desk keeps what it said."""
        if self.revoked_at is None or at < self.revoked_at:
            self.revoked_at = at


@dataclass(slots=True)
class Arrivals:
    """What the desk has already of messages that came in.

    `known` are ids that are stored, or were and must not come back. `waiting` are stored reactions,
    edits and revokes that came before the message they are about.
    """

    known: set[str] = field(default_factory=set)
    waiting: list[Message] = field(default_factory=list)


def _side(author: Actor) -> str | None:
    """Whose reaction it is: a customer's own, or the desk's."""
    return author.id if author.kind == CUSTOMER else None
