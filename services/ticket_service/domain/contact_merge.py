"""Two contacts that are one person: what moves from the one to the other, and back when it was a mistake."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.claim import Claim
from services.ticket_service.domain.contact import CONTACT, LEAD, Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.identity import Identity

UNDO_WITHIN: Final = timedelta(days=30)
_FILLED: Final = ("name", "language", "organization", "job_title")


@dataclass(slots=True)
class Filled:
    """A field of the survivor that was empty and took the other's value."""

    field: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class TalkState:
    """What joining two conversations changes of the one that is kept."""

    last_inbound_at: datetime | None
    reply_window_seconds: int | None
    recipient: Recipient
    open_ticket_id: str | None
    last_ticket_id: str | None
    please_answer_at: datetime | None
    released_at: datetime | None


@dataclass(slots=True)
class Joined:
    """Two conversations on one channel: `kept` has everything, `emptied` stays as it was and points there.

    `tickets` are those that were the emptied one's.
    """

    kept: str
    emptied: str
    before: TalkState
    after: TalkState
    tickets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TalkMove:
    """What was said in one conversation goes into another.

    When two are joined, all of it; when they part (`back`), what came from there and what is on `tickets`.
    """

    from_conversation: str
    to_conversation: str
    back: bool = False
    tickets: tuple[str, ...] = ()


@dataclass(slots=True)
class ContactMerge:
    """One merge with all that is needed to undo it; ids of conversations, tickets and notes that moved.

    Of tickets: which it asked for, which were `linked` to it, which were `seen` by it alone. `claims` were
    the other's, `proved` are those of the survivor that turned out to be what the other is known by.
    """

    id: str
    survivor: str
    other: str
    at: datetime
    by: Actor
    identities: list[Identity] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    proved: list[Claim] = field(default_factory=list)
    filled: list[Filled] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undone_at: datetime | None = None
    version: int = 0

    def undo_until(self) -> datetime:
        """Until when the merge can be undone."""
        return self.at + UNDO_WITHIN


def merge(merge: ContactMerge, survivor: Contact, other: Contact) -> None:
    """Give the survivor the other's identities, and the other's fields where the survivor has none."""
    merge.identities = list(other.identities)
    for name in _FILLED:
        before, after = getattr(survivor, name), getattr(other, name)
        if not before and after:
            merge.filled.append(Filled(name, before, after))
    if survivor.stage == LEAD and other.stage == CONTACT:
        merge.filled.append(Filled("stage", LEAD, CONTACT))
    for filled in merge.filled:
        setattr(survivor, filled.field, filled.after)
    survivor.identities = [*survivor.identities, *other.identities]
    other.identities = []
    _join_claims(merge, survivor, other)
    other.merged_into = survivor.id
    survivor.updated_at = other.updated_at = merge.at


def unmerge(merge: ContactMerge, survivor: Contact, other: Contact, at: datetime) -> None:
    """Give back what came from the other and is still there; what changed since the merge stays."""
    theirs = {identity.key for identity in merge.identities}
    other.identities = [each for each in survivor.identities if each.key in theirs]
    survivor.identities = [each for each in survivor.identities if each.key not in theirs]
    other.claims = list(merge.claims)
    survivor.claims = [*merge.proved, *(each for each in survivor.claims if each not in merge.claims)]
    for filled in merge.filled:
        if getattr(survivor, filled.field) == filled.after:
            setattr(survivor, filled.field, filled.before)
    other.merged_into = None
    merge.undone_at = survivor.updated_at = other.updated_at = at


