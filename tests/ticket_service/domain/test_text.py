"""Nothing from outside may break the database."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.text import REPLACEMENT, clean_content, clean_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Buongiorno è 😀", "Buongiorno è 😀"),
        ("a\x00b", f"a{REPLACEMENT}b"),
        ("a\ud800b", f"a{REPLACEMENT}b"),
        ("\udc00", REPLACEMENT),
        ("\ud83d\ude00", "😀"),
        ("line\r\n\ttab", "line\r\n\ttab"),
    ],
)
def test_what_no_database_takes_is_replaced_and_nothing_else(text: str, clean: str) -> None:
    assert clean_text(text) == clean


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec=None)), JSON))
def test_any_content_can_be_stored(content: dict[str, Any]) -> None:
    assert bson.decode(bson.encode(clean_content(content))).keys() == clean_content(content).keys()


def test_content_that_is_too_deep_is_cut_and_the_rest_stays() -> None:
    deep: dict[str, Any] = {"end": 1}
    for _ in range(5_000):
        deep = {"inner": deep}
    assert bson.encode(clean_content({"deep": deep, "text": "kept"}))
    assert clean_content({"deep": deep, "text": "kept"})["text"] == "kept"


def test_numbers_that_fit_no_64_bits_are_kept_as_text() -> None:
    numbers = clean_content({"a": 2**63, "b": -(2**63), "c": True})
    assert numbers == {"a": str(2**63), "b": -(2**63), "c": True}
