"""A customer writes, a ticket appears, an agent answers, the ticks come home: seen only from outside."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.desk import Desk, new_message_id, new_number, text_message, webhook
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]


def _delivery_of(desk: Desk, number: str, action_id: str) -> dict[str, Any]:
    (action,) = [action for action in desk.actions(number) if action["id"] == action_id]
    delivery: dict[str, Any] = action["delivery"]
    return delivery


def test_a_message_becomes_a_lead_a_conversation_and_a_ticket_and_the_answer_comes_back(desk: Desk) -> None:
    customer, written = new_number(), datetime.now(UTC).replace(microsecond=0)
    payload = desk.text_webhook(customer, "Buongiorno, vorrei contattarvi", at=written)
    assert desk.post_webhook(payload).status_code == 200

    ticket = desk.ticket_of(customer)
    assert ticket["number"].startswith("TT")
    assert ticket["title"] == f"{written:%Y-%m-%d %H:%M:%S} - +{customer}"
    assert ticket["description"] == f"{written:%Y-%m-%d %H:%M:%S}\nBuongiorno, vorrei contattarvi"
    assert ticket["status"]["role"] == "opening"
    assert ticket["requester"]["name"] == "Daniele Asmonti"
    assert ticket["requester"]["stage"] == "lead"
    conversation = desk.get(f"/conversations/{ticket['conversation_id']}")
    assert conversation["channel"] == desk.whatsapp["channel_id"]

    number = ticket["number"]
    # The opening auto-reply: rendered by the notifier, sent, shown on the timeline with its receipts.
    opening = wait_until(lambda: desk.sent_by_desk(customer))
    assert number in opening[0]["text"]["body"]
    wait_until(lambda: any(number in action["text"] for action in desk.actions(number)))

    answer = desk.api("POST", f"/tickets/{number}/replies", json={"text": "Benissimo grazie"})
    assert answer.status_code == 201, answer.text
    reply = answer.json()
    assert reply["delivery"]["state"] == "queued"
    sent = wait_until(
        lambda: [b for b in desk.sent_by_desk(customer) if b["text"]["body"] == "Benissimo grazie"]
    )
    assert len(sent) == 1
    wait_until(lambda: _delivery_of(desk, number, reply["id"])["state"] == "read", 30)
    ticks = _delivery_of(desk, number, reply["id"])
    assert ticks["queued_at"] <= ticks["read_at"]
    assert ticks["sent_at"] <= ticks["delivered_at"] <= ticks["read_at"]
    assert ticks["failed_at"] is None
    assert desk.get(f"/tickets/{number}")["status"]["role"] == "waiting_customer"

    desk.post_webhook(desk.text_webhook(customer, "grazie oggi la chiamiamo"))
    wait_until(lambda: desk.get(f"/tickets/{number}")["status"]["role"] == "customer_replied")
    statuses = [entry for entry in desk.items(f"/tickets/{number}/history") if entry["what"] == "status"]
    assert [entry["to"] for entry in statuses][-1] != statuses[0]["from"]
    assert len(desk.tickets_of(customer)) == 1


def test_when_the_window_is_closed_only_a_template_goes_out(desk: Desk) -> None:
    customer = new_number()
    long_ago = datetime.now(UTC) - timedelta(hours=30)
    desk.post_webhook(desk.text_webhook(customer, "Buongiorno", at=long_ago))
    number = desk.ticket_of(customer)["number"]

    refused = desk.api("POST", f"/tickets/{number}/replies", json={"text": "Eccomi"})
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"].endswith("template-required")

    template = {"name": "hello_world", "language": "en_US", "components": []}
    accepted = desk.api("POST", f"/tickets/{number}/replies", json={"template": template})
    assert accepted.status_code == 201, accepted.text
    sent = wait_until(lambda: [body for body in desk.sent_by_desk(customer) if body["type"] == "template"])
    assert sent[0]["template"]["name"] == "hello_world"
    assert all(body["type"] == "template" for body in desk.sent_by_desk(customer))


def test_every_item_of_a_batch_counts_and_a_malformed_one_is_put_aside_alone(desk: Desk) -> None:
    first, second, stranger = new_number(), new_number(), new_number()
    desk.post_webhook(desk.text_webhook(first, "apro un ticket"))
    number = desk.ticket_of(first)["number"]
    sent = wait_until(lambda: desk.sent_by_desk(first))
    assert sent
    reply = desk.api("POST", f"/tickets/{number}/replies", json={"text": "ecco"}).json()
    wait_until(lambda: _delivery_of(desk, number, reply["id"])["state"] == "read", 30)
    provider_id = next(a for a in desk.actions(number) if a["id"] == reply["id"])["provider_message_ids"][0]
    before = len(desk.items("/quarantine"))

    now = str(int(datetime.now(UTC).timestamp()))
    failed: dict[str, Any] = {
        "id": provider_id,
        "status": "failed",
        "timestamp": now,
        "recipient_id": first,
        "errors": [{"code": 131026, "title": "Message undeliverable"}],
    }
    batch = webhook(
        [
            desk.entry(
                [text_message(first, "uno"), text_message(second, "due"), {"id": 7, "type": "text"}],
                [failed, {"id": provider_id, "status": "teleported", "timestamp": now}],
            ),
            desk.entry([text_message(stranger, "sconosciuto")], phone_number_id="5550001"),
        ]
    )
    assert desk.post_webhook(batch).status_code == 200
    wait_until(lambda: any(action["text"] == "uno" for action in desk.actions(number)))
    assert desk.ticket_of(second)["description"].endswith("due")
    wait_until(lambda: _delivery_of(desk, number, reply["id"])["state"] == "failed")
    wait_until(lambda: len(desk.items("/quarantine")) == before + 3)
    held = desk.items("/quarantine")
    assert any(item["reason"] == "unknown-channel" and "5550001" in item["detail"] for item in held)
    assert desk.tickets_of(stranger) == []


def test_a_webhook_delivered_again_and_again_by_many_connections_counts_once(desk: Desk) -> None:
    customer = new_number()
    payload = desk.text_webhook(customer, "una volta sola")
    with ThreadPoolExecutor(24) as pool:
        statuses = list(pool.map(lambda _: desk.post_webhook(payload).status_code, range(96)))
    assert set(statuses) == {200}
    ticket = desk.ticket_of(customer)
    _settled(desk, customer)
    assert _texts_of_customer(desk, ticket) == ["fine", "una volta sola"]


def test_a_hundred_first_messages_at_once_make_one_lead_one_conversation_one_ticket(desk: Desk) -> None:
    customer = new_number()
    together = threading.Barrier(100, timeout=60)

    def write(number: int) -> int:
        payload = desk.text_webhook(customer, f"messaggio {number}", message_id=new_message_id())
        together.wait()
        return desk.post_webhook(payload).status_code

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(write, range(100))) == {200}
    ticket = desk.ticket_of(customer)
    _settled(desk, customer)
    texts = _texts_of_customer(desk, ticket)
    assert texts == sorted(["fine", *(f"messaggio {number}" for number in range(100))])
    assert len(desk.tickets_of(customer)) == 1
    leads = [c for c in desk.items("/contacts", limit=100) if f"+{customer}" in str(c["identities"])]
    assert len(leads) == 1
    assert len([body for body in desk.sent_by_desk(customer) if ticket["number"] in str(body)]) == 1


def _settled(desk: Desk, customer: str) -> None:
    """Until a message written now has been applied: what came before it has been, too."""
    desk.post_webhook(desk.text_webhook(customer, "fine"))
    conversation = desk.ticket_of(customer)["conversation_id"]
    wait_until(
        lambda: any(
            message["text"] == "fine"
            for message in desk.items(f"/conversations/{conversation}/messages", limit=100)
        )
    )


def _texts_of_customer(desk: Desk, ticket: dict[str, Any]) -> list[str]:
    messages = desk.items(f"/conversations/{ticket['conversation_id']}/messages", limit=100)
    return sorted(message["text"] for message in messages if message["direction"] == "in")
