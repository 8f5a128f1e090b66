"""Makes text from HTML with the marks of plain mails: `>` before quotations, `--` before signatures."""

from __future__ import annotations

import re
from typing import Final

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from services.mail_collector.channels.email.trim_marks import CUT_HERE, is_forward, shown

_LONGEST_HTML: Final = 250_000
"""Characters that are read: laying out costs a second for some millions."""
_MOST_QUOTATIONS: Final = 50
_MAY_HAVE_MARKS: Final = (
    *("quote", "gmail_attr", "cite-prefix", "rplyfwd", "appendonsend", "zwchr", "reference-message"),
    "border-top",
)
_LINES_TO_FORWARD: Final = 4
_LAYOUT: Final = ParserConfig(css=CSS_PROFILES["strict"])
_KEPT_STYLES: Final = ("display:none", "white-space:pre-wrap", "white-space:pre")
_RULED_LEFT: Final = "data-ruled-left"
_RULED_ABOVE: Final = "data-ruled-above"
_PLACE: Final = re.compile("[ \t]*\ue000(\\d{1,3})\ue001[ \t]*")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_PRIVATE: Final = re.compile("[\ue000-\ue002\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CLASSES_OF_QUOTATIONS: Final = (
    "yahoo_quoted", "protonmail_quote", "zmail_extra", "moz-cite-prefix", "gmail_attr", "tutanota_quote",
    "mailbird_quote", "front-blockquote", "iosymail",
)  # fmt: skip
_IDS_OF_ANSWERED: Final = frozenset(
    {
        "divrplyfwdmsg", "appendonsend", "zwchr", "stopspelling", "replysplit", "origbody", "quoted_header",
        "mail-editor-reference-message-container", "outlookmessageheader", "x_divrplyfwdmsg",
    }
)  # fmt: skip
_IDS_OF_SIGNATURES: Final = frozenset(
    {
        "signature", "x_signature", "applemailsignature", "ms-outlook-mobile-signature", "composer_signature",
        "applelinksignature", "ms-outlook-mobile-body-separator-line",
    }
)  # fmt: skip
_CLASSES_OF_SIGNATURES: Final = (
    "gmail_signature",
    "moz-signature",
    "protonmail_signature_block",
    "elementtoproof-signature",
)


def has_marks(html: str) -> bool:
    """Whether it is worth while to look for marks: a cheap question to whole mails."""
    lowered = html[:_LONGEST_HTML].lower()  # each word alone: 50 times as fast as one pattern without case
    return any(word in lowered for word in _MAY_HAVE_MARKS)


def text_with_marks(html: str) -> str:
    """Return the text of a mail's HTML, marked as `trim` reads it; "" for HTML without text.

    Lines of quotations begin with `> `; a line CUT_HERE stands where the answered mail begins without being
    a quotation (Outlook and others), a line `--` above a signature. Everything else as inscriptis lays it
    out. At most 50 quotations are marked, the outer ones.
    """
    tree = _tree(html)
    if tree is None:
        return ""
    quotations = _mark(tree)

    def quotation(place: re.Match[str]) -> str:
        # A mail can write such a place itself, by entities: nothing belongs there.
        number = int(place[1])
        return f"\n{quotations[number]}\n" if number < len(quotations) else ""

    return _PLACE.sub(quotation, _text(tree)).strip("\n")


def _tree(html: str) -> HtmlElement | None:
    """Parse HTML; libxml2 itself goes no deeper than 256 elements.

    Styles are taken off but for what hides or keeps line breaks: inscriptis would make a margin of a million
    lines into a million lines.
    """
    try:
        tree = document_fromstring(_PRIVATE.sub("", html[:_LONGEST_HTML]))
    except (etree.LxmlError, ValueError):
        return None
    for element in tree.iter(etree.Element):
        style = element.attrib.pop("style", "").lower().replace(" ", "")
        kept = [rule for rule in _KEPT_STYLES if rule in style]
        if kept:
            element.set("style", ";".join(kept))
        if "border-left:" in style:
            element.set(_RULED_LEFT, "")
        if "border:none;border-top:solid" in style:
            element.set(_RULED_ABOVE, "")
    return tree


def _text(tree: HtmlElement) -> str:
    lines = (line.rstrip() for line in Inscriptis(tree, _LAYOUT).get_text().split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines))


def _mark(tree: HtmlElement) -> list[str]:
    """Put marks into the tree; return the texts of the outer quotations, which are taken out of it."""
    quotations: list[str] = []
    waiting = list(reversed(tree))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        if _is_quotation(element):
            text = _without_tail(element)
            forwarded = any(is_forward(shown(line)) for line in text.split("\n")[:_LINES_TO_FORWARD])
            if not forwarded and len(quotations) < _MOST_QUOTATIONS:
                quotations.append("\n".join(f"> {line}" for line in text.split("\n")))
                _put_before(element, f"\ue000{len(quotations) - 1}\ue001")
                element.drop_tree()
            continue
        if element.get("id", "").lower() in _IDS_OF_ANSWERED or _RULED_ABOVE in element.attrib:
            _put_before(element, CUT_HERE)
        elif _is_signature(element):
            _put_before(element, "--")
        waiting.extend(reversed(element))
    return quotations


def _without_tail(element: HtmlElement) -> str:
    """The text of the element alone: what stands behind it belongs to its parent."""
    tail, element.tail = element.tail, None
    text = _text(element).strip("\n")
    element.tail = tail
    return text


def _put_before(element: HtmlElement, mark: str) -> None:
    place = element.makeelement("div")
    place.text = mark
    element.addprevious(place)


def _is_quotation(element: HtmlElement) -> bool:
    names = element.get("class", "").lower()
    if element.tag == "blockquote":
        return (
            element.get("type", "").lower() == "cite"
            or element.get("cite") is not None
            or _RULED_LEFT in element.attrib
            or "quote" in names
        )
    return any(name in names for name in _CLASSES_OF_QUOTATIONS) or (
        element.tag == "div" and element.get("name", "").lower() == "quote"
    )


def _is_signature(element: HtmlElement) -> bool:
    """Whether it is marked as a signature and does not begin with dashes already."""
    names = element.get("class", "").lower()
    marked = element.get("id", "").lower() in _IDS_OF_SIGNATURES or any(
        name in names for name in _CLASSES_OF_SIGNATURES
    )
    return marked and not (element.text or "").lstrip().startswith("--")
