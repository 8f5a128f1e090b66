"""The words of a mail as they are read: plain text and a page (HTML), both from the same content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from services.notifier.domain.content import File
from services.notifier.domain.mail import Frame

_LINK: Final = re.compile(r"https?://[^\s<>\"'\x00-\x20]{1,2000}", re.IGNORECASE)
_AFTER_LINK: Final = ".,;:!?)]}"
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")
_UNDER: Final = "-- \n"
"""What programs know a signature by (RFC 3676 §4.3); on a page it is the look that tells."""

_BODY: Final = "font-family:sans-serif;font-size:14px;line-height:1.5;color:#1f2328"
_ASIDE: Final = "color:#59636e;font-size:13px"
_QUOTE: Final = "margin:0 0 0 8px;padding:0 0 0 12px;border-left:2px solid #d1d9e0;color:#59636e"
_PARAGRAPH: Final = "margin:0 0 12px"
_PICTURE: Final = "max-width:100%;height:auto"


def plain_text(text: str, frame: Frame) -> str:
    """Header, text, footer and what is answered, the last with a `>` before each line."""
    said, answered = _answered(frame.quoted)
    quoted = "\n".join(f"> {line}" if line else ">" for line in answered.split("\n")) if answered else ""
    parts = (frame.header, text, frame.footer, said, quoted)
    return "\n\n".join(stripped for part in parts if (stripped := _ends(part))) + "\n"


def page(text: str, frame: Frame, pictures: Iterable[tuple[File, str]] = ()) -> str:
    """The same as HTML; everything is escaped. `pictures`: files shown below the text, with their cid."""
    said, answered = _answered(frame.quoted)
    shown = "".join(
        f'<p style="{_PARAGRAPH}"><img src="cid:{escape(cid)}" alt="{escape(file.filename)}" '
        f'style="{_PICTURE}"></p>'
        for file, cid in pictures
    )
    parts = [
        _block(frame.header, _ASIDE),
        _block(text),
        shown,
        _block(_ends(frame.footer).removeprefix(_UNDER), _ASIDE),
        _block(said, _ASIDE),
        f'<blockquote type="cite" style="{_QUOTE}">{_block(answered)}</blockquote>' if answered else "",
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head>'
        f'<body style="{_BODY}">\n{body}\n</body></html>\n'
    )


def _answered(quoted: str) -> tuple[str, str]:
    """The line that says who wrote it and when, if there is one, and what was written."""
    lines = _ends(quoted)
    first, _, rest = lines.partition("\n\n")
    if rest and "\n" not in first and first.rstrip().endswith(":"):
        return first, _ends(rest)
    return "", lines


def _ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()


def _block(text: str, style: str = "") -> str:
    """Paragraphs and line breaks as they were typed; addresses become links."""
    paragraphs = [one for one in _PARAGRAPHS.split(_ends(text)) if one.strip()]
    styles = ";".join(one for one in (_PARAGRAPH, style) if one)
    return "\n".join(f'<p style="{styles}">{"".join(_linked(one))}</p>' for one in paragraphs)


def _linked(text: str) -> Iterator[str]:
    end = 0
    for found in _LINK.finditer(text):
        link = found[0].rstrip(_AFTER_LINK)
        yield _lines(text[end : found.start()])
        yield f'<a href="{escape(link)}">{escape(link)}</a>'
        end = found.start() + len(link)
    yield _lines(text[end:])


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")
