"""Mails made to hurt: each is read, or put aside, within a second of work."""

from __future__ import annotations

import time

import pytest

from services.mail_collector.channels.email.content_key import content_key
from services.mail_collector.channels.email.read import read_mail
from tests.mail_collector.reading.bombs import BOMBS
from tests.mail_collector.reading.corpus import found


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_within_a_second_of_work(name: str) -> None:
    raw = BOMBS[name]()
    where = found(raw)
    started = time.thread_time()
    reading = read_mail(raw, where)
    assert time.thread_time() - started < 1.0
    assert reading.aside is None
    assert reading.message is not None
    assert len(reading.files) <= 30
    assert len(content_key(raw)) == 32
