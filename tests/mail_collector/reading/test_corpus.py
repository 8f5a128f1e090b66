"""Nasty mails: what each of them gives stands beside it. None takes a second, none escapes."""

from __future__ import annotations

import pytest

from tests.mail_collector.reading.corpus import (
    CORPUS,
    NAMES,
    differences,
    expected_of,
    found,
    raw_of,
    read_within_a_second,
)


@pytest.mark.parametrize("name", NAMES)
def test_a_nasty_mail_is_read_as_expected(name: str) -> None:
    raw = raw_of(name)
    reading = read_within_a_second(raw, found(raw))
    assert differences(reading, expected_of(name)) == []


def test_every_mail_has_its_expectation_and_there_are_enough_of_them() -> None:
    assert {path.name.partition(".")[0] for path in CORPUS.glob("*.json")} == set(NAMES)
    assert len(NAMES) >= 150
