"""Cursors and positions, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.api.bodies import refuse_hostile
from services.ticket_service.api.pages import cut, decode_cursor, encode_cursor
from services.ticket_service.store.keyset import Order, Position
from shared.web.problems import Problem

_MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001 - the zone follows
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)
_POSITIONS = st.builds(
    Position,
    _MOMENTS,
    st.none() | st.integers(0, 2**31),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=600),
)


@given(_POSITIONS)
def test_a_cursor_leads_back_to_its_position(position: Position) -> None:
    assert decode_cursor(encode_cursor(position)) == position


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_garbage_is_no_cursor_and_no_crash(text: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(text)
    assert (refused.value.status, refused.value.slug) == (400, "invalid-cursor")


def test_a_page_is_cut_where_more_follows() -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    positions = [Position(at + timedelta(days=n), None, str(n)) for n in range(4)]
    shown, following = cut(positions, 3, lambda position: position)
    assert shown == positions[:3]
    assert following is not None
    assert decode_cursor(following) == positions[2]
    assert cut(positions, 4, lambda position: position) == (positions, None)
    assert cut([], 4, lambda position: position) == ([], None)


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_position_without_a_number_comes_before_all_that_have_one(newest_first: bool) -> None:
    order = Order("at", newest_first, numbered=True)
    after = order.after(Position(datetime(2025, 1, 1, tzinfo=UTC), None, "m"))
    assert ({"number": {"$ne": None}} in after["$or"]) is not newest_first


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.text(st.characters(exclude_characters="\0")),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.text(st.characters(exclude_characters="$.\0"), max_size=5), inner, max_size=3
            )
        ),
        max_leaves=10,
    )
)
def test_an_ordinary_document_passes(document: object) -> None:
    refuse_hostile(document)
