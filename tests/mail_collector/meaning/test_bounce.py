"""Bounces of many servers give the recipient, the reason in words and the mail that came back."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail_collector.channels.email.bounce import MAX_REPORTS, bounces_of
from services.mail_collector.channels.email.bounce_words import status_in, words_for
from services.mail_collector.channels.email.part_texts import text_of

_SAMPLES = sorted((Path(__file__).parents[2] / "payloads" / "bounces").glob("*.eml"))


@pytest.mark.parametrize("path", _SAMPLES, ids=lambda path: path.stem)
def test_a_bounce_is_read(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    reports = bounces_of(message_from_bytes(path.read_bytes()))
    assert [
        {
            "message_id": report.message_id,
            "recipient": report.recipient,
            "state": report.state,
            "code": report.code,
            "title": report.title,
        }
        for report in reports
    ] == [{name: value for name, value in one.items() if name != "detail_has"} for one in expected]
    for report, one in zip(reports, expected, strict=True):
        assert one["detail_has"] in report.detail
        assert report.remedy


def test_a_report_on_very_many_recipients_is_cut() -> None:
    groups = "\n\n".join(f"Final-Recipient: rfc822; a{n}@b.example\nAction: failed" for n in range(500))
    raw = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n{groups}\n"
    assert len(bounces_of(message_from_bytes(raw.encode()))) == MAX_REPORTS


def test_a_very_long_text_of_a_mail_server_costs_no_more_than_a_short_one() -> None:
    raw = (
        b"From: mailer-daemon@mx.example\nReturn-Path: <>\n\n" + b"a@b.example <x@y.example>: no\n" * 100_000
    )
    assert len(bounces_of(message_from_bytes(raw))) <= MAX_REPORTS


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.0.0 smtp; 550 5.1.1 no such user", "5.1.1"),
        ("550-5.7.26 Unauthenticated", "5.7.26"),
        ("(#4.4.2)", "4.4.2"),
        ("550 no such user", "550"),
        ("connect to 5.9.1.20 refused", ""),
        ("", ""),
    ],
)
def test_the_most_telling_status_is_taken(text: str, status: str) -> None:
    assert status_in(text) == status


@pytest.mark.parametrize("code", ["", "5", "5.", "5.1", "5.1.1", "5.99.99", "999", "x.y.z", "4.7.0", "550"])
def test_every_status_has_words(code: str) -> None:
    words = words_for(code, "")
    assert words.title
    assert words.remedy


@given(st.sampled_from(_SAMPLES), st.data())
def test_a_damaged_bounce_is_read_as_far_as_it_goes(path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[at] = data.draw(st.integers(0, 255))
    message = message_from_bytes(bytes(raw))
    assert len(bounces_of(message)) <= MAX_REPORTS
    assert isinstance(text_of(message), str)
