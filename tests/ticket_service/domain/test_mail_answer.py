"""The words around an answer by mail."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.mail import MAX_SUBJECT, MailPerson
from services.ticket_service.domain.mail_answer import MAX_QUOTED, below, copies, own_subject, quoted

AT = datetime(2025, 2, 27, 12, 0, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("signature", "footer", "expected"),
    [
        ("", "", ""),
        ("Anna\n", " ACME ", "-- \nAnna\n\nACME"),
        ("Anna", "", "-- \nAnna"),
        (" \n", "ACME", "ACME"),
    ],
)
def test_the_signature_stands_above_the_footer(signature: str, footer: str, expected: str) -> None:
    assert below(signature, footer) == expected


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (MailPerson("a@b.example", "Anna"), "Anna <a@b.example>"),
        (MailPerson("a@b.example"), "a@b.example"),
        (MailPerson("a@b.example", "a@b.example"), "a@b.example"),
    ],
)
def test_a_quotation_says_who_wrote_and_when_in_the_desks_zone(who: MailPerson, shown: str) -> None:
    assert quoted("\n Ciao \n", who, AT, ROME) == f"2025-02-27 13:00, {shown}:\n\nCiao"


def test_a_long_quotation_is_cut_visibly() -> None:
    text = quoted("x" * (MAX_QUOTED + 1), MailPerson("a@b.example"), AT, ROME)
    assert text.endswith("x […]")
    assert len(text) < MAX_QUOTED + 100


def test_a_chosen_subject_gets_the_tag_once() -> None:
    assert own_subject("Il tecnico", "TT24", tagged=True) == "[TT24] Il tecnico"
    assert own_subject("Re: [TT24] Il tecnico", "TT24", tagged=True) == "Re: [TT24] Il tecnico"
    assert own_subject("Il tecnico", "TT24", tagged=False) == "Il tecnico"


@given(st.text(max_size=600), st.booleans())
def test_a_chosen_subject_is_one_line_that_fits(subject: str, tagged: bool) -> None:
    line = own_subject(subject, "TT24", tagged=tagged)
    assert len(line) <= MAX_SUBJECT
    assert not set(line) & set("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def test_nobody_gets_two_copies() -> None:
    assert copies(["A@x.example", "b@x.example", "a@X.example", "c@x.example"], ["C@x.example"]) == [
        "A@x.example",
        "b@x.example",
    ]
