"""What the worker does with what the broker brings: it is applied, or put aside with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.consume import MAX_REPLAY_BYTES, DeskConsumer
from services.ticket_service.domain.quarantine import HELD
from shared.contracts.catalogue import encode
from shared.contracts.item_quarantined import Replay
from shared.contracts.routes import DEAD_QUEUE, queues_of
from shared.messaging.message import Delivery, Outgoing, Unavailable
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import (
    NOW,
    a_desk,
    changed,
    delivered,
    message,
    outgoing,
    put_aside,
)
from tests.ticket_service.building_whatsapp import health, lost, picture, stored, template

QUEUES = queues_of("ticket_service.worker")


@pytest.fixture
def store() -> MemoryDeskStore:
    return MemoryDeskStore()


@pytest.fixture
def desk(store: MemoryDeskStore) -> DeskConsumer:
    return DeskConsumer(a_desk(store), {}, lambda blob_id: None)


def texts(store: MemoryDeskStore) -> list[str]:
    return [each["text"] for each in store.collections["messages"].values()]


def held(store: MemoryDeskStore) -> list[dict[str, Any]]:
    return list(store.collections["quarantine"].values())


def drain(broker: MemoryBroker, desk: DeskConsumer) -> None:
    broker.drain(QUEUES, desk.handle, desk.park)


def test_the_worker_listens_to_all_that_is_meant_for_the_desk() -> None:
    assert set(QUEUES) == {
        *(f"inbound.{n}" for n in range(8)),
        "ticket_service.deliveries",
        "ticket_service.media",
        "ticket_service.templates",
        "ticket_service.channels",
        "ticket_service.quarantine",
        "ticket_service.visitors",
        DEAD_QUEUE,
    }


def test_a_batch_of_all_kinds_is_applied_whole(store: MemoryDeskStore, desk: DeskConsumer) -> None:
    replay = Replay("sportello.events", "webhook.replayed", '{"è": 1}')
    desk.handle([delivered(message("1")), delivered(put_aside("q1", replay)), delivered(message("2"))])
    desk.handle([delivered(message("3")), delivered(changed("whatsapp_cloud:109:1", "sent"))])
    assert len(texts(store)) == 3
    assert store.collections["messages"]["whatsapp_cloud:109:1"]["delivery"]["state"] == "sent"
    (item,) = held(store)
    assert (item["_id"], item["service"], item["reason"], item["state"]) == (
        "q1",
        "webhook_gateway",
        "unknown-channel",
        HELD,
    )
    assert item["replay"] == {
        "exchange": "sportello.events",
        "routing_key": "webhook.replayed",
        "body": '{"è": 1}'.encode(),
    }


def test_news_of_files_templates_and_channels_is_applied_together_with_messages(
    store: MemoryDeskStore, desk: DeskConsumer
) -> None:
    news = [stored("1"), lost("1", 1), template(1), health("failing", 1), picture("1", files=2)]
    desk.handle([delivered(event) for event in news])
    desk.handle([delivered(event) for event in reversed(news)])
    files = store.load_attachments(list(store.collections["attachments"]))
    assert sorted(each.state for each in files.values()) == ["failed", "stored"]
    assert len(store.collections["templates"]) == 1
    assert [each.level for each in store.channel_aspects()] == ["failing"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\x00 not json", "malformed-event"),
        (b"[]", "malformed-event"),
        (b"{}", "malformed-event"),
        (encode(message("1")).replace(b'"kind":"text"', b'"kind":""'), "malformed-event"),
        (encode(message("1")).replace(b"message.received", b"message.exploded"), "unknown-event-type"),
        (encode(changed("unknown", "sent")), "unknown-send"),
    ],
)
def test_poison_is_parked_with_its_reason_and_its_neighbours_are_applied(
    store: MemoryDeskStore, desk: DeskConsumer, body: bytes, reason: str
) -> None:
    broker = MemoryBroker()
    broker.take([outgoing(message("before", text="before"))])
    poison = Outgoing("sportello.inbound", "inbound.0", body)
    broker.take([poison])
    broker.take([outgoing(message("after", text="after"))])
    drain(broker, desk)
    assert sorted(texts(store)) == ["after", "before"]
    (item,) = held(store)
    assert (item["service"], item["reason"], item["state"]) == ("ticket_service", reason, HELD)
    assert item["replay"] == {"exchange": "sportello.inbound", "routing_key": "inbound.0", "body": body}
    assert item["payload"] == body.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def test_an_event_that_is_not_for_the_desk_is_put_aside(store: MemoryDeskStore, desk: DeskConsumer) -> None:
    broker = MemoryBroker()
    fact = encode(put_aside("x")).replace(b"item.quarantined", b"webhook.replayed")
    fact = fact.replace(b'"data":{', b'"data":{"channel_kind":"k","received_at":"2025-01-01T00:00:00Z",')
    broker.take([Outgoing("sportello.inbound", "inbound.0", fact)])
    drain(broker, desk)
    assert [item["reason"] for item in held(store)] == ["unexpected-event-type"]


def test_the_same_poison_twice_is_one_item_and_comes_back_after_a_failed_replay(
    store: MemoryDeskStore, desk: DeskConsumer
) -> None:
    poison = Delivery("inbound.0", "sportello.inbound", "inbound.0", b"poison")
    desk.park(poison, "malformed-event", "not JSON")
    desk.park(poison, "malformed-event", "not JSON")
    (item,) = held(store)
    item["state"] = "replayed"
    desk.park(poison, "handler-error", "still not")
    (item,) = held(store)
    assert (item["state"], item["reason"]) == (HELD, "handler-error")
    desk.park(Delivery("inbound.1", "sportello.inbound", "inbound.1", b"poison"), "malformed-event", "")
    assert len(held(store)) == 2


def test_what_the_broker_gave_up_on_is_kept_with_where_it_came_from(
    store: MemoryDeskStore, desk: DeskConsumer
) -> None:
    death = {
        "count": 1,
        "reason": "delivery_limit",
        "queue": "notifier.replies",
        "exchange": "sportello.events",
        "routing-keys": ["reply.requested"],
    }
    dead = Delivery(DEAD_QUEUE, "sportello.dead", "reply.requested", b"anything", 0, {"x-death": [death]})
    desk.handle([dead, dead, delivered(message("1"))])
    (item,) = held(store)
    assert (item["service"], item["reason"]) == ("notifier", "dead-letter-delivery-limit")
    assert item["replay"] == {
        "exchange": "sportello.events",
        "routing_key": "reply.requested",
        "body": b"anything",
    }
    assert len(texts(store)) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-death": []}, {"x-death": "?"}, {"x-death": [1]}, {"x-death": [{"routing-keys": "?"}]}],
)
def test_a_dead_letter_without_a_past_is_kept_all_the_same(
    store: MemoryDeskStore, desk: DeskConsumer, headers: dict[str, Any]
) -> None:
    desk.handle([Delivery(DEAD_QUEUE, "sportello.dead", "key", b"\xff", 0, headers)])
    (item,) = held(store)
    assert (item["service"], item["reason"], item["replay"]) == ("broker", "dead-letter-unknown", None)


def test_a_message_too_big_to_keep_is_put_aside_without_stopping_the_queue(
    store: MemoryDeskStore, desk: DeskConsumer
) -> None:
    huge = Delivery("inbound.0", "sportello.inbound", "inbound.0", b"x" * (MAX_REPLAY_BYTES + 1))
    desk.park(huge, "malformed-event", "not JSON")
    (item,) = held(store)
    assert item["replay"] is None
    assert "too big" in item["detail"]
    assert len(item["payload"]) == 200_000


def test_replaying_a_parked_message_after_the_cause_is_gone_applies_it(
    store: MemoryDeskStore, desk: DeskConsumer
) -> None:
    broker = MemoryBroker()
    broker.take([outgoing(changed("whatsapp_cloud:109:1", "read"))])
    drain(broker, desk)
    (item,) = held(store)
    desk.handle([delivered(message("1"))])
    broker.take([Outgoing(**item["replay"])])
    drain(broker, desk)
    assert store.collections["messages"]["whatsapp_cloud:109:1"]["delivery"]["state"] == "read"


def test_while_the_database_is_away_nothing_is_put_aside(store: MemoryDeskStore, desk: DeskConsumer) -> None:
    store.away = True
    with pytest.raises(Unavailable):
        desk.handle([delivered(message("1"))])
    with pytest.raises(Unavailable):
        desk.park(delivered(message("1")), "handler-error", "")
    store.away = False
    desk.handle([delivered(message("1", occurred=NOW))])
    assert len(texts(store)) == 1
