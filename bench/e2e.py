"""G7, G8: from the webhook to the committed ticket through gateway, broker, worker and database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pymongo.database import Database

from bench import open_loop, wrk
from bench.commits import CommitWatch
from bench.ledger import Ledger, committed_messages, desk_database, wait_for_messages, wait_until_quiet
from bench.measure import CALIBRATION, interleave, percentile
from bench.report import Report
from bench.servers import CpuMeter, Servers, Web
from bench.sizes import Sizes
from bench.traffic import Traffic, Webhook, http_request

OURS: Final = "pipeline"
TEXTBOOK: Final = "textbook pipeline"

GOALS_MS: Final = {240: (50.0, 100.0), 1_000: (150.0, 250.0)}
"""Webhooks per second: p99 of the answer, p99 of the commit."""
GOAL_OF_TEXTBOOK: Final = 2.0

_DRAIN_SECONDS: Final = 120.0
_MOST_PER_SECOND: Final = 12_000


@dataclass(slots=True)
class _Pipeline:
    """A gateway and a consumer with a virtual host and a database of their own."""

    name: str
    web: Web
    pids: dict[str, int]
    db: Database[dict[str, Any]]
    traffic: Traffic
    ledger: Ledger


def run(running: Servers, sizes: Sizes) -> Report:
    """Measure and report."""
    wrk.ensure_installed()
    assert running.mongo is not None
    report = Report("e2e")
    for name in ("bench_e2e", "bench_textbook"):
        running.prepare_database(name)
    vhost, textbook_vhost = running.vhost("bench-e2e"), running.vhost("bench-textbook")
    web = running.gateway(vhost)
    worker = running.worker(vhost, "bench_e2e")
    pids = {"gateway": web.child.pid or 0, "worker": worker.pid or 0} | running.pids()
    ours = _Pipeline(OURS, web, pids, desk_database(running.mongo, "bench_e2e"), Traffic(3), Ledger())
    for per_second in sizes.levels:
        _level(running, ours, per_second, sizes, report)
    # From here on each request is a message of its own, so that counting is enough.
    ours.traffic = Traffic(5, delivered_twice=0.0)

    textbook_web = running.textbook_gateway(textbook_vhost)
    running.textbook_consumer(textbook_vhost, "bench_textbook")
    textbook = _Pipeline(
        TEXTBOOK,
        textbook_web,
        {},
        desk_database(running.mongo, "bench_textbook"),
        Traffic(4, delivered_twice=0.0),
        Ledger(),
    )
    _saturate(running, ours, textbook, sizes, report)
    for pipeline in (ours, textbook):
        messages, faults = pipeline.ledger.check(pipeline.db)
        what = f"{pipeline.name}: of {messages:,} messages lost, doubled or misfiled"
        report.none_of("G7" if pipeline is ours else "", what, faults)
        pipeline.db.client.close()
    return report


def _level(running: Servers, pipeline: _Pipeline, per_second: int, sizes: Sizes, report: Report) -> None:
    """An open loop at one rate; the first seconds only warm up."""
    assert running.mongo is not None
    webhooks = pipeline.traffic.take(
        int(per_second * (sizes.warm_up_seconds + sizes.level_seconds)), time.time()
    )
    folder = running.folder
    requests, answers = folder / f"requests-{per_second}", folder / f"answers-{per_second}"
    wrk.write_requests(requests, (http_request(each, pipeline.web.port) for each in webhooks))
    watch = CommitWatch(running.mongo.uri, pipeline.db.name, folder / f"commits-{per_second}")
    meter = CpuMeter(pipeline.pids)
    meter.start()
    began = time.monotonic()
    generator = open_loop.start(pipeline.web.port, requests, per_second, answers)
    code = generator.wait(timeout=600)
    seconds = time.monotonic() - began
    meter.stop()
    if code != 0:
        watch.stop()
        raise RuntimeError(f"the load generator ended with {code}")
    found = open_loop.read_answers(answers)
    refused = _book(pipeline, webhooks, found)
    wait_for_messages(pipeline.db, pipeline.ledger.accepted, _DRAIN_SECONDS)
    time.sleep(0.5)  # the stream may still be telling of what is already counted
    commits = watch.stop()
    measured = found[0].due + sizes.warm_up_seconds
    _report_level(per_second, webhooks, found, commits, measured, report)
    report.note(f"{per_second}/s: share of a core", meter.per(seconds * 0.01, "%"))
    report.none_of("", f"{per_second}/s: webhooks refused", refused)


def _book(pipeline: _Pipeline, webhooks: list[Webhook], answers: list[open_loop.Answer]) -> list[str]:
    """Enter what was accepted into the ledger; what was refused comes back as faults."""
    pairs = list(zip(webhooks, answers, strict=True))
    pipeline.ledger.accept(webhook for webhook, answer in pairs if answer.status == 200)
    pipeline.ledger.maybe(webhook for webhook, answer in pairs if answer.status != 200)
    return [f"status {answer.status}: {webhook.wamid}" for webhook, answer in pairs if answer.status != 200]


def _report_level(
    per_second: int,
    webhooks: list[Webhook],
    answers: list[open_loop.Answer],
    commits: dict[str, float],
    measured_from: float,
    report: Report,
) -> None:
    answered = [each.milliseconds for each in answers if each.due >= measured_from]
    committed, seen = [], set()
    for webhook, answer in zip(webhooks, answers, strict=True):
        # The second delivery of a webhook commits nothing: only the first has a commit to wait for.
        first = webhook.message_id not in seen
        seen.add(webhook.message_id)
        if first and answer.due >= measured_from and webhook.message_id in commits:
            committed.append((commits[webhook.message_id] - answer.due) * 1e3)
    goals = GOALS_MS.get(per_second)
    for what, times, goal in (
        ("webhook answered", answered, goals and goals[0]),
        ("webhook to commit", committed, goals and goals[1]),
    ):
        name = f"{per_second}/s: {what}, p99 (p50 {percentile(times, 50):.1f} ms)"
        if goal is None:
            report.note(name, f"{percentile(times, 99):.1f} ms")
        else:
            report.at_most("G7", name, goal, percentile(times, 99), "ms")
    report.details[f"level_{per_second}"] = {
        "answered_ms": {str(each): percentile(answered, each) for each in (50, 90, 99, 100)},
        "committed_ms": {str(each): percentile(committed, each) for each in (50, 90, 99, 100)},
        "requests": len(answered),
    }


def _saturate(running: Servers, ours: _Pipeline, textbook: _Pipeline, sizes: Sizes, report: Report) -> None:
    """Both pipelines in turn, as fast as their gateways take it; the clock stops at the last commit."""
    lost: list[str] = []
    variants = {
        OURS: _slice(running, ours, sizes.saturated_seconds, lost),
        TEXTBOOK: _slice(running, textbook, sizes.textbook_seconds, lost),
    }
    series = interleave(variants, sizes.saturated_rounds)
    ratio = series.ratio(OURS, TEXTBOOK)
    what = "saturated: pipeline against the textbook one"
    report.at_least("G8", what, GOAL_OF_TEXTBOOK, ratio.median, str(ratio))
    for name in (OURS, TEXTBOOK):
        report.note(f"saturated: {name}, committed", f"{series.rate(name):,.0f} messages/s")
    report.note(CALIBRATION, series.unrest)
    report.details["saturated_series"] = series.as_json()
    report.none_of("", "saturated: webhooks refused, or accepted and not committed", lost)


def _slice(running: Servers, pipeline: _Pipeline, seconds: int, faults: list[str]) -> Callable[[], float]:
    """Some seconds of closed-loop load, each request a message of its own; committed messages per second.

    wrk cannot tell which requests it gave up at the end, so up to one for each connection may be stored
    beyond those accepted.
    """
    # What was not sent in one slice is sent in the next: regulars should not be unknown to the desk.
    supply: list[Webhook] = []
    requests = running.folder / f"requests-{pipeline.name}"

    def measure() -> float:
        wanted = _MOST_PER_SECOND * seconds
        supply.extend(pipeline.traffic.take(wanted - len(supply), time.time()))
        wrk.write_requests(requests, (http_request(each, pipeline.web.port) for each in supply))
        stored = committed_messages(pipeline.db)
        load = wrk.run(pipeline.web.port, requests, seconds)
        ended = time.monotonic()
        touched = load.requests + wrk.CONNECTIONS + 1
        if touched > wanted:
            raise RuntimeError(
                f"{pipeline.name}: faster than the {_MOST_PER_SECOND}/s this bench prepares for"
            )
        committed = wait_for_messages(pipeline.db, stored + load.accepted, _DRAIN_SECONDS)
        pipeline.ledger.maybe(supply[:touched])
        del supply[:touched]
        faults.extend(load.faults(pipeline.name))
        missing = stored + load.accepted - wait_until_quiet(pipeline.db)
        if missing > 0:
            faults.append(f"{pipeline.name}: {missing} accepted webhooks were not committed")
        return load.accepted / (load.seconds + committed - ended)

    return measure
