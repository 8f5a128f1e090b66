"""A provider's time is believed unless it cannot be true."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_gateway.domain.provider_time import EARLIEST, TOLERANCE, provider_seconds

RECEIVED = 1_740_691_294.12


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1740691293", 1_740_691_293),
        (1_740_691_293, 1_740_691_293),
        (1_740_691_293.9, 1_740_691_293),
        ("1740691354", 1_740_691_354),  # a minute ahead: clocks differ
        ("1740691355", None),
        ("1740698494", None),  # two hours ahead
        ("1739827294", 1_739_827_294),  # ten days old: webhooks are repeated for seven, and more
        ("1740691293000", None),  # milliseconds
        ("-5", None),
        (-5, None),
        (0, None),
        ("", None),
        ("0", None),
        ("soon", None),
        ("١٧٤٠٦٩١٢٩٣", None),
        ("1" * 5000, None),
        (True, None),
        (None, None),
        ([], None),
        (math.inf, None),
        (math.nan, None),
        (10**400, None),
    ],
)
def test_only_possible_times_are_believed(value: Any, seconds: int | None) -> None:
    assert provider_seconds(value, RECEIVED) == seconds


@given(st.one_of(st.integers(), st.floats(), st.text(), st.from_regex(r"\A[0-9]{1,14}\Z")))
def test_whatever_comes_the_answer_lies_between_the_beginning_and_now(value: Any) -> None:
    seconds = provider_seconds(value, RECEIVED)
    assert seconds is None or EARLIEST <= seconds <= RECEIVED + TOLERANCE