def join(kept: Conversation, other: Conversation, at: datetime) -> Joined:
    """Let one conversation take over what the other has; answers go where the customer wrote last."""
    before = _state(kept)
    # Ties go to the one that is kept.
    latest, earlier = (other, kept) if _heard(other) > _heard(kept) else (kept, other)
    kept.last_inbound_at, kept.reply_window_seconds = latest.last_inbound_at, latest.reply_window_seconds
    kept.recipient = latest.recipient if latest.recipient.kind else earlier.recipient
    kept.open_ticket_id = latest.open_ticket_id or earlier.open_ticket_id
    kept.last_ticket_id = latest.last_ticket_id or earlier.last_ticket_id
    kept.please_answer_at = _later(kept.please_answer_at, other.please_answer_at)
    kept.released_at = _later(kept.released_at, other.released_at)
    kept.drafts = [*kept.drafts, *other.drafts]
    _stay(kept, other)
    other.merged_into = kept.id
    kept.updated_at = other.updated_at = at
    return Joined(kept.id, other.id, before, _state(kept))


def part(
    joined: Joined,
    kept: Conversation,
    other: Conversation,
    moved: Collection[str],
    still_open: Collection[str],
    drafts: Collection[str],
    addresses: Collection[str],
    at: datetime,
) -> None:
    """Make two conversations of one again.

    `moved` are the tickets that go back to the other, `drafts` the waiting messages that do; `still_open` are
    those of all their tickets that are open, `addresses` the other person's. What happened since the merge
    stays where it is now, but answers go to nobody else's address.
    """
    now, after, before = _state(kept), joined.after, joined.before
    talk = (now.last_inbound_at, now.reply_window_seconds, now.recipient)
    if now.recipient.address in addresses:
        other.last_inbound_at, other.reply_window_seconds, other.recipient = talk
        kept.last_inbound_at, kept.reply_window_seconds = before.last_inbound_at, before.reply_window_seconds
        kept.recipient = before.recipient
    elif talk == (after.last_inbound_at, after.reply_window_seconds, after.recipient):
        kept.last_inbound_at, kept.reply_window_seconds = before.last_inbound_at, before.reply_window_seconds
        kept.recipient = before.recipient
    if now.please_answer_at == after.please_answer_at:
        kept.please_answer_at = before.please_answer_at
    if now.released_at == after.released_at:
        kept.released_at = before.released_at
    theirs = [each for each in (now.open_ticket_id, other.open_ticket_id) if each in moved]
    other.open_ticket_id = next((each for each in theirs if each in still_open), None)
    if now.open_ticket_id in moved:
        kept.open_ticket_id = before.open_ticket_id if before.open_ticket_id in still_open else None
    if now.last_ticket_id in moved:
        other.last_ticket_id, kept.last_ticket_id = now.last_ticket_id, before.last_ticket_id
    other.drafts = [each for each in kept.drafts if each in drafts]
    kept.drafts = [each for each in kept.drafts if each not in drafts]
    other.merged_into = None
    kept.updated_at = other.updated_at = at


def _join_claims(merge: ContactMerge, survivor: Contact, other: Contact) -> None:
    """What both claimed is there once; what one of them is known by is no claim any more."""
    known = {each.key for each in survivor.identities}
    merge.claims, merge.proved = other.claims, [each for each in survivor.claims if each.key in known]
    survivor.claims = [each for each in survivor.claims if each.key not in known]
    for claim in other.claims:
        survivor.claim(claim)
    other.claims = []


def _stay(kept: Conversation, other: Conversation) -> None:
    """Of two chats of one person: both stays, there as long as either is, what waits in either waits.

    The other keeps its own, should they part.
    """
    if other.visit is not None:
        kept.learn(copy(other.visit))
    kept.present_at = _later(kept.present_at, other.present_at)
    kept.left_at = None if other.present and other.left_at is None else _later(kept.left_at, other.left_at)
    if other.waiting_since is not None:
        kept.waits(other.waiting_since)
        kept.missed_at = None


def _state(conversation: Conversation) -> TalkState:
    return TalkState(
        conversation.last_inbound_at,
        conversation.reply_window_seconds,
        conversation.recipient,
        conversation.open_ticket_id,
        conversation.last_ticket_id,
        conversation.please_answer_at,
        conversation.released_at,
    )


def _heard(conversation: Conversation) -> float:
    at = conversation.last_inbound_at
    return 0.0 if at is None else at.timestamp()


def _later(one: datetime | None, two: datetime | None) -> datetime | None:
    return max((each for each in (one, two) if each is not None), default=None)
