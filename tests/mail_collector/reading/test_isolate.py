"""Mails are read in a process of their own: none can harm those behind it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.mail_collector.channels.email.isolate import IsolatedReader
from services.mail_collector.channels.email.read import read_mail
from tests.mail_collector.reading.bombs import BOMBS
from tests.mail_collector.reading.corpus import NAMES, found, raw_of
from tests.mail_collector.reading.hostile import DONE, obedient
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    reader = IsolatedReader()
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def impatient() -> Iterator[IsolatedReader]:
    reader = IsolatedReader(obedient, cpu_seconds=1)
    yield reader
    reader.close()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("work on and on", "took-too-long"),
        ("take memory", "too-much-memory"),
        ("abort", "too-much-memory"),
        ("be killed", "reader-ended"),
        ("panic", "unreadable"),
    ],
)
def test_a_mail_that_takes_too_much_is_put_aside_and_the_next_one_is_read(
    impatient: IsolatedReader, word: str, reason: str
) -> None:
    raw = word.encode()
    reading = impatient.read_mail(raw, found(raw))
    assert reading.aside is not None
    assert reading.aside.reason == reason
    assert impatient.read_mail(b"next", found(b"next")) == DONE


def test_a_mail_larger_than_the_memory_for_reading_breaks_nothing() -> None:
    narrow = IsolatedReader(obedient, memory=20 * 1024 * 1024)
    huge = b"x" * 30_000_000
    readings = [narrow.read_mail(raw, found(b"")) for raw in (b"first", huge, b"next")]
    narrow.close()
    assert (readings[0], readings[2]) == (DONE, DONE)
    assert readings[1].aside is not None


def test_children_that_end_while_they_have_no_mail_are_replaced() -> None:
    reader = IsolatedReader(obedient)
    answer = reader.read_mail(b"who are you", found(b"")).aside
    assert answer is not None
    seen = int(answer.detail)
    os.kill(seen, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{seen}").exists())
    reading = reader.read_mail(b"next", found(b""))
    reader.close()
    assert reading == DONE


def test_a_mail_that_waits_for_nothing_is_put_aside_by_the_clock() -> None:
    hasty = IsolatedReader(obedient, seconds=0.3)
    reading = hasty.read_mail(b"wait on and on", found(b""))
    hasty.close()
    assert reading.aside is not None
    assert reading.aside.reason == "took-too-long"


def test_the_corpus_and_its_bombs_fit_into_the_limits_and_read_the_same_from_many_threads(
    reader: IsolatedReader,
) -> None:
    mails = [raw_of(name) for name in NAMES[::8]]
    mails += [BOMBS[name]() for name in ("30 MB of base64", "10 MB of HTML")]
    with ThreadPoolExecutor(4) as threads:
        readings = list(threads.map(lambda raw: reader.read_mail(raw, found(raw)), mails))
    assert readings == [read_mail(raw, found(raw)) for raw in mails]
