"""The widget as one script: sources joined in order, English and styles put in, compressed once at start."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from flask import Response, request

from shared.web.problems import Problem

_HERE: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "it", "de", "fr", "es", "pt")
SOURCES: Final = (
    "store",
    "tabs",
    "receipts",
    "outbox",
    "connection",
    "visitor",
    "offer",
    "conversation",
    "words",
    "reading",
    "chat",
    "api",
    "context",
    "events",
    "news",
    "talk",
    "uploads",
    "dom",
    "colours",
    "fields",
    "launcher",
    "links",
    "starting",
    "listeners",
    "alerts",
    "bubble",
    "frame",
    "sheet",
    "log",
    "composer",
    "emoji",
    "menu",
    "choices",
    "rating",
    "icons",
    "page",
)
"""The parts of the script. `page` comes last, it begins; the others stand where they compress best."""
STYLES: Final = ("tokens", "frame", "lines", "composer", "forms")
MAX_AGE: Final = 300

_BLOCK_COMMENT: Final = re.compile(r"^\s*/\*.*?\*/\s*$", re.DOTALL | re.MULTILINE)
_LINE_COMMENT: Final = re.compile(r"^\s*//.*$", re.MULTILINE)
_INDENT: Final = re.compile(r"\n\s*")
_TEXT_OR_SPACE: Final = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(=:,&|!?;{])[ ]?/(?:\\.|\[(?:\\.|[^]])*]|[^/\\\n[])+/\w*)"""
    r"""|[ ]*(?P<sign>=>|[-+*/%<>=!&|?:]+|[,;(){}[\]])[ ]*(?:(?<=[,;({[])\n)?|\n(?=[})\]])"""
)
_ONE_PARAMETER: Final = re.compile(r"(?<!\w)\((\w+)\)=>")
_CSS_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE: Final = re.compile(r"\s*([{};,>])\s*|(:)\s+|\s+")


@dataclass(frozen=True, slots=True)
class Packed:
    """Something as it is sent, plain and compressed; `etag` without quotes."""

    plain: bytes
    packed: bytes
    etag: str


@cache
def bundle() -> Packed:
    """The script of this release, which speaks English and learns other languages when it must.

    FileNotFoundError or ValueError when a source is missing or is broken.
    """
    known = _compact([words_of(language) for language in LANGUAGES])
    version = hashlib.sha256(known.encode()).hexdigest()[:12]
    given = ",".join(_compact(each) for each in (words_of(LANGUAGES[0]), LANGUAGES, version, _styles()))
    code = "\n".join(squeezed(_read(f"js/{name}.js")) for name in SOURCES)
    return _packed(f'(function(ENGLISH,LANGUAGES,VERSION,CSS){{"use strict";\n{code}\n}})({given});\n')


@cache
def dictionary(language: str) -> Packed:
    """The words of one of LANGUAGES, as the script fetches them."""
    return _packed(_compact(words_of(language)))


def widget_answer() -> Response:
    """`GET /webchat/widget.js`: the script; with `?words=it` the words of another language than English.

    Compressed where the browser takes that, or 304. Any site may load it (CORP, CORS `*`): it holds
    nothing but code, and says nothing of a desk. 404 for a language there is not.
    """
    language = request.args.get("words")
    if language is None:
        return _answer(bundle(), "text/javascript; charset=utf-8", f"public, max-age={MAX_AGE}")
    if language not in LANGUAGES:
        raise Problem(404, "not-found", "Not found", "The widget does not speak this language.")
    return _answer(dictionary(language), "application/json", "public, max-age=31536000, immutable")


def _answer(sent: Packed, content_type: str, kept: str) -> Response:
    packed = request.accept_encodings["gzip"] > 0
    answer = Response(sent.packed if packed else sent.plain, content_type=content_type)
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = kept
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # Weak: the same words have two encodings.
    answer.set_etag(sent.etag, weak=True)
    answer.make_conditional(request)
    return answer


def squeezed(source: str) -> str:
    """A source without comments, indents and the spaces that only people need.

    Comments stand on lines of their own, and no text goes over several lines or holds another in backticks: a
    rule of these sources, which makes this safe without understanding JavaScript.
    """
    bare = _INDENT.sub("\n", _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", source))).strip()
    close = _TEXT_OR_SPACE.sub(lambda found: found["text"] or found["sign"] or "", bare)
    return _ONE_PARAMETER.sub(r"\1=>", close).replace(";}", "}")


def words_of(language: str) -> dict[str, str]:
    """The widget's own words in a language, by key."""
    words: dict[str, str] = json.loads(_read(f"texts/{language}.json"))
    return words


def _packed(text: str) -> Packed:
    plain = text.encode()
    return Packed(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def _compact(value: object) -> str:
    # A line separator of Unicode would end a line of JavaScript in old browsers.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("\u2028", "\\u2028")


def _styles() -> str:
    bare = _CSS_COMMENT.sub("", "\n".join(_read(f"css/{name}.css") for name in STYLES))
    return (
        _CSS_SPACE.sub(lambda found: found.group(1) or found.group(2) or " ", bare).strip().replace(";}", "}")
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
