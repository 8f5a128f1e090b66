"""G6: messages per second the desk applies in batches, against the same code with batches of one."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bench import traffic
from bench.ledger import Ledger, desk_database
from bench.measure import CALIBRATION, interleave
from bench.report import Report
from bench.servers import CpuMeter, Servers
from bench.sizes import Sizes
from bench.traffic import Traffic, Webhook
from services.ticket_service.acting import Desk
from services.ticket_service.consume import DeskConsumer
from services.ticket_service.store.mongo import MongoDeskStore
from services.webhook_gateway.announce import announce
from services.webhook_gateway.channels.whatsapp_cloud import WhatsAppCloud
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from shared.contracts.envelope import new_traceparent
from shared.contracts.routes import queues_of
from shared.messaging.consumer import MAX_BATCH, BatchConsumer
from shared.messaging.message import Delivery, Outgoing
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import connect, database
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id
from shared.runtime.logging import configure_logging
from shared.runtime.stop import Stop

BATCHED: Final = f"batches of {MAX_BATCH} at most"
SINGLE: Final = "batches of one"
GOAL: Final = 15.0

_DATABASE: Final = "bench_consumer"
_TOGETHER: Final = 256
_READY_SECONDS: Final = 20.0
_QUEUES: Final = queues_of("ticket_service.worker")


class _Filler:
    """Fills the queues with what the gateway makes of webhooks."""

    def __init__(self, amqp_url: str) -> None:
        number = WhatsAppNumber(
            traffic.CHANNEL_ID, traffic.PHONE_NUMBER_ID, traffic.APP_SECRET, traffic.VERIFY_TOKEN
        )
        self._channel = WhatsAppCloud([number])
        self._publisher = PipelinedPublisher(amqp_url, green=False, source="bench")

    def start(self) -> None:
        """Connect."""
        self._publisher.start()
        deadline = time.monotonic() + _READY_SECONDS
        while not self._publisher.ready():
            if time.monotonic() > deadline:
                raise TimeoutError("the publisher did not connect")
            time.sleep(0.01)

    def fill(self, webhooks: Sequence[Webhook]) -> None:
        """Publish, many together, and return when the broker has all of them."""
        messages: list[Outgoing] = []
        for webhook in webhooks:
            now = datetime.now(UTC)
            items = self._channel.normalise(webhook.body, "", now, None)
            messages += announce(self._channel.kind, items, now, new_traceparent())
        for start in range(0, len(messages), _TOGETHER):
            self._publisher.publish(messages[start : start + _TOGETHER], timeout=30.0)

    def stop(self) -> None:
        """Disconnect."""
        self._publisher.stop()


class _Drained:
    """The worker's handler with a clock: from the first batch it gets to the commit of the last message."""

    def __init__(self, desk: DeskConsumer, expected: int, stop: Stop) -> None:
        self._desk = desk
        self._left = expected
        self._stop = stop
        self._began = self._ended = 0.0
        self.batches = 0

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Handle, count, and stop after the last."""
        self._began = self._began or time.perf_counter()
        self._desk.handle(batch)
        self._ended = time.perf_counter()
        self.batches += 1
        self._left -= len(batch)
        if self._left <= 0:
            self._stop.request()

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self._ended - self._began


class _Variant:
    """Fills the queues, drains them with one size of batch, and keeps what it took."""

    def __init__(self, bench: _Bench, batch_size: int, pids: dict[str, int]) -> None:
        self._bench = bench
        self._batch_size = batch_size
        self._meter = CpuMeter({"worker": os.getpid()} | pids)
        self._handled = self._batches = 0

    def slice(self, count: int) -> float:
        """Messages per second, of so many."""
        self._bench.fill(count)
        stop = Stop()
        drained = _Drained(self._bench.desk, count, stop)
        consumer = BatchConsumer(
            self._bench.amqp_url, _QUEUES, drained, self._bench.park, stop, batch_size=self._batch_size
        )
        self._meter.start()
        consumer.run()
        self._meter.stop()
        self._handled += count
        self._batches += drained.batches
        return count / drained.seconds

    def note(self, report: Report, name: str, rate: float) -> None:
        """Add what is no ratio to a report."""
        mean = self._handled / self._batches
        report.note(f"{name}, one process (mean {mean:.0f})", f"{rate:,.0f} messages/s")
        report.note(f"{name}, processor time of a message", self._meter.per(self._handled, "µs", 1e6))


class _Bench:
    """A desk in this process, its queues, and the book of what went into them."""

    def __init__(self, running: Servers, mongodb_uri: str) -> None:
        self.amqp_url = running.vhost("bench-consumer")
        self._client = connect(mongodb_uri, "bench")
        store = MongoDeskStore(self._client, database(self._client, _DATABASE))
        automatic = {traffic.CHANNEL_ID: True}
        self.desk = DeskConsumer(Desk(store, utc_now, new_id), automatic, lambda blob_id: None)
        self.parked: list[str] = []
        self.ledger = Ledger()
        self._traffic = Traffic(2)
        self._filler = _Filler(self.amqp_url)
        self._filler.start()

    def fill(self, count: int) -> None:
        """Put the next messages into the queues."""
        webhooks = self._traffic.take(count, time.time())
        self._filler.fill(webhooks)
        self.ledger.accept(webhooks)

    def park(self, _delivery: Delivery, reason: str, detail: str) -> None:
        """No message here deserves it."""
        self.parked.append(f"parked: {reason}: {detail}")

    def close(self) -> None:
        """Disconnect."""
        self._filler.stop()
        self._client.close()


def run(running: Servers, sizes: Sizes) -> Report:
    """Measure and report."""
    configure_logging("bench", "consumer", "WARNING")
    assert running.mongo is not None
    running.prepare_database(_DATABASE)
    bench = _Bench(running, running.mongo.uri)
    batched, single = (_Variant(bench, size, running.pids()) for size in (MAX_BATCH, 1))
    variants = {
        BATCHED: lambda: batched.slice(sizes.consumer_batched),
        SINGLE: lambda: single.slice(sizes.consumer_single),
    }
    try:
        for warm_up in variants.values():
            warm_up()
        series = interleave(variants, sizes.consumer_rounds)
    finally:
        bench.close()
    report = Report("consumer")
    ratio = series.ratio(BATCHED, SINGLE)
    report.at_least("G6", f"{BATCHED}, against {SINGLE}", GOAL, ratio.median, str(ratio))
    batched.note(report, BATCHED, series.rate(BATCHED))
    single.note(report, SINGLE, series.rate(SINGLE))
    report.note(CALIBRATION, series.unrest)
    report.details["series"] = series.as_json()
    messages, faults = bench.ledger.check(desk_database(running.mongo, _DATABASE))
    report.none_of("", f"of {messages:,} messages lost, doubled, misfiled or parked", bench.parked + faults)
    return report
