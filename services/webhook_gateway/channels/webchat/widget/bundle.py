"""The widget as one script: sources joined in order, texts and styles put in, compressed once at start."""

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

_HERE: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "it", "de", "fr", "es", "pt")
SOURCES: Final = (
    "dom",
    "icons",
    "words",
    "colours",
    "store",
    "api",
    "visitor",
    "context",
    "outbox",
    "conversation",
    "receipts",
    "events",
    "connection",
    "tabs",
    "offer",
    "uploads",
    "links",
    "fields",
    "starting",
    "choices",
    "rating",
    "bubble",
    "log",
    "emoji",
    "composer",
    "menu",
    "alerts",
    "launcher",
    "sheet",
    "frame",
    "news",
    "talk",
    "reading",
    "chat",
    "page",
)
"""The parts of the script, in their order: what is said at the top of one may use what was said before."""
STYLES: Final = ("tokens", "frame", "lines", "composer", "forms")
MAX_AGE: Final = 300

_BLOCK_COMMENT: Final = re.compile(r"^\s*/\*.*?\*/\s*$", re.DOTALL | re.MULTILINE)
_LINE_COMMENT: Final = re.compile(r"^\s*//.*$", re.MULTILINE)
_INDENT: Final = re.compile(r"\n\s*")
_CSS_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE: Final = re.compile(r"\s*([{};,>])\s*|(:)\s+|\s+")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The script as it is sent; `etag` without quotes."""

    plain: bytes
    packed: bytes
    etag: str


@cache
def bundle() -> Bundle:
    """The widget of this release; FileNotFoundError or ValueError when a source is missing or is broken."""
    words, css = json.dumps(_words(), ensure_ascii=False, separators=(",", ":")), json.dumps(_styles())
    code = "\n".join(squeezed(_read(f"js/{name}.js")) for name in SOURCES)
    script = f'(function(WORDS,CSS){{"use strict";\n{code}\n}})({words},{css});\n'
    plain = script.encode()
    return Bundle(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def widget_answer() -> Response:
    """`GET /webchat/widget.js`: the script, compressed where the browser takes that, or 304.

    Any site may load it (CORP, CORS `*`): it holds nothing but code, and says nothing of a desk.
    """
    made = bundle()
    packed = request.accept_encodings["gzip"] > 0
    answer = Response(made.packed if packed else made.plain, content_type="text/javascript; charset=utf-8")
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # Weak: the same script has two encodings.
    answer.set_etag(made.etag, weak=True)
    return answer.make_conditional(request)


def squeezed(source: str) -> str:
    """A source without its comments and indents.

    Comments stand on lines of their own, and no text goes over several lines: a rule of these sources, which
    makes this safe without reading JavaScript.
    """
    bare = _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", source))
    return _INDENT.sub("\n", bare).strip()


def words_of(language: str) -> dict[str, str]:
    """The widget's own words in a language, by key."""
    words: dict[str, str] = json.loads(_read(f"texts/{language}.json"))
    return words


def _words() -> dict[str, object]:
    """All languages; the keys once, the words in their order."""
    keys = list(words_of(LANGUAGES[0]))
    return {"keys": keys, **{each: [words_of(each)[key] for key in keys] for each in LANGUAGES}}


def _styles() -> str:
    bare = _CSS_COMMENT.sub("", "\n".join(_read(f"css/{name}.css") for name in STYLES))
    return _CSS_SPACE.sub(lambda found: found.group(1) or found.group(2) or " ", bare).strip()


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
