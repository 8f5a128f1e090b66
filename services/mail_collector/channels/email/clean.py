"""HTML that can be shown: scripts, forms and event handlers out, pictures and looks kept; and its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Final

import nh3
from inscriptis import get_text

from services.mail_collector.channels.email.charsets import clean_text

MAX_HTML: Final = 400_000
"""Bytes of cleaned HTML (UTF-8)."""
MAX_READ: Final = 1_500_000
"""Characters of HTML that are looked at."""
MAX_DEPTH: Final = 3_000
MAX_ATTRIBUTES: Final = 1_000
MAX_ENTITIES: Final = 50_000
MAX_LAID_OUT: Final = 6_000
"""Tags: laying out takes some 50 microseconds for each of them."""
_FOR_TEXT: Final = 250_000

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_LONG_TAG: Final = re.compile(r"<[a-zA-Z][^<>]{8000,}")
_MARKUP: Final = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]*>")
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_NEVER_CLOSED: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "p", "li", "td", "tr", "th", "dt", "dd", "option", "tbody", "thead", "tfoot", "colgroup", "html",
    "head", "body",
})  # fmt: skip
_TAGS: Final = nh3.ALLOWED_TAGS | {"font", "big", "address", "section", "main", "tfoot"}
_LOOKS: Final = frozenset({"align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "dir", "face",
                           "height", "lang", "size", "style", "title", "valign", "width"})  # fmt: skip
_ATTRIBUTES: Final = {tag: set(_LOOKS) for tag in _TAGS} | {
    "a": {*_LOOKS, "href", "name"},
    "img": {*_LOOKS, "src", "alt"},
    "td": {*_LOOKS, "colspan", "rowspan", "nowrap"},
    "th": {*_LOOKS, "colspan", "rowspan", "nowrap"},
    "ol": {*_LOOKS, "start", "type"},
    "blockquote": {*_LOOKS, "type"},
}
_STYLES: Final = frozenset({
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-right", "border-spacing", "border-style", "border-top", "border-width", "color", "direction",
    "display", "font",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing",
    "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space",
    "width",
})  # fmt: skip
_DROPPED_WHOLE: Final = {
    "script",
    "style",
    "title",
    "template",
    "iframe",
    "object",
    "noscript",
    "svg",
    "math",
}
_SCHEMES: Final = {"http", "https", "mailto", "tel", "cid", "data"}
_PICTURE: Final = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`trouble` says in words why HTML is missing or cut."""

    html: str
    trouble: str = ""


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Data and the mail's own files only where a picture may be; a CSS value may not load anything."""
    if name in ("href", "src"):
        scheme = value.strip().lower().partition(":")[0]
        if scheme == "data":
            return value if tag == "img" and _PICTURE.match(value) else None
        if scheme == "cid" and tag != "img":
            return None
    if name == "style" and ("url(" in value.lower() or "\\" in value or "expression" in value.lower()):
        return None
    return value


_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=_DROPPED_WHOLE,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="noopener noreferrer",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    filter_style_properties=set(_STYLES),
)


def cleaned(html: str) -> Cleaned:
    """HTML fit for a frame without scripts, at most MAX_HTML bytes.

    What a cleaner needs quadratic time for (thousands of tags inside of each other, thousands of attributes
    in one tag) is not shown at all. Remote pictures stay; who shows it decides about loading them.
    """
    looked_at = html[:MAX_READ]
    if _too_tangled(looked_at):
        return Cleaned("", "The mail's layout is too tangled to be shown; its text is here.")
    clean = _CLEANER.clean(looked_at)
    cut = len(html) > MAX_READ
    room = MAX_HTML
    while len(clean.encode()) > MAX_HTML and room > 1_000:
        cut, room = True, room * 9 // 10
        clean = _CLEANER.clean(clean.encode()[:room].decode("utf-8", "ignore"))
    return Cleaned(
        clean_text(clean), "The mail is very long: its layout is shown up to a point." if cut else ""
    )


@lru_cache(maxsize=2)
def _too_tangled(html: str) -> bool:
    """Asked twice of each mail, for its layout and for its text."""
    if html.count("&") > MAX_ENTITIES:
        return True
    depth = 0
    for match in _TAG.finditer(html):
        if match[2].lower() in _NEVER_CLOSED:
            continue
        depth = max(0, depth + (-1 if match[1] else 1))
        if depth > MAX_DEPTH:
            return True
    return any(_too_many_attributes(tag[0]) for tag in _LONG_TAG.finditer(html))


def _too_many_attributes(tag: str) -> bool:
    """Blanks or quotes part them; signs of equality are in addresses too."""
    return len(tag.split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES or tag.count('"') > 2 * MAX_ATTRIBUTES


def can_be_laid_out(html: str) -> bool:
    """Whether text can be made of it as a browser would, in a fraction of a second."""
    looked_at = html[:_FOR_TEXT]
    return looked_at.count("<") - looked_at.count("</") <= MAX_LAID_OUT and not _too_tangled(looked_at)


def text_of(html: str) -> str:
    """What a reader sees of HTML (cleaned or not) as text, laid out in lines; else its words."""
    looked_at = _without_half_a_tag(html[:_FOR_TEXT])
    if can_be_laid_out(looked_at):
        text = get_text(looked_at)
        if text.strip():
            return clean_text(text)
    return clean_text(unescape(_ANY_TAG.sub("", _MARKUP.sub("\n", looked_at))))


def _without_half_a_tag(html: str) -> str:
    opened = html.rfind("<")
    return html[:opened] if opened > html.rfind(">") and html[opened + 1 : opened + 2].isalpha() else html
