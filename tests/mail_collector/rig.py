"""The collector's worker over real servers, in this process; and what it told the broker."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pika

from deploy.local.ports import HOST
from deploy.local.private import PrivateDovecot
from services.mail_collector.channels.email.read import read_mail
from services.mail_collector.channels.email.settings import EmailSettings, ImapServer
from services.mail_collector.config import CollectorSettings, StoreSettings, WorkerSettings
from services.mail_collector.domain.found import Found
from services.mail_collector.domain.reading import Aside, Reading
from services.mail_collector.wiring import Worker, build_worker
from services.mail_collector.worker import run
from shared.blobs.settings import BlobSettings
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.contracts.routes import ROUTES
from shared.messaging.topology import declare_topology
from shared.runtime.settings import ProcessSettings
from shared.runtime.stop import Stop
from tests.support.dovecot import PASSWORD, SUPPORT
from tests.support.waiting import wait_until

REPLAYS = "mail_collector.replays"


def mail(number: int, *, subject: str = "", sender: str = "anna@customer.test", body: str = "Hello") -> bytes:
    """A plain mail; another number, another Message-ID."""
    return (
        f"From: Anna <{sender}>\r\nTo: {SUPPORT}\r\nSubject: {subject or f'Mail {number}'}\r\n"
        f"Message-ID: <{number}@customer.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


class DirectReader:
    """Reads without a process of its own; `spoilt` subjects cannot be read."""

    def __init__(self) -> None:
        self.spoilt: set[bytes] = set()

    def read_mail(self, raw: bytes, found: Found) -> Reading:
        """What the real one says."""
        if any(word in raw for word in self.spoilt):
            return Reading(aside=Aside("took-too-long", "It took too long."))
        return read_mail(raw, found)

    def close(self) -> None:
        """Nothing runs."""


class LightReader(DirectReader):
    """Reads one mail, and says the same of all others but for their keys: for very many mails."""

    def __init__(self) -> None:
        super().__init__()
        self._first: Reading | None = None

    def read_mail(self, raw: bytes, found: Found) -> Reading:
        """The first one's message, as this mail's."""
        self._first = self._first or super().read_mail(raw, found)
        assert self._first.message is not None
        return Reading(message=self._first.message | {"dedupe_key": found.dedupe_key})


class Told:
    """What the collector published: taken from the queues, in each queue's order."""

    def __init__(self, amqp_url: str) -> None:
        declare_topology(amqp_url)
        self._connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        self._channel = self._connection.channel()
        self.events: list[Event] = []
        for queue in [queue for route in ROUTES for queue in route.queues() if queue != REPLAYS]:
            self._channel.basic_consume(queue, self._take, auto_ack=True)

    def of(self, event_type: str) -> list[Any]:
        """The data of everything of this type that was published so far."""
        self._connection.process_data_events(time_limit=0.05)
        return [event.data for event in self.events if event.type == event_type]

    def _take(self, _channel: Any, _method: Any, _properties: Any, body: bytes) -> None:
        self.events.append(decode(body))

    def subjects(self) -> list[str]:
        """Of the received mails."""
        return [message.mail.subject for message in self.of("message.received")]

    def wait_for(self, count: int, event_type: str = "message.received", seconds: float = 20.0) -> list[Any]:
        """At least so many of a type."""
        return (
            wait_until(lambda: found if len(found := self.of(event_type)) >= count else None, seconds) or []
        )

    def publish(self, exchange: str, routing_key: str, body: str) -> None:
        """As whoever asks for a replay does."""
        self._channel.basic_publish(exchange, routing_key, body.encode())

    def close(self) -> None:
        """Disconnect."""
        with contextlib.suppress(pika.exceptions.AMQPError):
            self._connection.close()


def mailbox(server: PrivateDovecot, **changed: Any) -> EmailSettings:
    """The desk's mailbox on this server; `port` may be a proxy's, `password` a wrong one."""
    port, user = changed.pop("port", server.node.port), changed.pop("user", SUPPORT)
    imap = changed.pop("imap", None) or ImapServer(
        HOST, port, user, "none", changed.pop("password", PASSWORD)
    )
    values: dict[str, Any] = {"id": "mail", "address": user, "imap": imap, "poll_seconds": 3_600}
    return EmailSettings(**values | changed)


class Rig:
    """Builds workers over one broker and one database."""

    def __init__(self, amqp_url: str, mongodb_uri: str, database_name: str) -> None:
        self.amqp_url = amqp_url
        self.mongodb_uri = mongodb_uri
        self.database_name = database_name
        self.told = Told(amqp_url)
        self.reader = DirectReader()
        """May be replaced before a worker is built."""

    def settings(self, mailboxes: Sequence[EmailSettings], **changed: str) -> WorkerSettings:
        """For these mailboxes; `amqp_url`, `mongodb_uri` and `blobs_uri` may be others."""
        uri = changed.get("mongodb_uri", self.mongodb_uri)
        process = ProcessSettings("INFO", changed.get("amqp_url", self.amqp_url), Path("channels.yaml"))
        return WorkerSettings(
            CollectorSettings(process, tuple(mailboxes)),
            StoreSettings("INFO", uri, self.database_name),
            BlobSettings(changed.get("blobs_uri", uri), f"{self.database_name}_blobs"),
        )

    @contextlib.contextmanager
    def collecting(
        self, *mailboxes: EmailSettings, lease_seconds: float = 3.0, **changed: str
    ) -> Iterator[Worker]:
        """A worker that runs for as long as the block lasts."""
        stop = Stop()
        settings = self.settings(mailboxes, **changed)
        worker = build_worker(settings, stop, reader=self.reader, lease_seconds=lease_seconds)
        thread = threading.Thread(target=run, args=(worker, stop))
        thread.start()
        try:
            yield worker
        finally:
            stop.request()
            thread.join(30)
            assert not thread.is_alive(), "the worker does not end"
