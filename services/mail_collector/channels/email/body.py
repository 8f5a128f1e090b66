"""What people wrote in a mail, and which of its parts are files (RFC 2046, 2183, 2387)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Final

from services.mail_collector.channels.email.charsets import decoded
from services.mail_collector.channels.email.flowed import unflowed
from services.mail_collector.channels.email.parts import Part

MAX_TEXT: Final = 1_000_000
"""Characters of text, and of HTML, that are taken over from one part; twice as many from all."""

_HTML_BEGINS: Final = re.compile(rb"\s{0,99}<(?:!doctype html|html|head|body|div|p|table)\b", re.IGNORECASE)
_META_CHARSET: Final = re.compile(rb"<meta[^<>]{0,200}charset=[\"']?([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_LOOKED_AT: Final = 2_000
_HTML: Final = frozenset({"text/html", "text/enriched", "text/richtext"})
_WRITTEN: Final = _HTML | {"text/plain"}
_NOT_SHOWN: Final = frozenset({
    "text/x-amp-html", "application/pgp-signature", "application/pkcs7-signature",
    "application/x-pkcs7-signature",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of what was written, as text, as HTML, or as both."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class Body:
    """What was written, in its order; `files` are the other parts; `trouble` in words."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    @property
    def html(self) -> str:
        """All of it as HTML; empty when there is none in the mail."""
        if not any(piece.html for piece in self.pieces):
            return ""
        return "<hr>".join(piece.html or _as_html(piece.text) for piece in self.pieces)[: 2 * MAX_TEXT]


def body_of(root: Part) -> Body:
    """Sort the parts of a mail. A text with a file's name, or said to be attached, is a file."""
    body = Body()
    body.pieces = _sorted(root, body, written=False)
    return body


def _sorted(part: Part, body: Body, *, written: bool) -> list[Piece]:
    """What was written in this part; `written`: there was something in the mail before."""
    if part.parts:
        alternative = part.content_type == "multipart/alternative"
        pieces: list[Piece] = []
        for inner in part.parts:
            pieces += _sorted(inner, body, written=written or bool(pieces and not alternative))
        return _one_of(pieces) if alternative else pieces
    if part.content_type in _NOT_SHOWN and part.disposition.value != "attachment":
        return []
    if part.content_type not in _WRITTEN or _is_file(part, written=written):
        body.files.append(part)
        return []
    piece = _written(part, body)
    return [piece] if piece.text.strip() or piece.html.strip() else []


def _one_of(pieces: list[Piece]) -> list[Piece]:
    """The same thing said in several ways: the first text, the last HTML."""
    texts = [piece.text for piece in pieces if piece.text]
    htmls = [piece.html for piece in pieces if piece.html]
    return [Piece(texts[0] if texts else "", htmls[-1] if htmls else "")] if pieces else []


def _is_file(part: Part, *, written: bool) -> bool:
    """A whole mail said to be attached, without a name, is what was written all the same."""
    if part.disposition.value == "attachment":
        return part.depth > 0 or bool(part.filename)
    return bool(part.filename) and (bool(part.disposition.value) or written)


def _written(part: Part, body: Body) -> Piece:
    arrived = part.body()
    if arrived.trouble:
        body.trouble.append(f"A text of the mail is damaged. {arrived.trouble}")
    unsaid = not part.headers.first("content-type") and _HTML_BEGINS.match(arrived.data)
    is_html = part.content_type in _HTML or bool(unsaid)
    charset = part.charset
    if is_html and not charset:
        named = _META_CHARSET.search(arrived.data[:_LOOKED_AT])
        charset = named[1].decode("ascii") if named else ""
    text = decoded(arrived.data[: 4 * MAX_TEXT], charset)[:MAX_TEXT]
    if is_html:
        return Piece(html=text)
    if part.type_value.parameter("format").lower() == "flowed":
        text = unflowed(text, delete_space=part.type_value.parameter("delsp").lower() == "yes")
    return Piece(text)


def _as_html(text: str) -> str:
    return f"<div>{escape(text.strip(), quote=False)}</div>".replace("\n", "<br>\n")
