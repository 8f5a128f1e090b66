"""Mails made to hurt: each is read, or put aside, within a second of work."""

from __future__ import annotations

import pytest

from services.mail_collector.channels.email.content_key import content_key
from tests.mail_collector.reading.bombs import BOMBS
from tests.mail_collector.reading.corpus import found, read_within_a_second


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_within_a_second_of_work(name: str) -> None:
    raw = BOMBS[name]()
    reading = read_within_a_second(raw, found(raw))
    assert reading.aside is None
    assert reading.message is not None
    assert len(reading.files) <= 30
    assert len(content_key(raw)) == 32
