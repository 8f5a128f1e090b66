"""G1, G3, G4: webhooks per second, each verified, normalised and confirmed by the broker before its 200."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import slow_disk, wrk
from bench.measure import CALIBRATION, Series, interleave
from bench.report import Report
from bench.servers import Servers, Web, purge, servers
from bench.sizes import Sizes
from bench.traffic import Traffic, http_request

EMPTY: Final = "empty route"
OURS: Final = "gateway"
TEXTBOOK: Final = "textbook gateway"
FSYNC_MS: Final = 3

GOAL_OF_EMPTY: Final = 0.55
GOAL_OF_TEXTBOOK: Final = 2.4
GOAL_SLOW_DISK: Final = 0.40


class _Bench:
    """Slices of load against web processes that share one broker."""

    def __init__(self, running: Servers, amqp_url: str, requests: Path) -> None:
        self._running = running
        self._amqp_url = amqp_url
        self._requests = requests
        self.loads: dict[str, list[wrk.Load]] = {}
        self.faults: list[str] = []
        self._accepted = self._published = self._slices = 0

    def slice(self, name: str, web: Web, publishes: bool) -> Callable[[], float]:
        """One second of load; the queues are emptied afterwards and what lay in them is counted."""

        def measure() -> float:
            load = wrk.run(web.port, self._requests, 1)
            self.loads.setdefault(name, []).append(load)
            self.faults += load.faults(name)
            if publishes:
                self._accepted += load.accepted
                self._slices += 1
                self._published += purge(self._amqp_url, self._running.inbound)
            return load.rate

        return measure

    def check_published(self) -> None:
        """Every accepted webhook was in a queue; beyond those only what was on its way when a slice ended."""
        self._published += purge(self._amqp_url, self._running.inbound)
        lost = self._accepted - self._published
        if lost > 0:
            self.faults.append(f"{lost} of {self._accepted} accepted webhooks are in no queue")
        if -lost > self._slices * wrk.CONNECTIONS:
            self.faults.append(f"{-lost} more messages in the queues than webhooks accepted")


def run(running: Servers, sizes: Sizes) -> Report:
    """Measure and report."""
    wrk.ensure_installed()
    report = Report("gateway")
    series = _measure(running, running.vhost("bench-gateway"), sizes, report, textbook=True)
    ours, base = series.ratio(OURS, EMPTY), series.ratio(OURS, TEXTBOOK)
    report.at_least("G1", "gateway against an empty Flask route", GOAL_OF_EMPTY, ours.median, str(ours))
    report.at_least("G3", "gateway against the textbook gateway", GOAL_OF_TEXTBOOK, base.median, str(base))
    for name in (EMPTY, OURS, TEXTBOOK):
        report.note(f"{name}, one worker, {wrk.CONNECTIONS} connections", f"{series.rate(name):,.0f} /s")
    report.note(CALIBRATION, series.unrest)
    report.details["series"] = series.as_json()
    if sizes.slow_disk_rounds and slow_disk.possible():
        _slow_disk(running, sizes, report)
    report.none_of("", "webhooks refused, or accepted and not in a queue", report.faults)
    return report


def _slow_disk(running: Servers, sizes: Sizes, report: Report) -> None:
    """The same against a broker of its own whose disk is slower."""
    running.stop()
    folder = running.folder / "slow-disk"
    folder.mkdir()
    with slow_disk.slow_disk(FSYNC_MS), servers(folder, database=False) as slow:
        series = _measure(slow, slow.broker.url, sizes, report, textbook=False)
    ratio = series.ratio(OURS, EMPTY)
    what = f"G1 with {FSYNC_MS} ms added to each fsync of the broker"
    report.at_least("G4", what, GOAL_SLOW_DISK, ratio.median, str(ratio))
    report.details["slow_disk_series"] = series.as_json()


def _measure(running: Servers, amqp_url: str, sizes: Sizes, report: Report, *, textbook: bool) -> Series:
    """One interleaved run, after a short one of each for warming up. What goes wrong goes into the report."""
    gateway, empty = running.gateway(amqp_url), running.empty(amqp_url)
    traffic = Traffic(1)
    requests = running.folder / "gateway-requests"
    # The port in the Host header is read by nobody here, so one file serves all.
    webhooks = traffic.take(sizes.gateway_bodies, time.time())
    wrk.write_requests(requests, (http_request(webhook, gateway.port) for webhook in webhooks))
    bench = _Bench(running, amqp_url, requests)
    variants = {EMPTY: bench.slice(EMPTY, empty, False), OURS: bench.slice(OURS, gateway, True)}
    if textbook:
        variants[TEXTBOOK] = bench.slice(TEXTBOOK, running.textbook_gateway(amqp_url), True)
    for warm_up in variants.values():
        warm_up()
    bench.loads.clear()
    series = interleave(variants, sizes.gateway_rounds if textbook else sizes.slow_disk_rounds)
    bench.check_published()
    report.faults += bench.faults
    return series
