"""A message in parts: how it stands as a whole, what ends with a part that failed, what is sent again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.delivery import DONE, SENDING, UNKNOWN, WAITING, Delivery, Failure
from services.notifier.domain.message import (
    EARLIER_PART_FAILED,
    behind_a_failed_part,
    current_parts,
    cut_off,
    never_taken,
    parts_to_repeat,
    standing,
)
from tests.notifier.building import NOW, SECOND, a_delivery, a_message

BAD = Failure("131026", "Undeliverable")


def at(**seconds: float) -> dict[str, datetime]:
    return {state: NOW + after * SECOND for state, after in seconds.items()}


def parts(*times: Mapping[str, datetime], **changes: object) -> list[Delivery]:
    made = a_message("m", len(times), **changes)
    return [
        replace(one, times=its, stage=DONE if its else WAITING) for one, its in zip(made, times, strict=True)
    ]


def test_a_single_part_stands_as_it_does_itself() -> None:
    times = at(sent=1, read=3)  # no "delivered" is invented
    assert standing([a_delivery(times=times)]).times == times


def test_a_state_counts_once_all_parts_have_reached_it_from_the_latest_of_them() -> None:
    assert standing(parts(at(sent=1), {})).times == {}
    assert standing(parts(at(sent=1, delivered=9), at(sent=2))).times == at(sent=2)
    assert standing(parts(at(sent=1, delivered=9), at(sent=2, delivered=5))).times == at(sent=2, delivered=9)


def test_a_part_that_was_read_had_been_delivered() -> None:
    assert standing(parts(at(sent=1, read=4), at(sent=1, delivered=3))).times == at(sent=1, delivered=4)


def test_one_failed_part_fails_the_message_at_once_with_its_reason() -> None:
    deliveries = parts(at(sent=1), at(failed=2), at(failed=2))
    failures = (None, BAD, EARLIER_PART_FAILED)
    deliveries = [replace(one, failure=why) for one, why in zip(deliveries, failures, strict=True)]
    stands = standing(deliveries)
    assert stands.times == at(failed=2)
    assert stands.failure == BAD


def test_provider_ids_come_in_the_order_of_the_parts() -> None:
    deliveries = [replace(one, provider_message_id=f"w{one.part}") for one in a_message("m", 3)]
    random.Random(1).shuffle(deliveries)
    assert standing(deliveries).provider_message_ids == ("w0", "w1", "w2")


def test_a_part_asked_for_again_replaces_the_earlier_one() -> None:
    first = parts(at(sent=1), at(failed=2))
    again = replace(first[1], send_id="m~1.1", attempt=1, times=at(sent=8), failure=None)
    stands = standing([again, *first])
    assert (stands.attempt, stands.times) == (1, at(sent=8))


def test_a_message_cut_up_anew_counts_its_new_parts_only() -> None:
    first = parts(at(failed=1), at(failed=1), at(failed=1))
    whole = a_delivery("m~1.0", message_id="m", attempt=1, times=at(sent=5))
    assert current_parts([*first, whole]) == [whole]


def test_what_waits_behind_a_failed_part_ends_and_what_may_be_on_its_way_does_not() -> None:
    failed, *others = a_message("m", 5)
    failed = replace(failed, times=at(failed=1), stage=DONE, failure=BAD)
    stages = ((WAITING, 0), (SENDING, 0), (UNKNOWN, 1), (WAITING, 1))
    rest = [
        replace(one, stage=stage, unknowns=unknowns)
        for one, (stage, unknowns) in zip(others, stages, strict=True)
    ]
    [ended] = cut_off([failed, *rest], NOW + 2 * SECOND)
    assert (ended.part, ended.stage, ended.times) == (1, DONE, at(failed=2))
    assert ended.failure == EARLIER_PART_FAILED
    assert [behind_a_failed_part(one, [failed, *rest]) for one in (failed, *rest)] == [False, *[True] * 4]


def test_nothing_ends_while_nothing_has_failed() -> None:
    assert cut_off(parts(at(sent=1), {}), NOW) == []


def test_only_what_the_customer_does_not_have_is_sent_again() -> None:
    deliveries = parts(at(sent=1), at(sent=1, failed=2), {})
    assert [one.part for one in parts_to_repeat(deliveries)] == [1]
    assert not never_taken(deliveries)
    assert never_taken(parts(at(failed=1), at(failed=1)))
    assert never_taken([])


STATES = st.dictionaries(st.sampled_from(("sent", "delivered", "read", "failed")), st.integers(0, 50))


@given(st.lists(STATES, min_size=1, max_size=4), st.randoms())
def test_more_news_never_takes_back_what_was_told(
    reports: list[dict[str, int]], chance: random.Random
) -> None:
    """The desk keeps the earliest time it was told: told late and told early it must end alike."""
    news = [(part, state, after) for part, times in enumerate(reports) for state, after in times.items()]
    chance.shuffle(news)
    known: list[dict[str, datetime]] = [{} for _ in reports]
    told: dict[str, datetime] = {}
    for part, state, after in news:
        known[part][state] = NOW + after * SECOND
        for name, time in standing(parts(*known)).times.items():
            assert name not in told or time <= told[name]
            told[name] = time
    assert told == standing(parts(*known)).times
