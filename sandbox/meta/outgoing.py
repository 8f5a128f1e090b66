"""The content of what the desk sends, kind by kind: what Meta refuses, and how the phone shows the rest."""

from collections.abc import Callable
from typing import Any

from sandbox.meta.attachments import by_id_or_link
from sandbox.meta.errors import MetaError
from sandbox.meta.interactive import interactive
from sandbox.meta.store import MetaStore

MAX_TEXT = 4096
_MAX_CAPTION = 1024
_MAX_CARDS = 257
_CAPTIONED = {"image", "video", "document"}


def show(kind: str, content: Any, store: MetaStore) -> dict[str, Any]:
    """How the phone shows a message of this kind; raises MetaError as Meta documents it."""
    builder = _BUILDERS.get(kind)
    if builder is None:
        raise MetaError(131051, f"Message type {kind[:40]} is not supported.")
    return builder(kind, content, store)


def _text(_: str, content: Any, __: MetaStore) -> dict[str, Any]:
    body = content.get("body") if isinstance(content, dict) else None
    if not isinstance(body, str) or not body.strip():
        raise MetaError(100, message="(#100) The parameter text['body'] is required.")
    if len(body) > MAX_TEXT:
        raise MetaError(100, message=f"(#100) Param text['body'] must be at most {MAX_TEXT} characters long.")
    return {"kind": "text", "text": body}


def _media(kind: str, content: Any, store: MetaStore) -> dict[str, Any]:
    shown = by_id_or_link(kind, content, store)
    caption = content.get("caption")
    if caption is not None:
        if kind not in _CAPTIONED:
            raise MetaError(131009, f"A message of type {kind} has no caption.")
        if not isinstance(caption, str) or len(caption) > _MAX_CAPTION:
            raise MetaError(131009, f"'caption' has at most {_MAX_CAPTION} characters.")
        shown["text"] = caption
    if kind == "audio" and content.get("voice"):
        shown["kind"] = "voice"
    return shown


def _location(_: str, content: Any, __: MetaStore) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise MetaError(131008, "Parameter 'location' is missing.")
    shown: dict[str, Any] = {"kind": "location"}
    for key, most in (("latitude", 90), ("longitude", 180)):
        try:
            shown[key] = float(content.get(key, ""))
        except (TypeError, ValueError):
            raise MetaError(131008, f"location['{key}'] is required.") from None
        if not -most <= shown[key] <= most:
            raise MetaError(131009, f"location['{key}'] is not on this planet.")
    for key in ("name", "address"):
        if isinstance(content.get(key), str):
            shown[key] = content[key][:1000]
    return {"label": shown.get("name") or "Location", **shown}


def _contacts(_: str, content: Any, __: MetaStore) -> dict[str, Any]:
    if not isinstance(content, list) or not 1 <= len(content) <= _MAX_CARDS:
        raise MetaError(131009, f"'contacts' is a list of 1 to {_MAX_CARDS} cards.")
    cards = [_card(card) for card in content]
    return {"kind": "contacts", "label": cards[0]["name"], "cards": cards}


def _card(card: Any) -> dict[str, Any]:
    card = card if isinstance(card, dict) else {}
    name = card["name"] if isinstance(card.get("name"), dict) else {}
    formatted = name.get("formatted_name")
    if not isinstance(formatted, str) or not formatted:
        raise MetaError(131008, "contacts: name['formatted_name'] is required.")
    if not any(name.get(key) for key in ("first_name", "last_name", "middle_name", "suffix", "prefix")):
        raise MetaError(131009, "contacts: besides formatted_name at least one other name is required.")
    company = card["org"].get("company") if isinstance(card.get("org"), dict) else None
    return {
        "name": formatted,
        "phones": _each(card.get("phones"), "phone"),
        "emails": _each(card.get("emails"), "email"),
        "organisation": company if isinstance(company, str) else None,
    }


def _each(values: Any, key: str) -> list[str]:
    items = (
        [value.get(key) for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    )
    return [item for item in items if isinstance(item, str)][:20]


def _reaction(_: str, content: Any, __: MetaStore) -> dict[str, Any]:
    target, emoji = (content.get(k) for k in ("message_id", "emoji")) if isinstance(content, dict) else (0, 0)
    if not isinstance(target, str) or not target:
        raise MetaError(131008, "reaction['message_id'] is required.")
    if not isinstance(emoji, str) or len(emoji) > 20:
        raise MetaError(131009, "reaction['emoji'] is one emoji, or empty to take it away.")
    return {"kind": "reaction", "label": "Reaction", "text": emoji, "target": target}


def _interactive(_: str, content: Any, store: MetaStore) -> dict[str, Any]:
    return interactive(content, store)


_BUILDERS: dict[str, Callable[[str, Any, MetaStore], dict[str, Any]]] = {
    "text": _text,
    **dict.fromkeys(("image", "audio", "video", "document", "sticker"), _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
}
