"""Whom a note names."""

from __future__ import annotations

import pytest

from services.ticket_service.domain.mention import MOST_MENTIONS, handles_of, mentioned

PEOPLE = [
    ("u1", "anna@example.org", "Anna Rossi"),
    ("u2", "bruno@example.org", "Bruno"),
    ("u3", "bruno@example.com", "Bruno Verdi"),
    ("u4", "zoe.f@example.org", "Zoë Fontana"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@anna please call", ["u1"]),
        ("Ask @Anna, then @zoe.f.", ["u1", "u4"]),
        ("@AnnaRossi and @ZOËFONTANA", ["u1", "u4"]),
        ("@bruno@example.com knows", ["u3"]),
        ("@bruno fits two", []),
        ("@BrunoVerdi fits one", ["u3"]),
        ("@anna @anna @anna", ["u1"]),
        ("write to anna@example.org", []),
        ("@nobody", []),
        ("(@anna)", ["u1"]),
        ("", []),
    ],
)
def test_mentions(text: str, expected: list[str]) -> None:
    assert mentioned(text, handles_of(PEOPLE)) == expected


def test_a_note_full_of_names_calls_a_bounded_number_of_people() -> None:
    many = handles_of((f"id{n}", f"u{n}@example.org", "") for n in range(MOST_MENTIONS + 10))
    assert len(mentioned(" ".join(f"@u{n}" for n in range(MOST_MENTIONS + 10)), many)) == MOST_MENTIONS
