"""The frame in which a person acts on the desk: who, in which trace, once only, and until it is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.ticket_service.announce import Cause
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.history import Actor
from services.ticket_service.ports import Changes, Conflict, DeskStore, IdempotencyRecord

T = TypeVar("T")


class NotFound(Exception):
    """There is no such thing; the argument says what was looked for."""


class UnknownStatus(Exception):
    """The desk has no status with that key; `allowed` are those it has."""

    def __init__(self, key: str, allowed: list[str]) -> None:
        super().__init__(key)
        self.key = key
        self.allowed = allowed


class InternalTicket(Exception):
    """An internal ticket is never seen by the customer: it takes notes only (DESIGN §6)."""


class NotReachable(Exception):
    """The ticket belongs to no conversation, so there is nobody to send an answer to."""


class TemplateRequired(Exception):
    """The channel's reply window is closed; only an approved template may be sent."""

    def __init__(self, expired_at: datetime | None) -> None:
        super().__init__("template required")
        self.expired_at = expired_at


class AlreadyDecided(Exception):
    """Somebody replayed or discarded the item before; `state` says which."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class NotReplayable(Exception):
    """Nothing was kept that could be published again."""


class TooBusy(Exception):
    """Others changed the same things at every try; nothing was saved, trying again later is safe."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every use case needs."""

    store: DeskStore
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Frame:
    """Who asks, in which trace, and how the request is kept from taking effect twice.

    `before_try` runs before each attempt and raises when the request was answered already.
    """

    actor: Actor
    traceparent: str
    before_try: Callable[[], None]

    @property
    def cause(self) -> Cause:
        """What the events of this request follow from."""
        return Cause(self.traceparent)


Remember = Callable[[T], IdempotencyRecord | None]
"""Makes the record of an answer from what was done, to be saved together with it."""


def until_saved(attempt: Callable[[], T], frame: Frame) -> T:
    """Load, decide and save again while others change the same things first.

    TooBusy after as many tries as conflicts.py allows.
    """

    def once() -> T:
        frame.before_try()
        return attempt()

    try:
        return decide_again_on_conflict(once)
    except Conflict as error:
        raise TooBusy from error


def save_once(desk: Desk, changes: Changes, done: T, remember: Remember[T]) -> T:
    """Save the changes together with the record of the answer. Conflict, Unavailable."""
    changes.idempotency = remember(done)
    desk.store.save(changes)
    return done
