"""The frame in which a person acts on the desk: who, in which trace, once only, and until it is saved."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from services.ticket_service.announce import Cause
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.history import DESK, Actor
from services.ticket_service.domain.mail_token import NO_MAIL, MailDesk
from services.ticket_service.ports import Changes, Conflict, DeskStore, IdempotencyRecord
from services.ticket_service.settling import settle

T = TypeVar("T")
_WHO: Final[ContextVar[Actor]] = ContextVar("who decides", default=DESK)


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


class InvalidReply(Exception):
    """Something in the reply cannot be sent; `mistakes` are (dotted field, what is wrong and what helps)."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        super().__init__(str(mistakes))
        self.mistakes = mistakes


class TemplateNotUsable(Exception):
    """The provider takes nothing made from this template now; `status` and its `reason` say why."""

    def __init__(self, name: str, status: str, reason: str) -> None:
        super().__init__(name)
        self.name = name
        self.status = status
        self.reason = reason


class WrongState(Exception):
    """Not possible with a `what` (singular, for people) that is `state`; only with one that is `wanted`."""

    def __init__(self, what: str, state: str, wanted: str) -> None:
        super().__init__(f"{what}: {state}")
        self.what = what
        self.state = state
        self.wanted = wanted


class TemplateExists(Exception):
    """The channel has a template of that name and language; `status` is how it stands."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


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
    """What every use case needs. `scans`: a virus scanner looks at each file before it is shown or sent.

    `mail` is what the desk knows of its own mail.
    """

    store: DeskStore
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    scans: bool = False
    mail: MailDesk = NO_MAIL

    def save(self, changes: Changes) -> None:
        """Save a decision with all that follows from it, in one transaction. Conflict, Unavailable.

        It is the decision of whoever until_saved works for, else the desk's own.
        """
        changes.by = changes.by or _WHO.get()
        settle(changes, self.store, self.clock(), self.new_id, self.mail)
        self.store.save(changes)


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
        before = _WHO.set(frame.actor)
        try:
            return attempt()
        finally:
            _WHO.reset(before)

    try:
        return decide_again_on_conflict(once)
    except Conflict as error:
        raise TooBusy from error


def keep_answer(desk: Desk, answer: T, frame: Frame, remember: Remember[T]) -> T:
    """Remember an answer that changed nothing, so that a repeat gets the same one. TooBusy."""

    def attempt() -> T:
        record = remember(answer)
        if record is not None:
            desk.save(Changes(idempotency=record))
        return answer

    return until_saved(attempt, frame)


def save_once(desk: Desk, changes: Changes, done: T, remember: Remember[T]) -> T:
    """Save the changes together with the record of the answer. Conflict, Unavailable."""
    changes.idempotency = remember(done)
    desk.save(changes)
    return done
