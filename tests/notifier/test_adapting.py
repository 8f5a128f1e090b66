"""Deliveries of an earlier version are sent, and their receipts applied, by this one."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifier.domain.content import Content, Template
from services.notifier.domain.receipt import ProviderKey
from services.notifier.store.mongo import MongoDeliveryStore
from shared.mongo.connect import connect, database
from tests.notifier.building import CHANNEL, KIND, NOW

pytestmark = pytest.mark.integration


def _old(send_id: str, **more: Any) -> dict[str, Any]:
    return {
        "_id": send_id,
        "open": True,
        "origin": "reply",
        "conversation_id": send_id,
        "ticket_number": "TT1",
        "channel_id": CHANNEL,
        "channel_kind": KIND,
        "recipient": {"kind": "whatsapp", "address": "39335", "name": ""},
        "content": {"kind": "text", "text": "Hello", "template": None},
        "queued_at": NOW,
        "due_at": NOW,
        "window_expires_at": None,
        "traceparent": "",
        "causation_id": "",
        "sequence": 1,
        "stage": "waiting",
        "claim": "",
        "attempts": 3,
        "unknowns": 0,
        "times": {},
        "failure": None,
    } | more


def test_what_an_earlier_version_stored_is_read_as_it_was_meant(
    mongo_store: MongoDeliveryStore, mongodb_uri: str, database_name: str
) -> None:
    template = {"name": "hello", "language": "it", "components": '[{"type": "body"}]'}
    reason = {"code": "1", "title": "t", "detail": "", "remedy": ""}
    with connect(mongodb_uri, "test") as client:
        db = database(client, database_name)
        db["deliveries"].insert_many(
            [
                _old("text", provider_message_id="wamid.1"),
                _old("template", content={"kind": "template", "text": "", "template": template}),
            ]
        )
        db["channel_pauses"].insert_one(
            {"_id": CHANNEL, "until": NOW, "count": 1, "reason": reason, "needs_operator": True}
        )
    for _ in range(2):
        mongo_store.prepare()
    heads = {head.send_id: head for head in mongo_store.due_heads(CHANNEL, NOW, 10)}
    assert (heads["text"].message_id, heads["text"].tries) == ("text", 3)
    assert heads["text"].content == Content("text", "Hello")
    assert heads["template"].content.template == Template("hello", "it", ({"type": "body"},))
    key = ProviderKey(CHANNEL, "wamid.1")
    assert mongo_store.transact(lambda transaction: transaction.load_by_provider_key([key]))[key].part == 0
    assert not mongo_store.pauses()[CHANNEL].reported
