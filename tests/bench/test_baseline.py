"""The textbook implementations do the same job: otherwise being faster than them would mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from bench import traffic
from bench.baseline import gateway as textbook
from bench.baseline.consumer import Desk
from bench.ledger import Ledger
from bench.servers import purge
from bench.traffic import Traffic, Webhook, message_webhook, sign, webhook_of
from services.ticket_service.store.collections import create_indexes
from services.webhook_gateway.announce import announce
from services.webhook_gateway.channels.whatsapp_cloud import WhatsAppCloud
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from shared.contracts.catalogue import decode
from shared.contracts.envelope import new_traceparent
from shared.contracts.routes import queues_of
from shared.mongo.connect import connect, database

CHANNEL = WhatsAppCloud(
    [WhatsAppNumber(traffic.CHANNEL_ID, traffic.PHONE_NUMBER_ID, traffic.APP_SECRET, traffic.VERIFY_TOKEN)]
)


def _ours(body: bytes) -> list[tuple[str, str, bytes]]:
    now = datetime.now(UTC)
    messages = announce(CHANNEL.kind, CHANNEL.normalise(body, "", now, None), now, new_traceparent())
    return [(each.exchange, each.routing_key, each.body) for each in messages]


def _comparable(published: Sequence[tuple[str, str, bytes]]) -> list[Any]:
    """Without what is new each time: when it was received, and the trace."""
    found = []
    for exchange, routing_key, body in published:
        decode(body)
        document = orjson.loads(body)
        for volatile in (document.pop("traceparent"), document["data"].pop("received_at")):
            assert volatile
        for needless in ("error", "mail", "visitor"):
            if document["data"].get(needless, "absent") is None:
                del document["data"][needless]
        found.append((exchange, routing_key, document))
    return found


def _batch() -> dict[str, Any]:
    """Two messages of two senders in one change, two statuses in another."""
    first = message_webhook("393331000001", "wamid.one", "uno", 1_764_000_000)
    second = message_webhook("393331000002", "wamid.two", "due", 1_764_000_001)
    values = [document["entry"][0]["changes"][0]["value"] for document in (first, second)]
    both = {name: values[0][name] + values[1][name] for name in ("contacts", "messages")}
    statuses = [
        {
            "id": f"wamid.sent{number}",
            "status": state,
            "timestamp": "1764000002",
            "recipient_id": "393331000001",
            "biz_opaque_callback_data": "send-1",
        }
        for number, state in enumerate(("delivered", "read"))
    ]
    document = webhook_of(both)
    document["entry"] += webhook_of({"statuses": statuses})["entry"]
    return document


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(message_webhook("393331000001", "wamid.one", "uno", 1_764_000_000), id="one message"),
        pytest.param(_batch(), id="two messages and two statuses"),
    ],
)
def test_the_textbook_gateway_publishes_what_the_gateway_publishes(document: dict[str, Any]) -> None:
    theirs = list(textbook.events(document, traffic.CHANNEL_ID))
    assert _comparable(theirs) == _comparable(_ours(orjson.dumps(document)))


@pytest.fixture
def client(amqp_vhost_url: str, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("AMQP_URL", amqp_vhost_url)
    monkeypatch.setenv("CHANNEL_ID", traffic.CHANNEL_ID)
    monkeypatch.setenv("WHATSAPP_APP_SECRET", traffic.APP_SECRET)
    return textbook.create_app().test_client()


@pytest.mark.integration
def test_the_textbook_gateway_accepts_only_what_is_signed_and_published(
    client: FlaskClient, amqp_vhost_url: str
) -> None:
    body = orjson.dumps(_batch())
    refused = client.post(traffic.PATH, data=body, headers={"X-Hub-Signature-256": "sha256=00"})
    assert refused.status_code == 403
    headers = {"X-Hub-Signature-256": sign(body), "Content-Type": "application/json"}
    assert client.post(traffic.PATH, data=body, headers=headers).status_code == 200
    queues = [*queues_of("ticket_service.worker"), *queues_of("notifier.worker")]
    assert purge(amqp_vhost_url, queues) == 4


@pytest.mark.integration
def test_the_textbook_consumer_applies_every_message_once(mongodb_uri: str, database_name: str) -> None:
    mongo = connect(mongodb_uri, "test")
    db = database(mongo, database_name)
    create_indexes(db)
    desk, ledger = Desk(mongo, database_name), Ledger()
    webhooks: list[Webhook] = Traffic(7, delivered_twice=0.2).take(60, 1_764_000_000.0)
    for webhook in webhooks:
        for _, _, body in _ours(webhook.body):
            desk.apply(decode(body))
    ledger.accept(webhooks)
    stored, faults = ledger.check(db)
    assert faults == []
    assert stored == len({webhook.message_id for webhook in webhooks}) < len(webhooks)
    mongo.close()
