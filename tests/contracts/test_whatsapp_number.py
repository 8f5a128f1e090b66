"""One person has one number, however WhatsApp writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.whatsapp_number import canonical


@pytest.mark.parametrize(
    ("wa_id", "number"),
    [
        ("393351032246", "+393351032246"),
        ("+393351032246", "+393351032246"),
        ("16505551234", "+16505551234"),
        # Brazil: area code and eight digits of a mobile number lack the ninth digit; landlines have none.
        ("551187654321", "+5511987654321"),
        ("5511987654321", "+5511987654321"),
        ("556181234567", "+5561981234567"),
        ("551132345678", "+551132345678"),
        # Mexico: the 1 of the old plan is gone.
        ("5215512345678", "+525512345678"),
        ("525512345678", "+525512345678"),
        ("523312345678", "+523312345678"),
        # Argentina: the 9 belongs to the international form.
        ("5491123456789", "+5491123456789"),
        ("541123456789", "+5491123456789"),
        ("542214567890", "+5492214567890"),
        # 52, 54 and 55 further inside are other countries.
        ("15212345678", "+15212345678"),
        ("375541234567", "+375541234567"),
    ],
)
def test_variants_of_one_number_are_one(wa_id: str, number: str) -> None:
    assert canonical(wa_id) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "12345",
        "1234567890123456",
        "0393351032246",
        "39335abc",
        "IT.13491208655302741918",
        "٣٩٣٣٥١٠٣٢٢٤٦",
        "39 335",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert canonical(text) is None


@given(st.from_regex(r"\A[1-9][0-9]{5,14}\Z"))
def test_canonical_is_stable(digits: str) -> None:
    number = canonical(digits)
    assert number is not None
    assert canonical(number) == number
    assert canonical(number[1:]) == number


@given(st.text(max_size=30))
def test_any_text_is_taken(text: str) -> None:
    number = canonical(text)
    assert number is None or (number[0] == "+" and number[1:].isdigit() and number.isascii())
