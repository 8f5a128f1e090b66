"""Jobs run in the process that holds the lease, each at its time, whatever becomes of the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.ticket_service.jobs.timers import LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, RUNS, Job, Timers
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop
from tests.support.waiting import wait_until

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Claimed:
    """A lease that a test gives and takes."""

    def __init__(self) -> None:
        self.ours = True
        self.away = False
        self.released = False

    def hold(self) -> bool:
        if self.away:
            raise Unavailable("told to be away")
        return self.ours

    def release(self) -> None:
        self.released = True


class Counting:
    """A job that counts its runs, and fails as often as it is told."""

    def __init__(self, failures: int = 0, error: type[Exception] = ValueError) -> None:
        self.runs: list[datetime] = []
        self.failures = failures
        self.error = error

    def __call__(self, now: datetime) -> int:
        self.runs.append(now)
        if len(self.runs) <= self.failures:
            raise self.error("told to fail")
        return 1


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)


Named = tuple[str, float, Callable[[datetime], int]]


def timers(time: Time, claim: Claimed, *jobs: Named, stop: Stop | None = None) -> Timers:
    return Timers([Job(*each) for each in jobs], claim, stop or Stop(), time.now, time)


def turns(found: Timers, time: Time, seconds: int) -> None:
    for _ in range(seconds):
        found.renew()
        found.turn()
        time.passed += 1


@pytest.fixture
def time() -> Time:
    return Time()


def test_each_job_runs_at_once_and_then_as_often_as_it_should(time: Time) -> None:
    often, seldom = Counting(), Counting()
    turns(timers(time, Claimed(), ("often", 5, often), ("seldom", 60, seldom)), time, 120)
    assert (len(often.runs), len(seldom.runs)) == (24, 2)
    assert often.runs[0] == START


@pytest.mark.parametrize("error", [ValueError, Unavailable])
def test_a_job_that_fails_is_tried_again_and_keeps_no_other_from_running(
    time: Time, error: type[Exception]
) -> None:
    failing, other = Counting(failures=1, error=error), Counting()
    before = RUNS.labels("failing", "failed")._value.get()
    turns(timers(time, Claimed(), ("failing", 3600, failing), ("other", 3600, other)), time, 120)
    assert len(other.runs) == 1
    assert [(run - START).total_seconds() for run in failing.runs] == [0, RETRY_SECONDS]
    assert RUNS.labels("failing", "failed")._value.get() == before + 1


def test_without_the_lease_nothing_runs(time: Time) -> None:
    claim, job = Claimed(), Counting()
    claim.ours = False
    found = timers(time, claim, ("job", 5, job))
    turns(found, time, 60)
    assert job.runs == []
    claim.ours = True
    turns(found, time, 1)
    assert len(job.runs) == 1


def test_a_lease_that_cannot_be_renewed_is_given_up_before_another_process_may_take_it(
    time: Time,
) -> None:
    claim = Claimed()
    found = timers(time, claim)
    found.renew()
    claim.away = True
    active = []
    for second in range(30):
        found.renew()
        active += [second] if found.active else []
        time.passed += 1
    assert active == list(range(int(LEASE_SECONDS - RENEW_SECONDS)))


def test_a_killed_process_is_replaced_within_half_a_minute() -> None:
    assert LEASE_SECONDS + RENEW_SECONDS < 30


def test_a_lost_lease_stops_the_jobs_that_come_next(time: Time) -> None:
    claim, second = Claimed(), Counting()
    found: list[Timers] = []

    def loses(now: datetime) -> int:
        claim.ours = False
        found[0].renew()
        return 0

    found.append(timers(time, claim, ("loses", 5, loses), ("second", 5, second)))
    turns(found[0], time, 10)
    assert second.runs == []


def test_asked_to_stop_it_ends_the_job_under_way_and_gives_the_lease_back(time: Time) -> None:
    claim, stop, began = Claimed(), Stop(), threading.Event()
    ended = []

    def long(now: datetime) -> int:
        began.set()
        wait_until(lambda: stop.requested, 10)
        ended.append(now)
        return 0

    found = timers(time, claim, ("long", 5, long), stop=stop)
    running = threading.Thread(target=found.run)
    running.start()
    assert began.wait(10)
    stop.request()
    running.join(10)
    assert not running.is_alive()
    assert len(ended) == 1
    assert claim.released
