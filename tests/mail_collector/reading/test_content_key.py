"""What a mail is known by: the same mail found twice is one, two mails with one Message-ID are two."""

from __future__ import annotations

import pytest

from services.mail_collector.channels.email.content_key import content_key

_MAIL = (
    b"Received: from a by b\r\nMessage-ID: <1@x.example>\r\nFrom: luca@bianchi.example\r\n"
    b"Date: Sun, 22 Nov 2026 10:30:00 +0100\r\nSubject: Il terminale\r\n non va\r\n\r\nciao\r\nmondo\r\n"
)


@pytest.mark.parametrize(
    "again",
    [
        b"Return-Path: <luca@bianchi.example>\r\nDelivered-To: b@example.org\r\n" + _MAIL,
        _MAIL.replace(b"\r\n", b"\n"),
        _MAIL + b"\r\n\r\n",
        _MAIL.replace(b"Subject: Il terminale\r\n non va", b"Subject: Il terminale non va"),
        _MAIL.replace(b"Message-ID", b"MESSAGE-id").replace(
            b"Received: from a by b", b"Received: from c by d"
        ),
    ],
)
def test_the_same_mail_found_elsewhere_has_the_same_key(again: bytes) -> None:
    assert content_key(again) == content_key(_MAIL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<1@x.example>", b"<2@x.example>"),
        (b"luca@", b"lucia@"),
        (b"10:30:00", b"10:30:01"),
        (b"non va", b"va"),
        (b"mondo", b"Mondo"),
    ],
)
def test_another_mail_has_another_key(old: bytes, new: bytes) -> None:
    assert content_key(_MAIL.replace(old, new)) != content_key(_MAIL)


def test_the_key_is_32_hex_digits_also_of_headers_alone_and_of_nothing() -> None:
    for raw in (b"", b"\x00", _MAIL.partition(b"\r\n\r\n")[0], b"\xff" * 1_000):
        assert int(content_key(raw), 16) >= 0
        assert len(content_key(raw)) == 32
