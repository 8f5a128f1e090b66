"""The lattice of delivery states: any order, any repetition, one end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.delivery_state import RANK, highest, merge_times

START = datetime(2026, 1, 1, tzinfo=UTC)
STATES = ("sent", "delivered", "read", "failed")
reports = st.lists(
    st.dictionaries(st.sampled_from(STATES), st.integers(0, 50).map(lambda n: START + timedelta(seconds=n)))
)


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ((), "queued"),
        (("sent",), "sent"),
        (("read",), "read"),
        (("read", "sent"), "read"),
        (("delivered", "sent"), "delivered"),
        (("sent", "failed"), "failed"),
        (STATES, "failed"),
    ],
)
def test_the_state_is_the_highest_reported(times: tuple[str, ...], state: str) -> None:
    assert highest(dict.fromkeys(times, START)) == state


def test_every_permutation_of_receipts_ends_alike() -> None:
    one_each = [{state: START + timedelta(seconds=RANK[state])} for state in STATES]
    ends = {tuple(sorted(merge_times(*order).items())) for order in permutations(one_each + one_each[:2])}
    assert len(ends) == 1


@given(reports, st.randoms())
def test_order_repetition_and_grouping_do_not_matter(
    given_reports: list[dict[str, datetime]], random: object
) -> None:
    shuffled = given_reports * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected = merge_times(*given_reports)
    assert merge_times(*shuffled) == expected
    half = len(shuffled) // 2
    assert merge_times(merge_times(*shuffled[:half]), merge_times(*shuffled[half:])) == expected
