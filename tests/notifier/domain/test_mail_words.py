"""What servers' numbers mean: the enhanced status counts where it stands, nothing else looks like it."""

from __future__ import annotations

import pytest

from services.notifier.domain.mail_words import meaning_of


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("550 5.1.1 No such user", "The mailbox does not exist"),
        ("550-5.1.1 The email account that you tried to reach does not exist", "The mailbox does not exist"),
        ("450 4.2.2 The mailbox is over quota", "The mailbox is full"),
        ("552 5.3.4 Message size exceeds fixed limit", "The mail is too large"),
        ("552 Message too large", "The mail is too large"),
        ("550 5.7.26 Unauthenticated email", "The mail server refuses the mail by its rules"),
        ("554 5.7.60 SMTP; Client does not have permissions to send as this sender",
         "The mail server does not let the desk send from this address"),
        ("554 Spam", "The mail server refuses the mail by its rules"),
        ("550 5.6.0 Invalid content", "The mail server refuses what the mail says"),
    ],
)  # fmt: skip
def test_a_reply_is_said_in_words(reply: str, title: str) -> None:
    meaning = meaning_of(reply)
    assert meaning is not None
    assert meaning.title == title
    assert meaning.remedy


@pytest.mark.parametrize(
    "reply", ["", "550 Denied by 10.5.1.1", "250 2.1.5 OK", "550 5.0.0 x", "550 5.1.1.9"]
)
def test_what_does_not_say_is_not_guessed(reply: str) -> None:
    assert meaning_of(reply) is None
