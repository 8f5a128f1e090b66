"""What a message says: our kind for Meta's type, a text people can read, and the small facts worth having."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.webhook_gateway.channels.whatsapp_cloud.split import Malformed

_LONGEST_TEXT: Final = 100_000
_LONGEST_FACT: Final = 5_000
_MOST_CONTACTS: Final = 50

Description = tuple[str, str, dict[str, Any]]


def describe(message: dict[str, Any]) -> Description:
    """(kind, text, content) of a message. Malformed for a text without text; every other gap is tolerated."""
    kind = message.get("type")
    if kind == "text":
        body = message.get("text")
        text = body.get("body") if type(body) is dict else None
        if type(text) is not str:
            raise Malformed("malformed-text", "The text message has no text.")
        description: Description = ("text", text[:_LONGEST_TEXT], {})
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
    if "referral" in message:
        content["referral"] = _facts(
            message["referral"], "source_url", "source_type", "source_id", "headline", "body", "ctwa_clid"
        )
    if "group_id" in message:
        content |= _facts(message, "group_id")


def _facts(source: Any, *names: str) -> dict[str, Any]:
    """The named simple values: texts cut to a sensible length, numbers that fit a database."""
    if type(source) is not dict:
        return {}
    found: dict[str, Any] = {}
    for name in names:
        value = source.get(name)
        if type(value) is str:
            found[name] = value[:_LONGEST_FACT]
        elif type(value) in (bool, float) or (type(value) is int and -(2**63) <= value < 2**63):
            found[name] = value
    return found


def _text(source: Any, *names: str) -> str:
    """The first of the named values that is a text with something in it."""
    if type(source) is dict:
        for name in names:
            value = source.get(name)
            if type(value) is str and value:
                return value[:_LONGEST_TEXT]
    return ""


def _media(kind: str) -> Callable[[dict[str, Any]], Description]:
    def read(message: dict[str, Any]) -> Description:
        body = message.get(kind)
        media = _facts(body, "id", "mime_type", "sha256", "filename", "voice", "animated")
        shown = "voice" if kind == "audio" and media.get("voice") is True else kind
        text = _text(body, "caption") or f"[{shown}]"
        if kind == "document" and text == "[document]" and media.get("filename"):
            text = f"[document] {media['filename']}"
        return shown, text, {"media": media}

    return read


def _location(message: dict[str, Any]) -> Description:
    body = message.get("location")
    place = _facts(body, "latitude", "longitude", "name", "address", "url")
    named = ", ".join(filter(None, (_text(body, "name"), _text(body, "address"))))
    point = f"{place.get('latitude', '?')}, {place.get('longitude', '?')}"
    return "location", f"[location] {named or point}", {"location": place}


def _contacts(message: dict[str, Any]) -> Description:
    cards = message.get("contacts")
    people: list[dict[str, Any]] = []
    for card in cards[:_MOST_CONTACTS] if isinstance(cards, list) else []:
        if type(card) is dict:
            numbers = card.get("phones")
            known = numbers[:_MOST_CONTACTS] if isinstance(numbers, list) else []
            phones = [_text(number, "phone", "wa_id")[:100] for number in known]
            name = _text(card.get("name"), "formatted_name", "first_name")[:500]
            people.append({"name": name, "phones": [phone for phone in phones if phone]})
    names = ", ".join(person["name"] or ", ".join(person["phones"]) for person in people)
    return "contacts", f"[contacts] {names}".rstrip(), {"contacts": people}


def _reaction(message: dict[str, Any]) -> Description:
    body = message.get("reaction")
    return "reaction", _text(body, "emoji") or "[reaction removed]", _facts(body, "message_id", "emoji")


def _template_button(message: dict[str, Any]) -> Description:
    body = message.get("button")
    return "button_reply", _text(body, "text") or "[button]", _facts(body, "payload", "text")


def _interactive(message: dict[str, Any]) -> Description:
    body = message.get("interactive")
    if not isinstance(body, dict):
        return _unknown(message)
    what = body.get("type")
    if what == "button_reply" or what == "list_reply":
        choice = body.get(what)
        return what, _text(choice, "title") or f"[{what}]", _facts(choice, "id", "title", "description")
    if what == "nfm_reply":
        answer = body.get("nfm_reply")
        return "flow_reply", _text(answer, "body") or "[flow_reply]", _facts(answer, "name", "response_json")
    return _unknown(message)


def _order(message: dict[str, Any]) -> Description:
    body = message.get("order")
    items = body.get("product_items") if type(body) is dict else None
    count = len(items) if type(items) is list else 0
    text = _text(body, "text") or f"[order] {count} items"
    return "order", text, {**_facts(body, "catalog_id"), "item_count": count}


def _edit(message: dict[str, Any]) -> Description:
    body = message.get("edit")
    inner = body.get("message") if type(body) is dict else None
    original = _facts(body, "original_message_id")
    if type(inner) is not dict or inner.get("type") == "edit":
        return "edit", "[edited]", original
    kind, text, content = describe(inner)
    return "edit", text, {**original, "kind": kind, "content": content}


def _revoke(message: dict[str, Any]) -> Description:
    return "revoke", "[message deleted]", _facts(message.get("revoke"), "original_message_id")


def _system(message: dict[str, Any]) -> Description:
    body = message.get("system")
    facts = _facts(body, "type", "wa_id", "new_wa_id", "user_id", "identity", "customer")
    return "system", _text(body, "body") or "[system]", facts


def _request_welcome(message: dict[str, Any]) -> Description:
    return "system", "[opened the chat]", {"type": "request_welcome"}


def _unsupported(message: dict[str, Any]) -> Description:
    content = _facts(message.get("unsupported"), "type")
    errors = message.get("errors")
    if type(errors) is list and errors:
        content["error"] = _facts(errors[0], "code", "title")
    return "unsupported", "[unsupported message]", content


def _unknown(message: dict[str, Any]) -> Description:
    if message.get("type") is None and type(message.get("referral")) is dict:
        return "referral", _text(message["referral"], "headline", "body") or "[referral]", {}
    return "unsupported", "[unsupported message]", _facts(message, "type")


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
