"""The way of one message through the desk: which steps it made, when, and where and why it stopped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.ticket_service.domain.attachment import BLOCKED, PENDING, STORED, Attachment
from services.ticket_service.domain.attachment import FAILED as NOT_FETCHED
from services.ticket_service.domain.message import DRAFT, NOTE, OUT, Delivery, Message
from services.ticket_service.domain.quarantine import HELD, REPLAYED, QuarantineItem

RECEIVED: Final = "received"
VERIFIED: Final = "verified"
NORMALISED: Final = "normalised"
PUBLISHED: Final = "published"
APPLIED: Final = "applied"
FETCHED: Final = "fetched"
WRITTEN: Final = "written"
NOTIFIED: Final = "notified"
SENT: Final = "sent"
DELIVERED: Final = "delivered"
READ: Final = "read"
STEPS: Final = (
    *(WRITTEN, RECEIVED, VERIFIED, NORMALISED, PUBLISHED, APPLIED, NOTIFIED),
    *(FETCHED, SENT, DELIVERED, READ),
)
DONE: Final = "done"
OPEN: Final = "open"
STOPPED: Final = "stopped"
STATES: Final = (DONE, OPEN, STOPPED)

INBOUND: Final = "inbound"
OUTBOUND: Final = "outbound"
INSIDE: Final = "internal"
QUARANTINED: Final = "quarantined"
KINDS: Final = (INBOUND, OUTBOUND, INSIDE, QUARANTINED)

_ARRIVAL: Final = (RECEIVED, VERIFIED, NORMALISED, PUBLISHED, APPLIED)
_STOPS_OF: Final[Mapping[str, str]] = {"webhook_gateway": NORMALISED, "notifier": NOTIFIED}
"""Where a service puts things aside; the desk itself when it should apply them."""
_FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is None where nobody noted a time of its own; `code`, `detail` and `remedy` say why it stopped."""

    name: str
    state: str
    at: datetime | None = None
    code: str = ""
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """`trace_id` is what the logs of all services have of it; empty where nothing noted it.

    `decision` is what a person decided on what was put aside (`replayed`, `discarded`), at `decided_at`.
    """

    id: str
    kind: str
    trace_id: str
    steps: list[Step] = field(default_factory=list)
    decision: str | None = None
    decided_at: datetime | None = None

    @property
    def stopped_at(self) -> str | None:
        """The step at which it stopped."""
        return next((step.name for step in self.steps if step.state == STOPPED), None)


def trace_of_message(message: Message, files: Iterable[Attachment] = ()) -> Trace:
    """The way of a message that the desk has."""
    if message.direction == NOTE:
        steps = [Step(WRITTEN, DONE, message.occurred_at), Step(APPLIED, DONE, message.created_at)]
        return Trace(message.id, INSIDE, message.trace_id, steps)
    # What was written on the business' phone comes by webhook as well, and is delivered already.
    if message.direction == OUT and message.received_at is None:
        steps = [Step(WRITTEN, DONE, message.occurred_at), Step(APPLIED, DONE, message.created_at)]
        steps += _sending(message.delivery) if message.delivery else []
        return Trace(message.id, OUTBOUND, message.trace_id, steps)
    # It is verified and understood before it is answered to the provider: there are no times between.
    received = message.received_at or message.created_at
    steps = [
        Step(WRITTEN, DONE, message.occurred_at),
        *(Step(name, DONE, received) for name in (RECEIVED, VERIFIED, NORMALISED)),
        Step(PUBLISHED, DONE),
        Step(APPLIED, DONE, message.created_at),
        # What others are told is saved together with the message.
        Step(NOTIFIED, DONE, message.created_at),
        *(_fetching(each) for each in files),
    ]
    return Trace(message.id, INBOUND, message.trace_id, steps)


def trace_of_item(item: QuarantineItem, state: str, decided_at: datetime | None) -> Trace:
    """The way of something that was put aside: how far it came, and why no further."""
    stop = _STOPS_OF.get(item.service, APPLIED)
    way = (*_ARRIVAL, NOTIFIED) if stop == NOTIFIED else _ARRIVAL
    steps = [Step(name, DONE) for name in way[: way.index(stop)]]
    # Tried again it is on its way; what becomes of it then has a trace of its own, or is held once more.
    stopped = OPEN if state == REPLAYED else STOPPED
    steps.append(Step(stop, stopped, item.quarantined_at, item.reason, item.detail))
    steps += [Step(name, OPEN) for name in way[way.index(stop) + 1 :]]
    decision = None if state == HELD else state
    return Trace(item.id, QUARANTINED, "", steps, decision, decided_at)


def _fetching(file: Attachment) -> Step:
    why = file.blocked if file.state == BLOCKED else file.failure
    if file.state == STORED:
        return Step(FETCHED, DONE, file.stored_at, detail=file.filename)
    if file.state == PENDING or why is None:
        return Step(FETCHED, OPEN, detail=file.filename)
    at = file.failed_at if file.state == NOT_FETCHED else file.stored_at
    return Step(FETCHED, STOPPED, at, why.code, why.detail, why.remedy)


def _sending(delivery: Delivery) -> list[Step]:
    """What became of an answer: asked for, taken by the notifier, then as far as the provider reported."""
    if delivery.state == DRAFT:
        return [Step(PUBLISHED, OPEN, code=DRAFT), *(Step(name, OPEN) for name in (SENT, DELIVERED, READ))]
    steps = [Step(PUBLISHED, DONE, delivery.queued_at)]
    reached = [name for name in (SENT, DELIVERED, READ) if name in delivery.times]
    furthest = (SENT, DELIVERED, READ).index(reached[-1]) if reached else -1
    steps.append(Step(NOTIFIED, DONE if reached or delivery.state == _FAILED else OPEN))
    failed = delivery.state == _FAILED
    for place, name in enumerate((SENT, DELIVERED, READ)):
        if place <= furthest:
            steps.append(Step(name, DONE, delivery.times.get(name)))
        elif failed:
            steps.append(_refused(name, delivery))
            failed = False
        else:
            steps.append(Step(name, OPEN))
    return steps


def _refused(name: str, delivery: Delivery) -> Step:
    error = delivery.error
    at = delivery.times.get(_FAILED)
    if error is None:
        return Step(name, STOPPED, at)
    detail = " ".join(part for part in (error.title, error.detail) if part)
    return Step(name, STOPPED, at, error.code, detail, error.remedy)
