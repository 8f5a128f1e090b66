"""What the broker brings to the desk: read, applied as a batch, put aside where it cannot be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.visitors import Typing, apply_visits
from services.ticket_service.acting import Desk
from services.ticket_service.apply import (
    apply_channel_news,
    apply_deliveries,
    apply_media,
    apply_messages,
    apply_quarantine,
)
from services.ticket_service.domain.quarantine import QuarantineItem, Replay
from services.ticket_service.domain.text import clean_text
from services.ticket_service.receipts import UnknownSend
from shared.contracts import (
    channel_reported,
    delivery_changed,
    item_quarantined,
    media_failed,
    media_stored,
    message_received,
    template_changed,
    visitor_acted,
)
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType
from shared.contracts.item_quarantined import ItemQuarantined
from shared.contracts.routes import DEAD_QUEUE, ROUTES
from shared.messaging.message import Delivery, Poison

SERVICE: Final = "ticket_service"
MAX_PAYLOAD: Final = 200_000
MAX_REPLAY_BYTES: Final = 12_000_000
"""A document holds 16 MB; a message too big to be kept must not stop the queue for ever."""

_MESSAGES: Final = "messages"
_MEDIA: Final = "media"
_DELIVERIES: Final = "deliveries"
_CHANNELS: Final = "channels"
_VISITS: Final = "visits"
_KINDS: Final[Mapping[str, str]] = {
    message_received.TYPE: _MESSAGES,
    media_stored.TYPE: _MEDIA,
    media_failed.TYPE: _MEDIA,
    delivery_changed.TYPE: _DELIVERIES,
    template_changed.TYPE: _CHANNELS,
    channel_reported.TYPE: _CHANNELS,
    visitor_acted.TYPE: _VISITS,
}
"""What is applied together, in this order."""

_CONSUMERS: Final = {queue: route.consumer for route in ROUTES for queue in route.queues()}


class DeskConsumer:
    """The worker's `handle` (a BatchHandler) and `park` (a Park).

    `automatic_tickets` says per channel id whether its messages open tickets; `delete_blob` deletes a file's
    content, which may be gone already; `typing` shows whose customers are writing.
    """

    def __init__(
        self,
        desk: Desk,
        automatic_tickets: Mapping[str, bool],
        delete_blob: Callable[[str], object],
        typing: Typing = lambda conversation_ids, at: None,
    ) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._automatic_tickets = automatic_tickets
        self._delete_blob = delete_blob
        self._typing = typing

    def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Apply a batch. Poison names what can never be applied; repeating a batch changes nothing."""
        events: dict[str, list[Event]] = {kind: [] for kind in _KINDS.values()}
        aside: list[QuarantineItem] = []
        for delivery in deliveries:
            if delivery.queue == DEAD_QUEUE:
                aside.append(dead_letter(delivery, self._clock()))
                continue
            event = _read(delivery)
            if event.type == item_quarantined.TYPE:
                aside.append(quarantined(event))
            elif event.type in _KINDS:
                events[_KINDS[event.type]].append(event)
            else:
                raise Poison("unexpected-event-type", f"{event.type} is nothing the desk listens to")
        if aside:
            apply_quarantine(aside, self._desk)
        for kind, of_kind in events.items():
            if of_kind:
                self._apply(kind, of_kind)

    def _apply(self, kind: str, events: Sequence[Event]) -> None:
        desk = self._desk
        if kind == _MESSAGES:
            apply_messages(events, desk, self._automatic_tickets)
        elif kind == _MEDIA:
            apply_media(events, desk, self._delete_blob)
        elif kind == _CHANNELS:
            apply_channel_news(events, desk)
        elif kind == _VISITS:
            apply_visits(events, desk, self._typing)
        else:
            try:
                apply_deliveries(events, desk)
            except UnknownSend as error:
                raise Poison("unknown-send", f"no message with the send id {error}") from error

    def park(self, delivery: Delivery, reason: str, detail: str) -> None:
        """Keep a message that cannot be handled, to be tried again on a person's word. Unavailable."""
        if delivery.queue == DEAD_QUEUE:
            item = dead_letter(delivery, self._clock())
        else:
            replay = (delivery.exchange, delivery.routing_key)
            item = _item(delivery.body, SERVICE, reason, detail, replay, self._clock())
        apply_quarantine([item], self._desk)


def quarantined(event: Event) -> QuarantineItem:
    """What another service put aside; the event's id keeps it from being kept twice."""
    data: ItemQuarantined = event.data
    replay = data.replay
    return QuarantineItem(
        id=event.id,
        service=data.service,
        reason=data.reason,
        detail=clean_text(data.detail),
        payload=clean_text(data.payload),
        quarantined_at=data.quarantined_at,
        replay=Replay(replay.exchange, replay.routing_key, replay.body.encode()) if replay else None,
        raw_blob=data.raw_blob,
    )


def dead_letter(delivery: Delivery, at: datetime) -> QuarantineItem:
    """What the broker itself gave up on, with where it came from (its `x-death` header says)."""
    death = _first_death(delivery.headers)
    queue, reason = str(death.get("queue", "")), str(death.get("reason", "unknown"))
    keys = death.get("routing-keys")
    key = str(keys[0]) if isinstance(keys, list) and keys else delivery.routing_key
    exchange = str(death.get("exchange", ""))
    detail = f"The broker gave up on it in {queue or 'an unknown queue'}: {reason}."
    consumer = _CONSUMERS.get(queue, "broker")
    return _item(
        delivery.body,
        consumer.partition(".")[0],
        "dead-letter-" + reason.replace("_", "-"),
        detail,
        (exchange, key) if exchange else None,
        at,
    )


def _read(delivery: Delivery) -> Event:
    try:
        return decode(delivery.body)
    except MalformedEvent as error:
        raise Poison("malformed-event", str(error)) from error
    except UnknownEventType as error:
        raise Poison("unknown-event-type", f"type {error}") from error


def _first_death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get("x-death")
    if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
        return deaths[0]
    return {}


def _item(
    body: bytes, service: str, reason: str, detail: str, replay: tuple[str, str] | None, at: datetime
) -> QuarantineItem:
    """The same message put aside twice is one item: its id is made of what it is."""
    digest = hashlib.sha256(b"\0".join([str(replay).encode(), body])).hexdigest()
    if len(body) > MAX_REPLAY_BYTES:
        replay, detail = None, f"{detail} It is too big ({len(body)} bytes) to be kept whole."
    payload = body[: 4 * MAX_PAYLOAD].decode(errors="replace")[:MAX_PAYLOAD]
    return QuarantineItem(
        id=digest[:32],
        service=service,
        reason=reason[:100],
        detail=clean_text(detail)[:10_000],
        payload=clean_text(payload),
        quarantined_at=at,
        replay=Replay(*replay, body) if replay else None,
        held_again=True,
    )
