"""The desk's processes as an operator runs them, on servers a test may end; and what they must not lose."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pika
from pymongo.database import Database

from services.ticket_service.store.preparing import Preparing
from shared.contracts.envelope import Event
from shared.contracts.routes import queues_of
from shared.messaging.message import BrokerUnavailable, Outgoing
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import Document, connect, database
from tests.support.forked import Forked, Forks
from tests.support.waiting import wait_until
from tests.ticket_service.building import message, outgoing


@dataclass
class Processes:
    """Starts modules of the desk with one environment; ends what is left by its pid."""

    forks: Forks
    environment: dict[str, str]
    logs: Path
    children: list[Forked] = field(default_factory=list)

    def start(self, name: str = "worker", **more: str) -> Forked:
        """Run services.ticket_service.<name>."""
        log = self.logs / f"{len(self.children)}-{name}.log"
        child = self.forks.start(f"services.ticket_service.{name}", self.environment | more, log)
        self.children.append(child)
        return child

    def said(self) -> str:
        """What all of them logged."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to what is still there after 20 s."""
        for child in self.children:
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextmanager
def desk_processes(
    forks: Forks, amqp_url: str, mongodb_uri: str, name: str, folder: Path
) -> Iterator[Processes]:
    """Processes on a prepared database."""
    with connect(mongodb_uri, "test") as client:
        preparing = Preparing(database(client, name))
        preparing.indexes()
        preparing.settings.statuses("S000")
        preparing.settings.desk("UTC", None)
    channels = folder / "channels.yaml"
    channels.write_text("channels: [{id: whatsapp-main, kind: whatsapp_cloud, app_secret: '${NOT_OURS}'}]")
    processes = Processes(
        forks,
        os.environ
        | {
            "AMQP_URL": amqp_url,
            "MONGODB_URI": mongodb_uri,
            "MONGODB_DATABASE": name,
            "SPORTELLO_CHANNELS": str(channels),
            "SPORTELLO_TESTING": "1",
        },
        folder,
    )
    try:
        yield processes
    finally:
        processes.stop()


class Ledger:
    """Publishes messages of some customers and remembers each that the broker confirmed."""

    def __init__(self, amqp_url: str, customers: int = 10) -> None:
        self.confirmed: list[Event] = []
        self._customers = [f"+39335{n:07d}" for n in range(customers)]
        self._random = random.Random(7)
        self._next = 0
        self._publisher = PipelinedPublisher(amqp_url, green=False, source="ledger")
        self._publisher.start()

    def ready(self) -> bool:
        """Whether the broker takes messages."""
        return self._publisher.ready()

    def send(self, count: int, *, twice: float = 0.2, patience: float = 60.0) -> None:
        """Publish so many new messages in order, some of them twice, each until it is confirmed."""
        for _ in range(count):
            self._next += 1
            sender = self._random.choice(self._customers)
            event = message(str(self._next), sender=sender, text=str(self._next))
            for _ in range(2 if self._random.random() < twice else 1):
                self._until_confirmed(outgoing(event), patience)
            self.confirmed.append(event)

    def put(self, *messages: Outgoing) -> None:
        """Publish something else."""
        wait_until(self.ready, 30)
        self._publisher.publish(messages)

    def close(self) -> None:
        """Stop publishing."""
        self._publisher.stop()

    def _until_confirmed(self, message: Outgoing, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                self._publisher.publish([message])
            except BrokerUnavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def waiting_messages(amqp_url: str) -> int:
    """How many messages wait in the worker's queues and are not given out."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        channel = connection.channel()
        return sum(
            channel.queue_declare(queue, passive=True).method.message_count
            for queue in queues_of("ticket_service.worker")
        )
    finally:
        connection.close()


def assert_exact(db: Database[Document], sent: Sequence[Event]) -> None:
    """Nothing lost, doubled, unexpected, misfiled or misordered; every fact announced once."""
    stored = {each["_id"]: each for each in db["messages"].find()}
    assert set(stored) == {event.data.dedupe_key for event in sent}
    senders = {event.data.contact_key for event in sent}
    assert db["contacts"].count_documents({}) == len(senders)
    assert db["conversations"].count_documents({}) == len(senders)
    tickets = {each["_id"]: each for each in db["tickets"].find()}
    assert len(tickets) == len(senders)
    assert len({each["number"] for each in tickets.values()}) == len(senders)
    conversations = {each["contact_key"]: each for each in db["conversations"].find()}
    position: Counter[str] = Counter()
    for event in sent:
        key, said = event.data.contact_key, stored[event.data.dedupe_key]
        assert said["conversation_id"] == conversations[key]["_id"]
        assert said["ticket_id"] == conversations[key]["open_ticket_id"]
        assert said["number"] == (position[key] or None), "in the order the customer wrote"
        position[key] += 1
    for conversation in conversations.values():
        ticket = tickets[conversation["open_ticket_id"]]
        assert ticket["comments_count"] == position[conversation["contact_key"]] - 1
    assert sum(each["n"] for each in db["counters"].find()) == len(senders)
    assert db["history"].count_documents({"what": "opened"}) == len(senders)
    assert db["quarantine"].count_documents({}) == 0


def stored_all(db: Database[Document], sent: Sequence[Event]) -> Any:
    """A condition: every message that was sent is stored."""
    return lambda: db["messages"].count_documents({}) >= len(sent)
