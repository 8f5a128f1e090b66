"""When a file is tried again and when it is given up, and when a whole channel is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_gateway.domain.media_job import (
    CHANNEL_GIVE_UP,
    GIVE_UP,
    LONGEST_PAUSE,
    MediaJob,
    Trouble,
    Wanted,
    given_up,
    pause,
)
from services.webhook_gateway.domain.media_pause import COUNTED, MOST_COUNTED, Standing

NOW = datetime(2025, 2, 27, 21, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = Trouble("status-500", "trouble")
GONE = Trouble("media-gone", "gone", lasting=True)
TOKEN = Trouble("channel-refused", "token", channel=True, counted=True)
COUNTS = Trouble("status-500", "trouble", counted=True)
WANTED = Wanted("a1", "image", "123", "", "", "", None, "m1", "c1", "whatsapp_cloud")


def job(since: datetime = NOW) -> MediaJob:
    return MediaJob(WANTED, since, since, "", "")


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 5), (1, 15), (2, 45), (3, 135), (5, 1_215), (6, 3_600), (1_000, 3_600)]
)
def test_pauses_grow_threefold_to_an_hour(attempts: int, seconds: int) -> None:
    assert pause(attempts, 0.0) == timedelta(seconds=seconds)
    assert pause(attempts, 1.0) == timedelta(seconds=seconds / 2)


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(-10, 1e9))
def test_a_pause_is_never_nothing_and_never_more_than_an_hour(
    attempts: int, jitter: float, wish: float
) -> None:
    assert timedelta(seconds=2.5) <= pause(attempts, jitter, wish) <= LONGEST_PAUSE


def test_the_providers_wish_is_kept_when_it_is_longer() -> None:
    assert pause(0, 0.0, wish=120) == timedelta(seconds=120)
    assert pause(3, 0.0, wish=1) == timedelta(seconds=135)


@pytest.mark.parametrize(
    ("trouble", "after", "ended"),
    [
        (GONE, timedelta(0), True),
        (LATER, GIVE_UP - SECOND, False),
        (LATER, GIVE_UP, True),
        (TOKEN, GIVE_UP, False),
        (TOKEN, CHANNEL_GIVE_UP - SECOND, False),
        (TOKEN, CHANNEL_GIVE_UP, True),
    ],
)
def test_a_file_has_a_day_and_seven_while_its_channel_fails(
    trouble: Trouble, after: timedelta, ended: bool
) -> None:
    assert given_up(job(), trouble, NOW + after) is ended


def test_a_channel_that_refuses_is_left_alone_for_longer_each_time_and_then_tried_by_one() -> None:
    standing, now = Standing(), NOW
    pauses = []
    for _ in range(6):
        standing = standing.troubled(TOKEN, now)
        assert standing.until is not None
        assert standing.paused(now)
        pauses.append((standing.until - now).total_seconds())
        now = standing.until
        assert not standing.paused(now)
        assert standing.claimed(now).paused(now), "others wait for what the first finds out"
    assert pauses == [5, 15, 45, 135, 405, 600]
    assert standing.failing == TOKEN
    well = standing.succeeded()
    assert well.failing is None
    assert not well.paused(NOW)
    assert not well.claimed(now).paused(now)


def test_a_passing_trouble_says_nothing_of_a_channel_that_refused_an_answer_does() -> None:
    refused = Standing().troubled(TOKEN, NOW)
    assert refused.troubled(LATER, NOW).failing == TOKEN
    assert refused.troubled(GONE, NOW).failing is None
    assert Standing().troubled(LATER, NOW).failing is None


def test_after_too_many_counted_errors_nothing_is_asked_until_the_first_is_an_hour_old() -> None:
    standing = Standing()
    for number in range(MOST_COUNTED):
        assert not standing.paused(NOW + number * SECOND)
        standing = standing.troubled(COUNTS, NOW + number * SECOND)
    assert standing.paused(NOW + COUNTED - SECOND)
    assert not standing.paused(NOW + COUNTED)
    assert standing.failing is None, "too many errors of ours are no fault of the channel"


@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from([COUNTS, TOKEN, LATER, GONE])), max_size=120))
def test_the_provider_never_counts_more_errors_in_an_hour_than_it_bears(
    events: list[tuple[float, Trouble]],
) -> None:
    standing, now = Standing(), NOW
    counted: list[datetime] = []
    for wait, trouble in events:
        now += timedelta(seconds=wait)
        if standing.paused(now):
            continue
        standing = standing.claimed(now).troubled(trouble, now)
        if trouble.counted:
            counted.append(now)
            assert sum(now - at < COUNTED for at in counted) <= MOST_COUNTED
