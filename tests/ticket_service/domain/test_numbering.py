"""What numbers look like, and from which sequence they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.numbering import (
    DEFAULT_MASK,
    Numbering,
    mistakes,
    number,
    series,
)

ROME = ZoneInfo("Europe/Rome")
AT = datetime(2025, 2, 27, 22, 21, 33, tzinfo=ROME)


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ({}, "TT24"),
        ({"prefix": ""}, "24"),
        ({"scheme": "integer"}, "24"),
        ({"scheme": "mask"}, "2025-02-00024"),
        ({"scheme": "mask", "mask": "SI{yy}{mm}-{seq:4}"}, "SI2502-0024"),
        ({"scheme": "mask", "mask": "{seq}"}, "24"),
        ({"scheme": "mask", "mask": "{dd}.{seq:1}"}, "27.24"),
    ],
)
def test_a_number_is_written_as_its_scheme_says(given_: dict[str, Any], shown: str) -> None:
    assert number(Numbering(**given_), AT, 24) == shown


def test_a_sequence_longer_than_its_zeros_is_written_whole() -> None:
    assert number(Numbering(scheme="mask", mask="{seq:2}"), AT, 12_345) == "12345"


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ({}, "tickets"),
        ({"scheme": "integer", "reset": "yearly"}, "tickets"),
        ({"scheme": "mask"}, "tickets"),
        ({"scheme": "mask", "reset": "yearly"}, "tickets:2025"),
        ({"scheme": "mask", "reset": "monthly"}, "tickets:2025-02"),
    ],
)
def test_only_a_mask_begins_anew(given_: dict[str, Any], name: str) -> None:
    assert series(Numbering(**given_), AT) == name


def test_the_month_is_the_desks_own_not_utc() -> None:
    midnight = datetime.fromisoformat("2025-02-28T23:30:00+00:00").astimezone(ROME)
    monthly = Numbering(scheme="mask", mask=DEFAULT_MASK, reset="monthly")
    assert series(monthly, midnight) == "tickets:2025-03"
    assert number(monthly, midnight, 1) == "2025-03-00001"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scheme": "roman"}, "scheme"),
        ({"reset": "daily"}, "reset"),
        ({"prefix": "T T"}, "prefix"),
        ({"prefix": "TT\n"}, "prefix"),
        ({"prefix": "x" * 21}, "prefix"),
        ({"prefix": "../"}, "prefix"),
        ({"start": 0}, "start"),
        ({"mask": "no sequence"}, "mask"),
        ({"mask": "{seq}{seq}"}, "mask"),
        ({"mask": "{year}{seq}"}, "mask"),
        ({"mask": "{seq:99}"}, "mask"),
        ({"mask": "{seq}/{mm}"}, "mask"),
        ({"mask": "{seq}{"}, "mask"),
        ({"mask": "{seq}\n"}, "mask"),
        ({"mask": "x" * 60 + "{seq}"}, "mask"),
        ({"mask": "{mm}-{seq}", "reset": "monthly"}, "mask"),
        ({"mask": "{yyyy}-{seq}", "reset": "monthly"}, "mask"),
        ({"mask": "{mm}-{seq}", "reset": "yearly"}, "mask"),
    ],
)
def test_a_scheme_that_cannot_number_tickets_is_refused_with_what_helps(
    wrong: dict[str, Any], field: str
) -> None:
    found = mistakes(Numbering(**wrong))
    assert {name for name, _ in found} == {field}
    assert all(problem.endswith(".") for _, problem in found)


MASKS = st.lists(
    st.sampled_from(["{yyyy}", "{yy}", "{mm}", "{dd}", "-", "_", "T", "x.", "0"]), max_size=5
).map("".join)


@given(
    before=MASKS,
    after=MASKS,
    zeros=st.integers(1, 12),
    reset=st.sampled_from(["never", "yearly", "monthly"]),
    when=st.lists(
        st.integers(0, 3 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC)), min_size=2, max_size=2
    ),
    places=st.lists(st.integers(1, 10**6), min_size=2, max_size=2, unique=True),
)
def test_two_places_of_one_series_never_have_the_same_number(
    before: str, after: str, zeros: int, reset: str, when: list[datetime], places: list[int]
) -> None:
    scheme = Numbering(scheme="mask", mask=f"{before}A{{seq:{zeros}}}B{after}", reset=reset)
    if mistakes(scheme):
        return
    first, second = ((series(scheme, at), number(scheme, at, n)) for at, n in zip(when, places, strict=True))
    assert first[0] != second[0] or first[1] != second[1]
    for at in when:
        same_place = number(scheme, when[0], places[0]), number(scheme, at, places[0])
        if series(scheme, when[0]) != series(scheme, at):
            assert same_place[0] != same_place[1]
