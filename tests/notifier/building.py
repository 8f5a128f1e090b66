"""Deliveries, events and senders for the notifier's tests."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notifier.announce import Teller
from services.notifier.deliver import Deliverer
from services.notifier.domain.content import Content
from services.notifier.domain.delivery import Delivery, Failure, Recipient
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.presence import Presence
from services.notifier.domain.rate import PairLimit
from services.notifier.domain.retry import RetryLimits
from services.notifier.domain.template import ChannelTemplate, TemplateRecord, TemplateSubmission
from services.notifier.ports import ChannelSender, ChannelTrouble, DeliveryStore
from services.notifier.record import Recorder
from shared.contracts import delivery_reported, reply_requested, ticket_fact
from shared.contracts.delivery_reported import DeliveryError, DeliveryReported
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.reply_requested import ReplyContent, ReplyRequested
from shared.contracts.routes import address
from shared.contracts.ticket_fact import TicketFact
from shared.messaging.message import Delivery as Message
from shared.messaging.message import outgoing
from shared.runtime.stop import Stop

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANNEL = "whatsapp-main"
KIND = "whatsapp_cloud"
SECOND = timedelta(seconds=1)


class Clock:
    """Time that passes only when told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def counter(prefix: str) -> Callable[[], str]:
    """Ids `prefix-1`, `prefix-2` …"""
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def a_delivery(send_id: str = "s1", **changes: Any) -> Delivery:
    """A text that waits to be sent."""
    delivery = Delivery(
        send_id=send_id,
        message_id=send_id,
        origin="reply",
        conversation_id="c1",
        ticket_number="TT1",
        channel_id=CHANNEL,
        channel_kind=KIND,
        recipient=Recipient("whatsapp", "393351032246"),
        content=Content("text", f"text of {send_id}"),
        queued_at=NOW,
        due_at=NOW,
        traceparent=new_traceparent(),
        causation_id="request-1",
    )
    return replace(delivery, **changes)


def a_message(message_id: str, parts: int, **changes: Any) -> list[Delivery]:
    """A message in parts that wait to be sent."""
    return [
        a_delivery(f"{message_id}~0.{part}", message_id=message_id, part=part, parts=parts, **changes)
        for part in range(parts)
    ]


def a_deliverer(
    store: DeliveryStore,
    senders: Mapping[str, ChannelSender],
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    *,
    limits: RetryLimits | None = None,
    stop: Stop | None = None,
    chance: Callable[[], float] = lambda: 0.0,
) -> Deliverer:
    """A deliverer with everything it needs."""
    patience = limits or RetryLimits()
    recorder = Recorder(Teller(clock, new_id), patience, clock, chance)
    return Deliverer(store, senders, recorder, patience, stop or Stop(), clock, new_id)


def event(event_type: str, data: Any, event_id: str = "event-1") -> Event:
    """An event as the other services send it."""
    return Event(event_id, "test", event_type, NOW, "", data, new_traceparent())


def reply_request(send_id: str = "s1", text: str = "Hello", **changes: Any) -> Event:
    """An agent's reply to be sent."""
    data = ReplyRequested(
        send_id=send_id,
        conversation_id="c1",
        ticket_number="TT1",
        channel_id=CHANNEL,
        channel_kind=KIND,
        recipient=reply_requested.Recipient("whatsapp", "393351032246", "Daniele"),
        content=ReplyContent("text", text),
        requested_at=NOW,
        window_expires_at=NOW + timedelta(hours=20),
        author="Anna",
    )
    return event(reply_requested.TYPE, replace(data, **changes), f"request-{send_id}")


def ticket_opened(**changes: Any) -> Event:
    """A ticket was opened by a customer's message."""
    fact: TicketFact = replace(ticket_fact.EXAMPLE, channel_id=CHANNEL, window_expires_at=None, **changes)
    return event(ticket_fact.OPENED, fact, f"opened-{fact.ticket_id}")


def receipt(
    state: str,
    at: datetime,
    *,
    send_id: str | None = None,
    provider_id: str = "wamid.1",
    error: DeliveryError | None = None,
    channel_id: str = CHANNEL,
) -> Event:
    """A provider's receipt."""
    data = DeliveryReported(channel_id, KIND, provider_id, state, at, at, send_id, "", error)
    return event(delivery_reported.TYPE, data, f"receipt-{state}")


def message(given: Event) -> Message:
    """An event as it comes from the broker."""
    out = outgoing(given)
    exchange, routing_key = address(given.type)
    return Message("notifier.test", exchange, routing_key, out.body)


def messages(events: Sequence[Event]) -> list[Message]:
    """A batch."""
    return [message(one) for one in events]


def a_record(name: str, language: str = "it", **changes: Any) -> TemplateRecord:
    """An approved template as the provider has it."""
    record = TemplateRecord(
        template_id=f"id-{name}-{language}",
        name=name,
        language=language,
        category="UTILITY",
        status="approved",
        components=({"type": "BODY", "text": "Hello {{1}}"},),
    )
    return replace(record, **changes)


def a_template(name: str, language: str = "it", **changes: Any) -> ChannelTemplate:
    """A template as we know it."""
    return replace(ChannelTemplate(CHANNEL, KIND, a_record(name, language), 1, NOW), **changes)


class ScriptedSender:
    """A channel that answers as told, then takes everything; keeps what it was asked to send.

    A text of several lines is a message in parts. `found`: what looking a message up finds.
    """

    per_second = 1_000_000.0
    live = False
    pair: PairLimit | None = None

    def __init__(self, *script: Outcome | Exception) -> None:
        self.script = list(script)
        self.asked: list[str] = []
        self.sought: list[Delivery] = []
        self.found: Sent | ChannelTrouble | None = None
        self.shown: list[Presence] = []
        self.listed: list[TemplateRecord] | ChannelTrouble | Exception = []
        self.created: list[TemplateSubmission] = []
        self.creating: list[TemplateRecord | Refused | TryLater] = []
        self._lock = threading.Lock()

    def parts(self, wanted: Content) -> list[Content] | Failure:
        return [replace(wanted, text=line) for line in wanted.text.split("\n")]

    def send(self, delivery: Delivery) -> Outcome:
        with self._lock:
            self.asked.append(delivery.send_id)
            answer = self.script.pop(0) if self.script else Sent(f"wamid.{delivery.send_id}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def find(self, delivery: Delivery) -> Sent | None:
        self.sought.append(delivery)
        if isinstance(self.found, ChannelTrouble):
            raise self.found
        return self.found

    def show(self, presence: Presence) -> None:
        self.shown.append(presence)

    def templates(self) -> Iterator[TemplateRecord]:
        if isinstance(self.listed, Exception):
            raise self.listed
        return iter(list(self.listed))

    def create_template(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        self.created.append(submission)
        return self.creating.pop(0)

    def close(self) -> None:
        """Nothing to close."""

    def explain(self, failure: Failure) -> Failure:
        return replace(failure, remedy=f"remedy for {failure.code}")
