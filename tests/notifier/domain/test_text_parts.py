"""Long texts are cut where a reader pauses, in order, and nothing but white space is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.text_parts import fits, text_parts


def _without_space(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("short", 10, ["short"]),
        ("", 10, []),
        ("  \n ", 10, []),
        ("one two three", 8, ["one two", "three"]),
        ("first paragraph\n\nsecond one", 20, ["first paragraph", "second one"]),
        ("a line of text\nand another", 20, ["a line of text", "and another"]),
        ("It is done. Now the rest", 16, ["It is done.", "Now the rest"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("👍👍👍", 4, ["👍👍", "👍"]),
        ("aaae\u0301bb", 4, ["aaa", "e\u0301bb"]),
    ],
)
def test_cut_at_the_best_pause(text: str, limit: int, parts: list[str]) -> None:
    assert text_parts(text, limit) == parts


@given(st.text(max_size=400), st.integers(4, 60))
def test_nothing_is_lost_and_every_part_fits(text: str, limit: int) -> None:
    parts = text_parts(text, limit)
    assert _without_space("".join(parts)) == _without_space(text)
    assert all(part and fits(part, limit) for part in parts)


@given(st.text("ab .\n", max_size=300))
def test_a_text_that_fits_stays_whole(text: str) -> None:
    assert text_parts(text, 600) == ([text.strip()] if text.strip() else [])
