"""What is typed in whatever field arrives as plain text: markup as it is, and nothing that is no letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_gateway.channels.webchat.plain_text import clean, clean_line, web_address
from tests.webhook_gateway.webchat.doors.rig import Chats, somebody

SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}#{7*7}<%= 7*7 %>",
    "'; DROP TABLE visitors; --",
    '{"$ne": null}',
    "%3Cscript%3E",
    "&lt;script&gt;",
    "=cmd|' /C calc'!A0",
    "</textarea></title></style></script><script>alert(1)</script>",
    "\\u003cscript\\u003e",
)
LIES = (
    ("user\u202egnp.exe", "usergnp.exe"),
    ("\u2066a\u2069b\u202a\u202b\u202c\u202d", "ab"),
    ("a\x00b", "ab"),
    ("a\x1b[31mb\x07", "a[31mb"),
    ("a\x7f\x80\x9fb", "ab"),
    ("a\ufeff\uffffb\ufff9", "ab"),
    ("\u05e2\u05d1\u200f ok", "\u05e2\u05d1\u200f ok"),
    ("👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
)


def everywhere(text: str) -> dict[str, Any]:
    """A message with this in every field that takes words."""
    return {
        "id": "message-1",
        "kind": "form",
        "text": text,
        "answers": {"question": text, text[:60]: "x"},
        "labels": {"question": text},
        "details": {"name": text, "answers": {"field": text}, "consents": [text[:60]]},
        "visit": {
            "referrer": text,
            "pages": [{"url": "https://shop.example/", "title": text}],
            "campaign": {"source": text},
        },
        "language": text,
        "time_zone": text,
    }


def told(text: str, raw: bytes | None = None) -> tuple[Any, Any]:
    chats = Chats()
    data = json.dumps(everywhere(text)).encode() if raw is None else raw
    answer = chats.post("messages", token=somebody()[1], data=data)
    assert answer.status_code == 202, answer.text
    received, posted = chats.events()
    return received.data, posted.data


def fields(received: Any, posted: Any) -> list[str]:
    visitor = received.visitor
    return [
        received.sender.name,
        posted.author.name,
        received.content["answers"]["question"],
        received.content["labels"]["question"],
        visitor.answers["field"],
        visitor.pages[0].title,
        visitor.campaign["source"],
    ]


@pytest.mark.parametrize("text", SCRIPTS)
def test_markup_arrives_letter_by_letter_in_every_field(text: str) -> None:
    received, posted = told(text)
    assert set(fields(received, posted)) == {text}
    assert visitor_addresses(received) == {"", "https://shop.example/"}
    assert posted.text == received.text
    assert posted.text.startswith(f"{text}: {text}\n")


def visitor_addresses(received: Any) -> set[str]:
    visitor = received.visitor
    return {visitor.referrer, visitor.language, visitor.time_zone, *(page.url for page in visitor.pages)}


@pytest.mark.parametrize(("text", "left"), LIES)
def test_what_makes_letters_lie_is_taken_out_of_every_field(text: str, left: str) -> None:
    assert set(fields(*told(text))) == {left}


@pytest.mark.parametrize(
    ("written", "left"),
    [(rb"a\ud83db", "a�b"), (rb"\udc00a", "�a"), (rb"a\u0000b", "ab"), (rb"a\ud83d\ude00b", "a😀b")],
)
def test_half_letters_become_whole_ones(written: bytes, left: str) -> None:
    raw = json.dumps(everywhere("PLACE")).encode().replace(b"PLACE", written)
    assert set(fields(*told("", raw))) == {left}


@given(st.text())
def test_what_is_left_can_be_written_everywhere(text: str) -> None:
    for left in (clean(text), clean_line(text)):
        left.encode()
        assert "\x00" not in left
        assert "\r" not in left
        assert clean(left) == left
    assert "\n" not in clean_line(text)


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S"))))
def test_letters_signs_and_punctuation_stay(text: str) -> None:
    assert clean_line(text) == text


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("https://shop.example/a?b=c#d", "https://shop.example/a?b=c"),
        ("https://user:password@shop.example/", "https://shop.example/"),
        ("https://shop.example:8443/", "https://shop.example:8443/"),
        ("http://[::1]/", "http://[::1]/"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\x00script:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,<script>alert(1)</script>", ""),
        ("file:///etc/passwd", ""),
        ("//shop.example/", ""),
        ("/cart", ""),
        ("https://", ""),
        ("http://[::1/", ""),
        ("https://shop.example/ x", ""),
        ("https://shop.example/" + "x" * 2_000, ""),
        ("", ""),
    ],
)
def test_addresses_are_of_pages_or_nothing(address: str, left: str) -> None:
    assert web_address(address) == left


@given(st.text())
def test_no_text_breaks_the_reading_of_addresses(text: str) -> None:
    for address in (web_address(text), web_address("https://" + text)):
        assert address == "" or address.startswith(("http://", "https://"))
