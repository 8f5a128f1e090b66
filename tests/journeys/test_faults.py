"""The whole desk while its parts are killed: what was answered 200 is there, once, at the right customer."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.support.desk import Desk, new_message_id, new_number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.fault, pytest.mark.timeout(400)]


@dataclass
class Ledger:
    """What the provider knows to be accepted, per customer, in the order it was written."""

    accepted: dict[str, list[str]] = field(default_factory=dict)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def total(self) -> int:
        """How many messages were accepted."""
        return sum(len(texts) for texts in self.accepted.values())


class Provider:
    """Customers that write all the time; delivers again what was not answered 200, as Meta does."""

    def __init__(self, desk: Desk, customers: int) -> None:
        self.ledger = Ledger({new_number(): [] for _ in range(customers)})
        self._desk = desk
        self._done = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(customer,)) for customer in self.ledger.accepted
        ]

    def __enter__(self) -> Provider:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self._threads)

    def _write(self, customer: str) -> None:
        chance = random.Random(customer)
        number = 0
        while not self._done.is_set():
            number += 1
            text = f"{customer} {number}"
            payload = self._desk.text_webhook(customer, text, message_id=new_message_id())
            copies = 2 if chance.random() < 0.2 else 1
            for _ in range(copies):
                self._deliver(payload)
            with self.ledger.lock:
                self.ledger.accepted[customer].append(text)
            time.sleep(0.02)

    def _deliver(self, payload: dict[str, object]) -> None:
        while True:
            try:
                if self._desk.post_webhook(payload).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # the gateway itself is being restarted
            with self.ledger.lock:
                self.ledger.refused += 1
            time.sleep(0.1)


def _check(desk: Desk, ledger: Ledger) -> None:
    """Lost, doubled, misfiled, out of order: none of it."""
    for customer, texts in ledger.accepted.items():
        wait_until(lambda c=customer, t=texts: _is_applied(desk, c, t), 90, every=0.5)  # type: ignore[misc]
        tickets = desk.tickets_of(customer)
        assert len(tickets) == 1
        messages = desk.items(f"/conversations/{tickets[0]['conversation_id']}/messages", limit=100)
        got = [message["text"] for message in messages if message["direction"] == "in"]
        assert [text for text, times in Counter(got).items() if times > 1] == [], "doubled"
        assert set(got) - set(texts) == set(), "unexpected or misfiled"
        assert set(texts) - set(got) == set(), "lost"
        numbered = sorted(
            (action["number"] or 0, action["text"])
            for action in desk.actions(tickets[0]["number"])
            if action["direction"] == "in"
        )
        assert [text for _, text in numbered] == texts, "out of order"


def _is_applied(desk: Desk, customer: str, texts: list[str]) -> bool:
    tickets = desk.tickets_of(customer)
    if not tickets:
        return False
    messages = desk.items(f"/conversations/{tickets[0]['conversation_id']}/messages", limit=100)
    return texts[-1] in {message["text"] for message in messages}


@pytest.fixture
def provider(desk: Desk) -> Iterator[Provider]:
    yield Provider(desk, customers=8)
    desk.wait_ready()


def _more(ledger: Ledger, messages: int) -> Callable[[], bool]:
    target = ledger.total() + messages
    return lambda: ledger.total() >= target


@pytest.mark.parametrize("victim", ["services:ticket_service.worker", "rabbitmq", "mongodb"])
def test_killing_a_part_again_and_again_loses_and_doubles_nothing(
    desk: Desk, provider: Provider, victim: str
) -> None:
    with provider:
        wait_until(_more(provider.ledger, 50))
        for _ in range(2 if victim != "services:ticket_service.worker" else 4):
            desk.kill(victim.removeprefix("services:"))
            wait_until(_more(provider.ledger, 150), 90)
            desk.wait_ready(90)
        wait_until(_more(provider.ledger, 50))
    assert provider.ledger.refused == 0, "what the broker does not take now goes to the spool"
    _check(desk, provider.ledger)


def test_killing_gateway_relay_and_notifier_loses_no_message_and_sends_no_reply_twice(
    desk: Desk, provider: Provider
) -> None:
    customer = new_number()
    desk.post_webhook(desk.text_webhook(customer, "apro"))
    number = desk.ticket_of(customer)["number"]
    replies = [f"risposta {index}" for index in range(12)]
    with provider:
        for index, text in enumerate(replies):
            assert desk.api("POST", f"/tickets/{number}/replies", json={"text": text}).status_code == 201
            if index % 4 == 3:
                for victim in ("webhook_gateway.web", "ticket_service.relay", "notifier.relay"):
                    desk.kill(victim)
        wait_until(_more(provider.ledger, 100), 90)
    _check(desk, provider.ledger)

    def sent() -> list[str]:
        bodies = [body.get("text", {}).get("body", "") for body in desk.sent_by_desk(customer)]
        return [body for body in bodies if body in replies]

    wait_until(lambda: len(sent()) >= len(replies), 60, every=0.5)
    assert sent() == replies
