"""Taking turns is fair, whoever joins and leaves, and nobody gets more than they can carry."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.rotation import next_in_turn

MEMBERS = st.sets(st.sampled_from("abcdefgh"), min_size=1)


@given(MEMBERS, st.integers(0, 40))
def test_everybody_gets_as_many_give_or_take_one(members: set[str], tickets: int) -> None:
    given_to: Counter[str] = Counter(dict.fromkeys(members, 0))
    last = None
    for _ in range(tickets):
        last = next_in_turn(last, members, lambda each: True)
        assert last is not None
        given_to[last] += 1
    assert max(given_to.values()) - min(given_to.values()) <= 1


@given(MEMBERS, st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3)), st.integers(0, 40))
def test_nobody_gets_more_than_they_have_room_for(
    members: set[str], room: dict[str, int], tickets: int
) -> None:
    given_to: Counter[str] = Counter()
    last = None
    for _ in range(tickets):
        chosen = next_in_turn(last, members, lambda each: given_to[each] < room.get(each, 0))
        if chosen is None:
            break
        last = chosen
        given_to[chosen] += 1
    assert all(given_to[each] <= room.get(each, 0) for each in members)
    assert given_to.total() == min(tickets, sum(room.get(each, 0) for each in members))


def test_who_left_keeps_the_place_in_the_order() -> None:
    assert next_in_turn("b", {"a", "c"}, lambda each: True) == "c"
    assert next_in_turn("z", {"a", "c"}, lambda each: True) == "a"
    assert next_in_turn(None, set(), lambda each: True) is None
