"""What people call the parts of live chats: kinds of answers, what a form asks, languages of visitors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

KINDS: Final = (
    ("text", _l("A line of text")),
    ("long_text", _l("Several lines of text")),
    ("email", _l("An e-mail address")),
    ("phone", _l("A telephone number")),
    ("number", _l("A number")),
    ("date", _l("A day")),
    ("choice", _l("One of several choices")),
    ("consent", _l("A tick, as consent")),
)
"""With what a question can be answered."""
DETAILS: Final = {"name": _l("Name"), "email": _l("E-mail address"), "phone": _l("Telephone number")}
"""Fields that are the visitor's own details."""


def language_name(tag: str) -> str:
    """A visitor's language as the reader calls it; the tag where nobody knows it."""
    try:
        known = Locale.parse(tag, sep="-").get_display_name(get_locale())
    except (ValueError, UnknownLocaleError):
        known = None
    return known or tag


def safe_address(address: str) -> str:
    """An address that a visitor's browser named, where it may be a link; else empty."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc else ""


def place_name(page: Mapping[str, Any]) -> str:
    """What a page of the site is called: its title, else where it is on the site, else its address."""
    try:
        parts = urlsplit(page["url"])
    except ValueError:
        return str(page["title"] or page["url"])
    return str(page["title"] or f"{parts.netloc}{parts.path}" or page["url"])
