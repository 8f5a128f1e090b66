"""What every store of media jobs must do; run on MongoDB and on the in-memory twin."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from services.webhook_gateway.domain.media_job import FAILED, STORED, WAITING, Kept, MediaJob
from services.webhook_gateway.ports import MediaJobs
from services.webhook_gateway.store.media_jobs import MongoMediaJobs
from shared.messaging.message import Unavailable
from shared.mongo.connect import connect, database
from tests.support.memory_media_jobs import MemoryMediaJobs
from tests.webhook_gateway.media.building import NOW, a_job

MINUTE = timedelta(minutes=1)
KEPT = Kept(5, "a" * 64, "image/jpeg", "photo.jpg")


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def jobs(request: pytest.FixtureRequest) -> Iterator[MediaJobs]:
    if request.param == "memory":
        yield MemoryMediaJobs()
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        yield MongoMediaJobs(database(client, request.getfixturevalue("database_name")))


def claim(
    jobs: MediaJobs, mark: str = "me", *, at: timedelta = timedelta(0), paused: tuple[str, ...] = ()
) -> MediaJob:
    found = jobs.claim(NOW + at, NOW + at + MINUTE, mark, paused)
    assert found is not None
    return found


def test_a_job_comes_back_as_it_was_kept(jobs: MediaJobs) -> None:
    job = a_job(filename="è.jpg", size=2**40)
    assert jobs.add([job]) == [job]
    assert jobs.add([]) == []
    assert jobs.waiting() == 1
    assert claim(jobs) == replace(job, claim="me", claims=1, due_at=NOW + MINUTE)


def test_what_is_not_due_or_claimed_or_paused_is_not_claimed(jobs: MediaJobs) -> None:
    jobs.add([a_job(since=NOW)])
    assert jobs.claim(NOW - MINUTE, NOW, "me", []) is None
    assert jobs.claim(NOW, NOW + MINUTE, "me", ["whatsapp-main", "other"]) is None
    claim(jobs, paused=("other",))
    assert jobs.claim(NOW, NOW + MINUTE, "you", []) is None
    assert claim(jobs, "you", at=MINUTE).claims == 2, "the claim has run out"


def test_the_longest_due_comes_first(jobs: MediaJobs) -> None:
    jobs.add(
        [a_job("late", since=NOW), a_job("early", since=NOW - MINUTE), a_job("mid", since=NOW - MINUTE / 2)]
    )
    order = [claim(jobs, mark).since for mark in ("1", "2", "3")]
    assert order == sorted(order)


def test_only_who_holds_the_claim_renews_and_settles(jobs: MediaJobs) -> None:
    jobs.add([a_job()])
    mine = claim(jobs)
    assert jobs.renew(mine, NOW + 2 * MINUTE)
    assert jobs.claim(NOW + MINUTE, NOW + 3 * MINUTE, "you", []) is None
    yours = claim(jobs, "you", at=2 * MINUTE)
    assert not jobs.renew(mine, NOW + 9 * MINUTE)
    assert not jobs.settle(mine.failed(NOW), "me")
    assert jobs.settle(yours.stored(KEPT, NOW), "you")
    assert not jobs.settle(yours.failed(NOW), "you")
    assert not jobs.renew(yours, NOW + 9 * MINUTE)
    assert jobs.waiting() == 0


def test_a_job_put_off_is_due_again_then(jobs: MediaJobs) -> None:
    jobs.add([a_job()])
    jobs.settle(claim(jobs).put_off(NOW + MINUTE, attempts=3), "me")
    assert jobs.claim(NOW, NOW + MINUTE, "me", []) is None
    again = claim(jobs, at=MINUTE)
    assert (again.attempts, again.claims, again.state) == (3, 1, WAITING)


def test_asking_for_a_waiting_file_changes_nothing(jobs: MediaJobs) -> None:
    first = a_job()
    jobs.add([first])
    jobs.settle(claim(jobs).put_off(NOW + MINUTE, attempts=2), "me")
    (known,) = jobs.add([replace(a_job(since=NOW + 2 * MINUTE), cause="e2")])
    assert (known.attempts, known.due_at, known.cause) == (2, NOW + MINUTE, "e1")


def test_asking_for_a_stored_file_tells_what_is_stored(jobs: MediaJobs) -> None:
    jobs.add([a_job()])
    jobs.settle(claim(jobs).stored(KEPT, NOW), "me")
    (known,) = jobs.add([a_job(since=NOW + MINUTE)])
    assert (known.state, known.kept, known.ended_at) == (STORED, KEPT, NOW)


def test_asking_for_a_failed_file_begins_again(jobs: MediaJobs) -> None:
    jobs.add([a_job()])
    for round_number in (1, 2):
        jobs.settle(claim(jobs, at=round_number * MINUTE - MINUTE).failed(NOW), "me")
        assert jobs.waiting() == 0
        (known,) = jobs.add([replace(a_job(since=NOW + round_number * MINUTE), cause=f"e{round_number + 1}")])
        assert (known.state, known.attempts, known.round, known.ended_at) == (WAITING, 0, round_number, None)
        assert (known.since, known.cause) == (NOW + round_number * MINUTE, f"e{round_number + 1}")
    assert known.state != FAILED


def test_one_batch_may_ask_twice_and_for_many(jobs: MediaJobs) -> None:
    first, second = a_job("1"), a_job("2")
    assert jobs.add([first, second, first]) == [first, second, first]
    assert jobs.waiting() == 2


def test_many_claim_at_once_and_none_the_same(jobs: MediaJobs) -> None:
    jobs.add([a_job(str(number)) for number in range(20)])
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda mark: jobs.claim(NOW, NOW + MINUTE, str(mark), []), range(24)))
    found = [job.wanted.id for job in claimed if job is not None]
    assert len(found) == len(set(found)) == 20


@pytest.mark.integration
def test_a_database_that_is_away_is_said_to_be() -> None:
    with connect("mongodb://127.0.0.1:1/", "test") as client:
        jobs = MongoMediaJobs(database(client, "nowhere"))
        with pytest.raises(Unavailable):
            jobs.claim(NOW, NOW, "me", [])
