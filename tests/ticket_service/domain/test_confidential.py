"""The life of a confidential request: waits, is answered once, and is forgotten in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.ticket_service.domain.confidential import (
    MOST_CHARACTERS,
    ConfidentialField,
    ConfidentialRequest,
    link_hash,
)
from services.ticket_service.domain.history import DESK

NOON = datetime(2025, 2, 27, 12, tzinfo=UTC)
IN_TIME, LATE = NOON + timedelta(hours=1), NOON + timedelta(hours=24)


def request() -> ConfidentialRequest:
    fields = (ConfidentialField("iban", "IBAN"), ConfidentialField("note", "Note", required=False))
    return ConfidentialRequest(
        "r", "t", "Your bank account?", fields, link_hash("secret"), 7, NOON, DESK, NOON + timedelta(hours=24)
    )


def test_it_waits_until_it_expires() -> None:
    asked = request()
    assert (asked.state(IN_TIME), asked.state(LATE)) == ("waiting", "expired")


def test_an_answer_is_kept_for_its_days_and_not_a_moment_longer() -> None:
    asked = request()
    asked.answer("sealed", IN_TIME)
    gone = IN_TIME + timedelta(days=7)
    assert asked.state(gone - timedelta(microseconds=1)) == "answered"
    assert asked.state(gone) == "deleted"


def test_the_link_works_once() -> None:
    asked = request()
    asked.answer("sealed", IN_TIME)
    with pytest.raises(ValueError, match="answered"):
        asked.answer("another", IN_TIME)
    assert asked.sealed == "sealed"


@pytest.mark.parametrize("at", [LATE, LATE + timedelta(days=1)])
def test_an_expired_link_takes_no_answer(at: datetime) -> None:
    with pytest.raises(ValueError, match="expired"):
        request().answer("sealed", at)


def test_withdrawn_before_the_answer_the_link_is_dead() -> None:
    asked = request()
    asked.withdraw(IN_TIME)
    assert asked.state(IN_TIME) == "withdrawn"


def test_withdrawn_after_the_answer_nothing_of_it_is_left() -> None:
    asked = request()
    asked.answer("sealed", IN_TIME)
    asked.withdraw(IN_TIME)
    assert (asked.state(IN_TIME), asked.sealed) == ("deleted", "")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"iban": "IT60 X054"}, {}),
        ({}, {"iban": "missing"}),
        ({"iban": "  "}, {"iban": "missing"}),
        ({"iban": "x", "note": "n" * MOST_CHARACTERS}, {}),
        ({"iban": "x", "note": "n" * (MOST_CHARACTERS + 1)}, {"note": "too_long"}),
    ],
)
def test_mistakes_name_their_field(given: dict[str, str], expected: dict[str, str]) -> None:
    assert request().mistakes(given) == expected


def test_neither_the_link_nor_the_answer_is_in_what_logs_would_show() -> None:
    asked = request()
    asked.answer("sealed-answer", IN_TIME)
    assert "sealed-answer" not in repr(asked)
    assert "secret" not in repr(asked)
