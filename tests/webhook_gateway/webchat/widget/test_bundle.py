"""The script itself: small, of one piece, in six languages, and without a way to turn texts into markup."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from flask import Flask

from services.webhook_gateway.channels.webchat.widget import bundle as module
from services.webhook_gateway.channels.webchat.widget.bundle import LANGUAGES, bundle, widget_answer, words_of

MOST_BYTES = 30_000
SOURCES = sorted((Path(module.__file__).parent / "js").glob("*.js"))
FORBIDDEN = (
    r"innerHTML", r"outerHTML", r"insertAdjacentHTML", r"document\.write", r"\beval\b", r"new Function\b",
    r"DOMParser", r"createContextualFragment", r"srcdoc", r"setHTML", r"document\.cookie", r"javascript:",
)  # fmt: skip


def places(text: str) -> set[str | None]:
    """The names in braces of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_it_is_at_most_thirty_kilobytes() -> None:
    assert len(bundle().packed) <= MOST_BYTES


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_source_can_turn_a_text_into_markup_or_code(source: Path) -> None:
    text = source.read_text()
    assert [each for each in FORBIDDEN if re.search(each, text)] == []


def test_every_source_is_in_the_script() -> None:
    assert {path.stem for path in SOURCES} == set(module.SOURCES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_everything_with_the_same_places(language: str) -> None:
    english, words = words_of("en"), words_of(language)
    assert list(words) == list(english)
    assert all(words.values())
    wrong = {key for key in english if places(words[key]) != places(english[key])}
    assert wrong == set()
    same = [key for key in english if words[key] == english[key] and len(english[key]) > 20]
    assert language == "en" or same == []


def test_every_word_that_is_said_is_known_and_every_one_known_is_said() -> None:
    code = "\n".join(path.read_text() for path in SOURCES)
    known = set(words_of("en"))
    said = set(re.findall(r"""say\(["'`](\w+)["'`]""", code))
    assert said - known == set()
    quoted = set(re.findall(r"""["'`](\w+)["'`]""", code)) | {f"rate_{score}" for score in range(1, 6)}
    wrong = {f"wrong_{kind}" for kind in ("email", "phone", "number")}
    assert known - quoted - wrong == set()


def test_it_is_sent_compressed_once_and_then_not_again() -> None:
    app = Flask(__name__)
    app.add_url_rule("/widget.js", view_func=widget_answer)
    client = app.test_client()
    packed = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/widget.js")
    assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert packed.data == bundle().packed
    assert plain.data == bundle().plain
    for answer in (packed, plain):
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "max-age=300" in answer.headers["Cache-Control"]
        assert "Accept-Encoding" in answer.headers["Vary"]
    words = client.get("/widget.js?words=it")
    assert words.json == words_of("it")
    again = client.get("/widget.js", headers={"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
