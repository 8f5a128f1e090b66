"""Items as messages for the broker: the envelope around them, and where they go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from services.webhook_gateway.ports import Item, SetAside
from shared.contracts import item_quarantined, webhook_replayed
from shared.contracts.catalogue import encode
from shared.contracts.envelope import SPEC_VERSION, Event
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.contracts.routes import address, partition
from shared.contracts.webhook_replayed import WebhookReplayed
from shared.messaging.message import Outgoing, outgoing

SOURCE: Final = "webhook_gateway"
LARGEST_REPLAY: Final = 1_000_000
"""Characters of payload: quoted twice inside a replay it may grow eightfold, and brokers refuse 16 MB."""

_addresses: dict[tuple[str, int], tuple[str, str]] = {}


def announce(
    channel_kind: str,
    items: Sequence[Item | SetAside],
    received_at: datetime,
    traceparent: str,
    cause: str = "",
) -> Sequence[Outgoing]:
    """The messages for these items, in their order; `cause` is the id of the event that made us do it."""
    return [
        _received(item, traceparent, cause)
        if isinstance(item, Item)
        else _quarantined(channel_kind, item, received_at, traceparent, cause)
        for item in items
    ]


def _received(item: Item, traceparent: str, cause: str) -> Outgoing:
    """Written by hand, because it happens for each webhook; tests prove that the schema reads the same."""
    document: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": item.id,
        "source": SOURCE,
        "type": item.type,
        "time": item.time,
        "subject": item.contact_key,
        "datacontenttype": "application/json",
        "traceparent": traceparent,
        "data": item.data,
    }
    if cause:
        document["causationid"] = cause
    exchange, routing_key = _address(item.type, item.contact_key)
    return Outgoing(exchange, routing_key, orjson.dumps(document))


def _address(event_type: str, contact_key: str) -> tuple[str, str]:
    """The routing table's answer, remembered: there are only as many as partitions."""
    slot = (event_type, partition(contact_key))
    found = _addresses.get(slot)
    if found is None:
        found = _addresses[slot] = address(event_type, contact_key)
    return found


def _quarantined(
    channel_kind: str, item: SetAside, received_at: datetime, traceparent: str, cause: str
) -> Outgoing:
    """An item delivered again makes the same event; an item that fails again in a replay makes another."""
    digest = hashlib.sha256("\n".join((channel_kind, item.reason, cause, item.payload)).encode()).hexdigest()
    event_id = f"{channel_kind}:quarantined:{digest}"
    replay = None
    if item.replayable and len(item.payload) <= LARGEST_REPLAY:
        replay = _replay(event_id, channel_kind, item.payload, received_at, traceparent)
    data = ItemQuarantined(SOURCE, item.reason, item.detail, item.payload, received_at, replay)
    return outgoing(
        Event(
            id=event_id,
            source=SOURCE,
            type=item_quarantined.TYPE,
            time=received_at,
            subject="",
            data=data,
            traceparent=traceparent,
            causationid=cause or None,
        )
    )


def _replay(
    quarantine_id: str, channel_kind: str, payload: str, received_at: datetime, traceparent: str
) -> Replay:
    event = Event(
        id=f"{quarantine_id}:replay",
        source=SOURCE,
        type=webhook_replayed.TYPE,
        time=received_at,
        subject="",
        data=WebhookReplayed(channel_kind, payload, received_at),
        traceparent=traceparent,
        causationid=quarantine_id,
    )
    return Replay(*address(webhook_replayed.TYPE), encode(event).decode())
