"""Texts of customers and facts of messages, made fit to be shown: links, captions, maps."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson
from markupsafe import Markup, escape

from services.ticket_service.api.wire import Wire
from services.ticket_service.console import formats

_LINK: Final = re.compile(r"https?://[^\s<>\"'`]{1,2000}", re.IGNORECASE)
_AFTER: Final = ".,;:!?)]}»”’"
_ANCHOR: Final = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>')
_MAP: Final = "https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}#map=17/{latitude:.6f}/{longitude:.6f}"
_LONGEST_JSON: Final = 50_000


def linked(text: str) -> Markup:
    """The text with its web addresses as links; everything else stays text."""
    made, end = Markup(""), 0
    for match in _LINK.finditer(text):
        address = match[0].rstrip(_AFTER)
        made += escape(text[end : match.start()]) + _ANCHOR.format(address)
        end = match.start() + len(address)
    return made + escape(text[end:])


def caption(action: Wire) -> str:
    """What was said; empty where the text only stands for a file that is shown (`[image]`)."""
    text: str = action["text"]
    kind = action["kind"]
    if action["attachments"] and (text == f"[{kind}]" or text.startswith(f"[{kind}] ")):
        return ""
    return text


def map_address(place: Mapping[str, Any]) -> str:
    """Where a map of the place is on OpenStreetMap; empty without coordinates."""
    try:
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
    except (KeyError, TypeError, ValueError):
        return ""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return ""
    return _MAP.format(latitude=latitude, longitude=longitude)


def pretty_json(text: str) -> str:
    """JSON with its structure to be seen; anything else as it is."""
    try:
        return orjson.dumps(orjson.loads(text[:_LONGEST_JSON]), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text[:_LONGEST_JSON]


def iso(value: formats.Moment) -> str:
    """A time for programs."""
    found = formats.moment_of(value)
    return found.isoformat() if found else ""


def in_path(value: str) -> str:
    """An id as one segment of an address."""
    return quote(value, safe="")


def recipient_name(recipient: Mapping[str, Any]) -> str:
    """Whom a private message went to."""
    return str(recipient.get("name") or recipient.get("address") or recipient.get("email") or "")


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "linked": linked,
    "caption": caption,
    "map_address": map_address,
    "pretty_json": pretty_json,
    "iso": iso,
    "in_path": in_path,
    "recipient_name": recipient_name,
}
