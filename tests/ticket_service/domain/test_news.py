"""News are gathered without growing: each thing once, how it is last, everything that changed of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.news import KINDS, MOST_THINGS, TICKETS, News

_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from("abc"), st.integers(0, 9), st.sets(st.sampled_from("xyz"))
    )
)


@given(_CHANGES, st.integers(0, 20))
def test_it_does_not_matter_how_news_are_cut_into_pieces(
    changes: list[tuple[str, str, int, set[str]]], cut: int
) -> None:
    whole, first, second = News(), News(), News()
    for number, (kind, id_, fact, what) in enumerate(changes):
        whole.add(kind, id_, {"fact": fact}, what)
        (first if number < cut else second).add(kind, id_, {"fact": fact}, what)
    first.merge(second)
    assert _sorted(first) == _sorted(whole)


def _sorted(news: News) -> dict[str, list[str]]:
    return {kind: sorted(map(str, items)) for kind, items in news.wire().items()}


def test_too_much_becomes_a_gap_and_stays_one() -> None:
    news = News()
    for number in range(MOST_THINGS + 1):
        news.add(TICKETS, str(number), {}, {"status"})
    assert news.wire() == {"gap": True}
    later = News()
    later.add(TICKETS, "1", {}, {"status"})
    news.merge(later)
    assert news.wire() == {"gap": True}
    later.merge(news)
    assert later.wire() == {"gap": True}


def test_nothing_is_nothing() -> None:
    assert not News()
    assert News().wire() == {}
    assert News(gap=True)
