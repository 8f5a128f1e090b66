"""A quarantined item can be tried again, and nothing happens twice or gets lost when it is."""

from __future__ import annotations

import pytest

from services.webhook_gateway.wiring import build_replayer
from shared.contracts import webhook_replayed
from shared.contracts.catalogue import decode, encode
from shared.contracts.envelope import Event
from shared.contracts.item_quarantined import ItemQuarantined
from shared.contracts.message_received import EXAMPLE as MESSAGE
from shared.contracts.message_received import TYPE as MESSAGE_TYPE
from shared.contracts.message_received import MessageReceived
from shared.contracts.routes import queues_of
from shared.contracts.webhook_replayed import WebhookReplayed
from shared.messaging.message import Delivery, Outgoing, Poison, Unavailable
from tests.support.memory_broker import MemoryBroker
from tests.webhook_gateway.whatsapp import MAIN, RECEIVED_AT, SECOND, Gateway, cloud, message, webhook

QUEUES = queues_of("webhook_gateway.worker")


def replay_of(event: Event) -> Outgoing:
    """What the desk publishes when somebody presses the button."""
    assert isinstance(event.data, ItemQuarantined)
    assert event.data.replay is not None
    return Outgoing(
        event.data.replay.exchange, event.data.replay.routing_key, event.data.replay.body.encode()
    )


def delivery(body: bytes) -> Delivery:
    return Delivery(QUEUES[0], "sportello.events", webhook_replayed.TYPE, body)


def quarantined(gateway: Gateway) -> Event:
    gateway.post(webhook([message()], number=SECOND))
    (event,) = gateway.events()
    assert event.data.reason == "unknown-channel"
    return event


def drain(broker: MemoryBroker, *numbers: object) -> None:
    replayer = build_replayer([cloud(*numbers)], broker.publisher(), lambda: RECEIVED_AT)  # type: ignore[arg-type]
    broker.drain(QUEUES, replayer.handle, replayer.park)


def test_item_of_an_unknown_number_arrives_once_its_channel_is_configured() -> None:
    gateway = Gateway(MAIN)
    aside = quarantined(gateway)
    gateway.broker.take([replay_of(aside)])
    drain(gateway.broker, MAIN, SECOND)
    received = gateway.events("message.received")[0]
    assert isinstance(received.data, MessageReceived)
    assert (received.data.channel_id, received.data.text) == (SECOND.id, "Buongiorno")
    assert received.data.sender.name == "Daniele Asmonti"
    assert received.data.received_at == RECEIVED_AT
    assert received.causationid == f"{aside.id}:replay"


def test_replayed_item_has_the_id_it_would_have_had() -> None:
    direct = Gateway(SECOND)
    direct.post(webhook([message()], number=SECOND))
    gateway = Gateway(MAIN)
    gateway.broker.take([replay_of(quarantined(gateway))])
    drain(gateway.broker, SECOND)
    assert gateway.events("message.received")[0].id == direct.events()[0].id


def test_item_that_fails_again_is_set_aside_again_under_another_id() -> None:
    gateway = Gateway(MAIN)
    aside = quarantined(gateway)
    gateway.broker.take([replay_of(aside)])
    drain(gateway.broker, MAIN)
    first, second = gateway.events("item.quarantined")
    assert first.id != second.id
    assert first.data.payload == second.data.payload
    gateway.broker.take([replay_of(second)])
    drain(gateway.broker, SECOND)
    assert len(gateway.events("message.received")) == 1


def replayed(payload: str = "{}", kind: str = "whatsapp_cloud") -> bytes:
    data = WebhookReplayed(kind, payload, RECEIVED_AT)
    return encode(Event("r-1", "webhook_gateway", webhook_replayed.TYPE, RECEIVED_AT, "", data, ""))


def other_event() -> bytes:
    return encode(Event("m-1", "webhook_gateway", MESSAGE_TYPE, RECEIVED_AT, "", MESSAGE, ""))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff not json", "malformed-event"),
        (
            b'{"specversion":"1.0","id":"1","source":"x","type":"no.such","time":"2025-01-01T00:00:00Z","data":{}}',
            "malformed-event",
        ),
        (replayed("not json"), "unreadable"),
        (replayed(kind="pigeon"), "unknown-kind"),
        (other_event(), "unexpected-event"),
    ],
)
def test_what_is_no_replay_is_parked_and_its_neighbours_are_handled(body: bytes, reason: str) -> None:
    gateway = Gateway(MAIN)
    replay = replay_of(quarantined(gateway))
    gateway.broker.queues[QUEUES[0]] += [delivery(content) for content in (replay.body, body, replay.body)]
    drain(gateway.broker, SECOND)
    assert len(gateway.events("message.received")) == 2
    parked = gateway.events("item.quarantined")[-1].data
    assert isinstance(parked, ItemQuarantined)
    assert parked.reason == reason
    assert parked.replay is not None
    assert (parked.replay.exchange, parked.replay.routing_key) == (replay.exchange, replay.routing_key)


def test_broker_away_means_wait_not_lose() -> None:
    broker = MemoryBroker()
    replayer = build_replayer([cloud()], broker.publisher(), lambda: RECEIVED_AT)
    broker.fail(2)
    with pytest.raises(Unavailable):
        replayer.handle([delivery(replayed())])
    with pytest.raises(Unavailable):
        replayer.park(delivery(b"x"), "reason", "detail")
    replayer.handle([delivery(replayed())])
    assert [decode(message.body).data.reason for message in broker.published] == ["no-entry"]


def test_a_batch_with_poison_publishes_nothing() -> None:
    broker = MemoryBroker()
    replayer = build_replayer([cloud()], broker.publisher(), lambda: RECEIVED_AT)
    with pytest.raises(Poison):
        replayer.handle([delivery(replayed()), delivery(b"x")])
    assert broker.published == []
