"""G1, G3, G4: webhooks per second, each verified, normalised and confirmed by the broker before its 200."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from bench import slow_disk, wrk
from bench.measure import CALIBRATION, Series, interleave
from bench.report import Report
from bench.servers import CpuMeter, Servers, Web, purge, servers
from bench.sizes import Sizes
from bench.traffic import Traffic, http_request

EMPTY: Final = "empty route"
OURS: Final = "gateway"
TEXTBOOK: Final = "textbook gateway"
FSYNC_MS: Final = 3

GOAL_OF_EMPTY: Final = 0.55
GOAL_OF_TEXTBOOK: Final = 2.4
GOAL_SLOW_DISK: Final = 0.40


class _Run:
    """One interleaved run of web processes that share a broker: `series`, and `faults` in words."""

    series: Series

    def __init__(self, running: Servers, amqp_url: str, sizes: Sizes) -> None:
        self._running = running
        self._amqp_url = amqp_url
        self._requests = running.folder / "gateway-requests"
        self._meters: dict[str, CpuMeter] = {}
        self._answered = Counter[str]()
        self._accepted = self._published = self._slices = 0
        self.faults: list[str] = []
        # Nobody here reads the port in the Host header, so one file serves all.
        webhooks = Traffic(1).take(sizes.gateway_bodies, time.time())
        wrk.write_requests(self._requests, (http_request(webhook, 80) for webhook in webhooks))

    def measure(self, rounds: int, *, textbook: bool) -> None:
        """Start what is compared, warm it up, measure, and count what arrived."""
        variants = {
            EMPTY: self._slice(EMPTY, self._running.empty(self._amqp_url), publishes=False),
            OURS: self._slice(OURS, self._running.gateway(self._amqp_url), publishes=True),
        }
        if textbook:
            web = self._running.textbook_gateway(self._amqp_url)
            variants[TEXTBOOK] = self._slice(TEXTBOOK, web, publishes=True)
        for warm_up in variants.values():
            warm_up()
        self.series = interleave(variants, rounds)
        self._check_published()

    def note_rates(self, report: Report) -> None:
        """Add what is no ratio to a report."""
        for name, meter in self._meters.items():
            report.note(
                f"{name}, one worker, {wrk.CONNECTIONS} connections", f"{self.series.rate(name):,.0f} /s"
            )
            used = meter.per(self._answered[name], "µs", 1e6)
            report.note(f"{name}, processor time of a webhook", used)
        report.note(CALIBRATION, self.series.unrest)

    def _slice(self, name: str, web: Web, *, publishes: bool) -> Callable[[], float]:
        """One second of load; the queues are emptied afterwards and what lay in them is counted."""
        meter = CpuMeter({"application": web.child.pid or 0} | self._running.pids(database=False))
        self._meters[name] = meter

        def measure() -> float:
            meter.start()
            load = wrk.run(web.port, self._requests, 1)
            meter.stop()
            self._answered[name] += load.requests
            self.faults += load.faults(name)
            if publishes:
                self._accepted += load.accepted
                self._slices += 1
                self._published += purge(self._amqp_url, self._running.inbound)
            return load.rate

        return measure

    def _check_published(self) -> None:
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
    normal = _Run(running, running.vhost("bench-gateway"), sizes)
    normal.measure(sizes.gateway_rounds, textbook=True)
    running.stop()
    faults = normal.faults
    ours, theirs = normal.series.ratio(OURS, EMPTY), normal.series.ratio(OURS, TEXTBOOK)
    report.at_least("G1", "gateway against an empty Flask route", GOAL_OF_EMPTY, ours.median, str(ours))
    report.at_least(
        "G3", "gateway against the textbook gateway", GOAL_OF_TEXTBOOK, theirs.median, str(theirs)
    )
    report.details["series"] = normal.series.as_json()
    if sizes.slow_disk_rounds:
        slow_disk.ensure_installed()
        slow = _on_a_slow_disk(running, sizes)
        faults += slow.faults
        ratio = slow.series.ratio(OURS, EMPTY)
        what = f"G1 with {FSYNC_MS} ms added to each fsync of the broker"
        report.at_least("G4", what, GOAL_SLOW_DISK, ratio.median, str(ratio))
        report.details["slow_disk_series"] = slow.series.as_json()
    normal.note_rates(report)
    report.none_of("", "webhooks refused, or accepted and not in a queue", faults)
    return report


def _on_a_slow_disk(running: Servers, sizes: Sizes) -> _Run:
    """The same against a broker of its own whose disk is slower."""
    folder = running.folder / "slow-disk"
    folder.mkdir()
    with slow_disk.slow_disk(FSYNC_MS), servers(folder, database=False) as slow:
        measured = _Run(slow, slow.broker.url, sizes)
        measured.measure(sizes.slow_disk_rounds, textbook=False)
    return measured
