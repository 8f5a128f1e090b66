"""Applies what came in to the desk: all of a batch in one transaction, each thing once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.quarantine import QuarantineItem
from services.ticket_service.inbound import Inbound
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.receipts import Receipts
from shared.contracts.envelope import Event

_log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
NewId = Callable[[], str]


class Numbers:
    """Ticket numbers reserved ahead. Each try has its own: one of them may be what the conflict was about."""

    def __init__(self, store: DeskStore) -> None:
        self._store = store
        self._left: deque[int] = deque()

    def ahead(self, count: int) -> None:
        """Have at least so many."""
        if count > len(self._left):
            self._left.extend(self._store.reserve_numbers(count - len(self._left)))

    def next(self) -> int:
        """The lowest one left."""
        self.ahead(1)
        return self._left.popleft()


def apply_messages(
    events: Sequence[Event],
    store: DeskStore,
    clock: Clock,
    new_id: NewId,
    automatic_tickets: Mapping[str, bool],
) -> None:
    """Apply `message.received` events in their order; those that were applied before change nothing.

    `automatic_tickets` says per channel id whether its messages open tickets (a channel it does not name
    does). Conflict when others were faster at every try, Unavailable when the database is away: then nothing
    is saved.
    """

    def decide() -> int:
        new = _new(events, store)
        if new:
            store.save(_decision(new, store, automatic_tickets, clock(), new_id))
        return len(new)

    applied = decide_again_on_conflict(decide)
    _log.info("messages applied", applied=applied, known=len(events) - applied)


def apply_deliveries(events: Sequence[Event], store: DeskStore, clock: Clock) -> None:
    """Apply `delivery.changed` events, in any order. UnknownSend, Conflict, Unavailable."""

    def decide() -> None:
        known, working = store.load_deliveries(
            {event.data.send_id for event in events},
            {event.data.conversation_id for event in events},
            {event.data.ticket_number for event in events if event.data.ticket_number},
        )
        receipts = Receipts(known, working, clock())
        for event in events:
            receipts.take(event)
        store.save(receipts.changes)

    decide_again_on_conflict(decide)


def apply_quarantine(items: Sequence[QuarantineItem], store: DeskStore) -> None:
    """Keep what could not be handled; the same item twice is kept once. Unavailable."""
    decide_again_on_conflict(lambda: store.save(Changes(quarantine=list(items))))


def _new(events: Sequence[Event], store: DeskStore) -> list[Event]:
    """Those not applied yet, each message once."""
    by_key: dict[str, Event] = {}
    for event in events:
        by_key.setdefault(event.data.dedupe_key, event)
    known = store.load_arrivals(by_key, {event.data.provider_message_id for event in events}).known
    return [event for key, event in by_key.items() if key not in known] if known else list(by_key.values())


def _decision(
    events: Sequence[Event],
    store: DeskStore,
    automatic_tickets: Mapping[str, bool],
    now: datetime,
    new_id: NewId,
) -> Changes:
    keys = {identity.key for event in events for identity in event.data.sender.identities}
    working = store.load_inbound(keys, {event.data.channel_id for event in events})
    numbers = Numbers(store)
    inbound = Inbound(
        working,
        store.workflow(),
        store.desk(),
        lambda channel_id: automatic_tickets.get(channel_id, True),
        numbers.next,
        now,
        new_id,
    )
    numbers.ahead(inbound.tickets_wanted([event.data for event in events]))
    for event in events:
        inbound.take(event)
    return inbound.changes
