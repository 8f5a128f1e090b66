"""Texts of strangers on the ticket page: links, captions, maps, and mails made harmless."""

from __future__ import annotations

import html
import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.console.formats import money
from services.ticket_service.console.mails.cleaner import Cleaner
from services.ticket_service.console.ticket.words import caption, in_path, linked, map_address, pretty_json

PIXEL = '<img src="https://tracker.example/p.gif">'


@pytest.mark.parametrize(
    ("value", "currency", "language", "shown"),
    [
        (19.9, "EUR", "en", "€19.90"),
        (1234.5, "EUR", "it", "1.234,50\xa0€"),
        (500, "JPY", "en", "¥500"),
        ("1e999999999", "EUR", "en", "1e999999999 EUR"),
        ("NaN", "EUR", "en", "NaN EUR"),
        ("on request", "EUR", "en", "on request EUR"),
        (None, None, "en", ""),
        (3, "<b>", "en", "3 <b>"),
    ],
)
def test_an_amount_is_written_as_the_language_does(
    value: float | str | None, currency: str | None, language: str, shown: str
) -> None:
    app = Flask(__name__)
    Babel(app, default_locale=language)
    with app.test_request_context():
        assert money(value, currency) == shown


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("see https://example.com/a?b=1&c=2.", ["https://example.com/a?b=1&c=2"]),
        ("(http://example.com) and HTTPS://EXAMPLE.ORG/x!", ["http://example.com", "HTTPS://EXAMPLE.ORG/x"]),
        ('https://example.com/"><script>alert(1)</script>', ["https://example.com/"]),
        ("javascript:alert(1) data:text/html,x ftp://example.com", []),
        ("no address at all", []),
    ],
)
def test_web_addresses_become_links_and_nothing_else_does(text: str, addresses: list[str]) -> None:
    shown = BeautifulSoup(str(linked(text)), "html.parser")

    assert [link["href"] for link in shown.find_all("a")] == addresses
    assert all("noopener" in link["rel"] for link in shown.find_all("a"))
    assert shown.get_text() == text
    assert {tag.name for tag in shown.find_all(True)} <= {"a"}


@given(st.text())
def test_whatever_is_written_is_shown_as_it_was_written(text: str) -> None:
    without_links = re.sub(r"</?a[^>]*>", "", str(linked(text)))

    assert html.unescape(without_links) == text
    assert not {"<", ">"} & set(without_links)


@pytest.mark.parametrize(
    ("text", "kind", "files", "shown"),
    [
        ("[image]", "image", [{}], ""),
        ("[document] a.pdf", "document", [{}], ""),
        ("Look at this", "image", [{}], "Look at this"),
        ("[image]", "image", [], "[image]"),
        ("[imagery]", "image", [{}], "[imagery]"),
    ],
)
def test_a_text_that_only_stands_for_a_file_is_not_shown_beside_it(
    text: str, kind: str, files: list[object], shown: str
) -> None:
    assert caption({"text": text, "kind": kind, "attachments": files}) == shown


@pytest.mark.parametrize(
    "place",
    [{}, {"latitude": "x", "longitude": 1}, {"latitude": float("nan"), "longitude": 1}, {"latitude": 1}],
)
def test_a_place_without_coordinates_has_no_map(place: dict[str, object]) -> None:
    assert map_address(place) == ""


def test_a_place_has_a_map() -> None:
    address = map_address({"latitude": 45.4642, "longitude": "9.19"})
    assert address.startswith("https://www.openstreetmap.org/?mlat=45.464200&mlon=9.190000")


def test_an_id_is_one_segment_of_an_address() -> None:
    assert in_path("a/b?c#d=") == "a%2Fb%3Fc%23d%3D"


def test_what_is_no_json_is_shown_as_it_is() -> None:
    assert pretty_json("{oops") == "{oops"
    assert pretty_json('{"a":1}') == '{\n  "a": 1\n}'


@pytest.mark.parametrize(
    ("mail", "left"),
    [
        ("<script>alert(1)</script>Hi", "Hi"),
        ('<p onclick="alert(1)">Hi</p>', "<p>Hi</p>"),
        ('<a href="javascript:alert(1)">Hi</a>', ""),
        ('<a href=" &#106;avascript:alert(1)">Hi</a>', ""),
        ('<p style="background: url(https://tracker.example/)">Hi</p>', "<p"),
        ("<form action=https://evil.example><input name=password></form>Hi", "Hi"),
        ("<iframe src=https://evil.example></iframe>Hi", "Hi"),
        ("<svg><script>alert(1)</script></svg>Hi", "Hi"),
        ("<style>@import url(https://tracker.example/)</style>Hi", "Hi"),
        ('<meta http-equiv="refresh" content="0;url=https://evil.example">Hi', "Hi"),
        ('<base href="https://evil.example/">Hi', "Hi"),
        ('<img src="data:image/svg+xml,<svg onload=alert(1)>">Hi', "Hi"),
        ('<img src="http://[broken">Hi', "Hi"),
        ('<a href="http://[broken">Hi</a>', "Hi"),
    ],
)
def test_a_mail_runs_nothing_and_asks_nobody(mail: str, left: str) -> None:
    made = Cleaner(pictures=False).clean(mail)

    assert left in made
    bad = ("script", "onclick", "javascript:", "url(", "evil.example", "tracker.example", "onload", "<form")
    assert not [each for each in bad if each in made.lower()]


def test_pictures_from_outside_are_left_out_until_somebody_asks() -> None:
    assert "tracker.example" not in Cleaner(pictures=False).clean(f"<p>Hi{PIXEL}</p>")
    assert "tracker.example" in Cleaner(pictures=True).clean(PIXEL)


def test_pictures_that_the_mail_brings_along_stay() -> None:
    picture = "data:image/png;base64,iVBORw0KGgo="
    assert picture in Cleaner(pictures=False).clean(f'<img src="{picture}">')


@given(st.text(alphabet="<>/\"'= abcijmoprstvx:();&#1", max_size=200))
def test_no_mail_holds_a_script(mail: str) -> None:
    made = BeautifulSoup(Cleaner(pictures=False).clean(mail), "html.parser")

    assert not made.find_all(["script", "iframe", "form", "object", "embed"])
    for tag in made.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
