"""A mail's HTML made harmless: no script, no form, no picture from outside unless the reader asks for it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import nh3

from services.ticket_service.console.mails.inline import CID, InlinePictures

LONGEST: Final = 500_000
"""Characters; what is longer is cut, because time grows with depth and length."""
_TAGS: Final = frozenset(
    (
        *("a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del"),
        *("div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li"),
        *("ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody"),
        *("td", "tfoot", "th", "thead", "tr", "u", "ul"),
    )
)
_ANYWHERE: Final = frozenset(
    ("align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width")
)
_ATTRIBUTES: Final = {
    "*": set(_ANYWHERE),
    "a": {"href"},
    "img": {"src", "alt"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_STYLES: Final = frozenset(
    (
        *("background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left"),
        *("border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width"),
        *("color", "display", "font", "font-family", "font-size", "font-style", "font-weight", "height"),
        *("letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom", "margin-left"),
        *("margin-right", "margin-top", "max-width", "padding", "padding-bottom", "padding-left"),
        *("padding-right", "padding-top", "text-align", "text-decoration", "text-indent", "vertical-align"),
        *("white-space", "width", "word-break"),
    )
)
"""None of them can name an address: `background`, `list-style` and the like can."""
_DROPPED: Final = {"script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object"}


class Cleaner:
    """Makes mails harmless."""

    def __init__(self, *, pictures: bool, inline: InlinePictures | None = None) -> None:
        """`pictures`: the reader asked for those from outside; `inline`: those that the mail brings along."""
        self._pictures = pictures
        self._inline = inline

    def clean(self, html: str) -> str:
        """The mail's body, to be put into a frame that runs nothing."""
        return nh3.clean(
            html[:LONGEST],
            tags=set(_TAGS),
            clean_content_tags=_DROPPED,
            attributes=_ATTRIBUTES,
            attribute_filter=self._attribute,
            filter_style_properties=set(_STYLES),
            url_schemes={"http", "https", "mailto", "tel", "data", "cid"},
            link_rel="noopener noreferrer nofollow",
            set_tag_attribute_values={"a": {"target": "_blank"}},
            strip_comments=True,
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if _scheme(value) in ("http", "https", "mailto", "tel") else None
        if name == "src":
            return self._picture(value.strip())
        return value

    def _picture(self, address: str) -> str | None:
        if address.lower().startswith("data:image/") and not address.lower().startswith("data:image/svg"):
            return address
        if address.lower().startswith(CID):
            return self._inline.address(address) if self._inline else None
        if _scheme(address) not in ("http", "https"):
            return None
        return address if self._pictures else None


def _scheme(address: str) -> str:
    try:
        return urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return ""
