"""How fast a channel may send: no second and no customer ever gets more than the provider takes."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.rate import (
    Grant,
    PairBucket,
    PairLimit,
    RateLimit,
    Turn,
    grant,
    rate_limit,
    take,
)
from tests.notifier.building import NOW, SECOND

META = PairLimit(45, 6.0)
PAUSES = st.lists(st.floats(0.0, 2.5), min_size=1, max_size=60)


@given(
    PAUSES, st.lists(st.integers(1, 120), min_size=60, max_size=60), st.sampled_from([0.5, 1, 10, 80, 1000])
)
def test_no_second_ever_gets_more_than_the_channel_may_send(
    pauses: list[float], wishes: list[int], per_second: float
) -> None:
    limit, kept, all_grants = rate_limit(per_second), tuple[Grant, ...](), list[Grant]()
    for seconds, wanted in zip(accumulate(pauses), wishes, strict=False):
        now = NOW + seconds * SECOND
        turn, kept = grant(kept, limit, wanted, now)
        if turn.granted:
            all_grants.append(Grant(now, turn.granted))
    for last in all_grants:
        window = max(1.0, 1 / per_second)  # a channel slower than one a second: one in its interval
        within = [one for one in all_grants if last.at - timedelta(seconds=window) <= one.at <= last.at]
        assert sum(one.amount for one in within) <= max(1, per_second)


@given(PAUSES)
def test_who_waits_as_long_as_told_is_given_something(pauses: list[float]) -> None:
    limit, kept, now = rate_limit(10), tuple[Grant, ...](), NOW
    for pause in pauses:
        now += pause * SECOND
        turn, kept = grant(kept, limit, 7, now)
        if not turn.granted:
            # The database keeps milliseconds: who comes that much later is late enough.
            turn, kept = grant(kept, limit, 7, now + (turn.seconds + 0.001) * SECOND)
            assert turn.granted > 0


def test_a_channel_that_was_quiet_may_send_a_whole_second_at_once_and_then_waits() -> None:
    limit = rate_limit(80)
    turn, kept = grant((), limit, 100, NOW)
    assert turn == Turn(80)
    refused, kept = grant(kept, limit, 1, NOW + 0.6 * SECOND)
    assert refused.granted == 0
    assert refused.seconds == pytest.approx(0.5)
    assert grant(kept, limit, 100, NOW + 1.1 * SECOND)[0] == Turn(80)


def test_what_no_longer_counts_is_forgotten() -> None:
    _, kept = grant((Grant(NOW, 3),), RateLimit(10, 1.0), 2, NOW + 2 * SECOND)
    assert kept == (Grant(NOW + 2 * SECOND, 2),)


@given(PAUSES)
def test_no_customer_gets_more_than_the_burst_and_one_for_each_interval(pauses: list[float]) -> None:
    bucket: PairBucket | None = None
    sent = []
    for seconds in accumulate(pauses + [0.0] * 60):
        now = NOW + seconds * SECOND
        taken = take(bucket, META, now)
        if isinstance(taken, PairBucket):
            bucket = taken
            sent.append(seconds)
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            assert last - first + 1 <= 45 + (sent[last] - sent[first]) / 6.0 + 1e-6


def test_a_customer_who_had_the_burst_waits_for_one_interval_each() -> None:
    bucket: PairBucket | None = None
    for _ in range(45):
        taken = take(bucket, META, NOW)
        assert isinstance(taken, PairBucket)
        bucket = taken
    assert take(bucket, META, NOW) == pytest.approx(6.0)
    assert take(bucket, META, NOW + 4 * SECOND) == pytest.approx(2.0)
    assert isinstance(take(bucket, META, NOW + 6 * SECOND), PairBucket)


def test_a_customer_who_was_left_alone_for_a_day_gets_one_burst_and_no_more() -> None:
    assert take(PairBucket(3.0, NOW), META, NOW + 86_400 * SECOND) == PairBucket(44.0, NOW + 86_400 * SECOND)


def test_a_clock_that_goes_back_fills_no_bucket() -> None:
    empty = PairBucket(0.0, NOW)
    assert take(empty, META, NOW - 3_600 * SECOND) == pytest.approx(6.0)
    almost = PairBucket(1.0, NOW)
    taken = take(almost, META, NOW - 3_600 * SECOND)
    assert taken == PairBucket(0.0, NOW)  # not from then on, or the hour would count twice
