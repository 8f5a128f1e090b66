"""Which words of a text are found, and by which queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.words import (
    MAX_LENGTH,
    MAX_QUERY_WORDS,
    MAX_WORDS,
    folded,
    query_words,
    words_of,
)


def found(query: str, text: str) -> bool:
    """As the store decides it: each word of the query begins a word of the text."""
    wanted, there = query_words(query), words_of(text)
    return bool(wanted) and all(any(word.startswith(each) for word in there) for each in wanted)


TEXT = "2025-02-27 22:21:33 - +393351032246 Città di Łódź, straße: N° 42; mario.rossi@example.org TT24"


@pytest.mark.parametrize(
    "query",
    [
        "citta", "CITTÀ", "città", "cit", "lodz", "Łódź", "STRASSE", "straße", "mario",
        "mario.rossi@example.org", "Rossi mario",
        "tt24", "TT2", "2025-02-27", "22:21", "+393351032246", "393351032246", "335 103 2246",
        "+39 335 103.2246", "2246", "1032246", "3351032", "3351 TT", "42",
    ],
)  # fmt: skip
def test_what_is_found(query: str) -> None:
    assert found(query, TEXT)


@pytest.mark.parametrize("query", ["itta", "rosso", "TT25", "9999", "citta roma", ".*", "", "  ", "224 7"])
def test_what_is_not_found(query: str) -> None:
    assert not found(query, TEXT)


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("335 103 2246", "3351032246"),
        ("(+39) 335-103-2246", "1032"),
        ("0039/335.1032246", "3933510"),
        ("call 06 1234 5678 now", "061234"),
        ("order 20250012345", "0012345"),
    ],
)
def test_a_number_is_found_by_any_part_of_four_digits_however_it_is_written(written: str, query: str) -> None:
    assert found(query, written)


def test_dates_and_times_are_no_phone_numbers() -> None:
    assert words_of("27-02-2025 22:21:34") == ["27", "02", "2025", "22", "21", "34"]


def test_numbers_too_short_or_too_long_for_a_phone_have_no_parts() -> None:
    assert words_of("123456") == ["123456"]
    assert words_of("1" * 16) == ["1" * 16]


def test_single_letters_are_left_out_but_not_single_signs_of_other_scripts() -> None:
    assert words_of("a 好 e 7") == ["好"]


@given(st.text(max_size=400))
def test_words_are_bounded_distinct_and_folding_again_changes_nothing(text: str) -> None:
    words = words_of(text)
    assert len(words) == len(set(words)) <= MAX_WORDS
    assert all(0 < len(word) <= MAX_LENGTH for word in words)
    assert len(query_words(text)) <= MAX_QUERY_WORDS
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet="abcdefghì èéüñçÅø0123 ", min_size=2, max_size=60))
def test_every_text_is_found_by_its_own_words(text: str) -> None:
    for word in words_of(text):
        assert found(word, text)


@given(st.text(alphabet="0123456789", min_size=7, max_size=15), st.data())
def test_every_part_of_a_phone_number_is_found(number: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(number) - 4))
    end = data.draw(st.integers(start + 4, len(number)))
    assert found(number[start:end], f"+{number}")


def test_a_long_text_is_found_by_its_first_words() -> None:
    text = " ".join(f"word{number}" for number in range(1_000))
    assert len(words_of(text)) == MAX_WORDS
    assert found("word0", text)
