"""What a message says: our kind for Meta's type, a text people can read, and the small facts worth having."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.facts import LONGEST_TEXT, facts, text_of
from services.webhook_gateway.channels.whatsapp_cloud.lists import card_text, cards, products

_LONGEST_FLOW: Final = 50_000
_REFERRAL: Final = (
    "source_url",
    "source_type",
    "source_id",
    "headline",
    "body",
    "media_type",
    "image_url",
    "video_url",
    "thumbnail_url",
    "ctwa_clid",
)

Description = tuple[str, str, dict[str, Any]]


def describe(message: dict[str, Any]) -> Description:
    """(kind, text, content) of a message. Malformed for a text without text; every other gap is tolerated."""
    kind = message.get("type")
    if kind == "text":
        body = message.get("text")
        text = body.get("body") if type(body) is dict else None
        if type(text) is not str:
            raise Malformed("malformed-text", "The text message has no text.")
        description: Description = ("text", text[:LONGEST_TEXT], {})
    else:
        reader = _READERS.get(kind, _unknown) if type(kind) is str else _unknown
        description = reader(message)
    _add_circumstances(message, description[2])
    return description


def _add_circumstances(message: dict[str, Any], content: dict[str, Any]) -> None:
    """What any message may carry besides its own content."""
    context = message.get("context")
    if type(context) is dict:
        for flag in ("forwarded", "frequently_forwarded"):
            if context.get(flag) is True:
                content[flag] = True
        if "referred_product" in context:
            content["product"] = facts(context["referred_product"], "catalog_id", "product_retailer_id")
    if "referral" in message:
        content["referral"] = facts(message["referral"], *_REFERRAL)
    if "group_id" in message:
        content |= facts(message, "group_id")


def _media(kind: str) -> Callable[[dict[str, Any]], Description]:
    def read(message: dict[str, Any]) -> Description:
        body = message.get(kind)
        content = facts(body, "voice", "animated")
        shown = "voice" if kind == "audio" and content.get("voice") is True else kind
        filename = text_of(body, "filename", longest=500) if kind == "document" else ""
        return shown, text_of(body, "caption") or f"[{shown}] {filename}".rstrip(), content

    return read


def _location(message: dict[str, Any]) -> Description:
    body = message.get("location")
    place = facts(body, "latitude", "longitude", "name", "address", "url")
    named = ", ".join(filter(None, (text_of(body, "name"), text_of(body, "address"))))
    point = f"{place.get('latitude', '?')}, {place.get('longitude', '?')}"
    return "location", f"[location] {named or point}", {"location": place}


def _contacts(message: dict[str, Any]) -> Description:
    people = cards(message.get("contacts"))
    return "contacts", f"[contacts] {card_text(people)}".rstrip(), {"contacts": people}


def _reaction(message: dict[str, Any]) -> Description:
    body = message.get("reaction")
    return "reaction", text_of(body, "emoji") or "[reaction removed]", facts(body, "emoji")


def _template_button(message: dict[str, Any]) -> Description:
    body = message.get("button")
    return "button_reply", text_of(body, "text") or "[button]", facts(body, "payload", "text")


def _interactive(message: dict[str, Any]) -> Description:
    body = message.get("interactive")
    if not isinstance(body, dict):
        return _unknown(message)
    what = body.get("type")
    if what == "button_reply" or what == "list_reply":
        choice = body.get(what)
        return what, text_of(choice, "title") or f"[{what}]", facts(choice, "id", "title", "description")
    if what == "nfm_reply":
        answer = body.get("nfm_reply")
        response = {"response_json": text_of(answer, "response_json", longest=_LONGEST_FLOW)}
        return "flow_reply", text_of(answer, "body") or "[flow_reply]", {**facts(answer, "name"), **response}
    return _unknown(message)


def _order(message: dict[str, Any]) -> Description:
    body = message.get("order")
    items = body.get("product_items") if type(body) is dict else None
    count = len(items) if type(items) is list else 0
    text = text_of(body, "text") or f"[order] {count} items"
    content = {**facts(body, "catalog_id"), "item_count": count, "items": products(items)}
    return "order", text, content


def _edit(message: dict[str, Any]) -> Description:
    body = message.get("edit")
    inner = body.get("message") if type(body) is dict else None
    if type(inner) is not dict or inner.get("type") == "edit":
        return "edit", "[edited]", {}
    kind, text, content = describe(inner)
    return "edit", text, {"kind": kind, "content": content}


def _revoke(message: dict[str, Any]) -> Description:
    return "revoke", "[message deleted]", {}


def _system(message: dict[str, Any]) -> Description:
    body = message.get("system")
    content = facts(body, "type", "wa_id", "new_wa_id", "user_id", "identity", "customer")
    if type(message.get("identity")) is dict:
        content["identity"] = facts(message["identity"], "acknowledged", "created_timestamp", "hash")
    return "system", text_of(body, "body") or "[system]", content


def _request_welcome(message: dict[str, Any]) -> Description:
    return "system", "[opened the chat]", {"type": "request_welcome"}


def _unsupported(message: dict[str, Any]) -> Description:
    content = facts(message.get("unsupported"), "type")
    errors = message.get("errors")
    if type(errors) is list and errors:
        content["error"] = facts(errors[0], "code", "title")
    return "unsupported", "[unsupported message]", content


def _unknown(message: dict[str, Any]) -> Description:
    if message.get("type") is None and type(message.get("referral")) is dict:
        return "referral", text_of(message["referral"], "headline", "body") or "[referral]", {}
    return "unsupported", "[unsupported message]", facts(message, "type")


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], Description]]] = {
    "image": _media("image"),
    "audio": _media("audio"),
    "video": _media("video"),
    "document": _media("document"),
    "sticker": _media("sticker"),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _template_button,
    "interactive": _interactive,
    "order": _order,
    "edit": _edit,
    "revoke": _revoke,
    "system": _system,
    "request_welcome": _request_welcome,
    "unsupported": _unsupported,
}
