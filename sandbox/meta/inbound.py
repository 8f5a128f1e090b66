"""A customer's message of each kind: as Meta's webhook says it, and as the phone draws it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.meta.numbers import user_id_of, wa_id_of
from sandbox.meta.store import MetaStore, PhoneMessage
from sandbox.problems import not_valid


@dataclass(frozen=True, slots=True)
class Draft:
    """What differs between kinds: the keys of the webhook's message, and what the phone shows.

    `target` is the message that it changes or answers, when it is one.
    """

    wire: dict[str, Any]
    shown: dict[str, Any]
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and where to look things up."""

    wa_id: str
    name: str
    outgoing: bool  # the business itself, on its own phone
    store: MetaStore


def draft(body: dict[str, Any], writer: Writer) -> Draft:
    """Build the message that `body` (as inbound_schemas.check loads it) asks for.

    Shapes: "Webhooks, messages" of the Cloud API reference. Raises Problem 422 for a file, a target or a
    choice that does not exist.
    """
    return _BUILDERS[body["kind"]](body, writer)


def _text(body: dict[str, Any], _: Writer) -> Draft:
    words = body["text"]
    return Draft({"type": "text", "text": {"body": words}}, {"kind": "text", "text": words})


def _media(body: dict[str, Any], writer: Writer) -> Draft:
    kind = body["kind"]
    media = writer.store.media(body["media_id"])
    if media is None:
        raise not_valid(media_id="No such file here; upload it first.")
    content: dict[str, Any] = {}
    if caption := body.get("caption"):
        content["caption"] = caption
    if filename := (body.get("filename") or (media.filename if kind == "document" else None)):
        content["filename"] = filename
    # The webhook has the digest in base64, the media's own description has it in hexadecimal digits.
    digest = base64.b64encode(bytes.fromhex(media.sha256)).decode()
    content |= {"mime_type": media.mime_type, "sha256": digest, "id": media.id}
    if kind in ("audio", "voice"):
        content["voice"] = kind == "voice"
        if content["voice"] and media.mime_type == "audio/ogg":
            content["mime_type"] = "audio/ogg; codecs=opus"
    if kind == "sticker":
        told = body["animated"]
        content["animated"] = b"ANIM" in media.content[:64] if told is None else told
    wire_kind = "audio" if kind == "voice" else kind
    shown = {"kind": kind, "label": content.get("filename") or kind.capitalize(), "media": media.line()}
    return Draft({"type": wire_kind, wire_kind: content}, shown | ({"text": caption} if caption else {}))


def _location(body: dict[str, Any], _: Writer) -> Draft:
    place = body["location"]
    shown = {"kind": "location", "label": place.get("name") or "Location", **place}
    return Draft({"type": "location", "location": place}, shown)


def _contacts(body: dict[str, Any], _: Writer) -> Draft:
    cards = body["contacts"]
    wire = {"type": "contacts", "contacts": [_card(card) for card in cards]}
    return Draft(wire, {"kind": "contacts", "label": cards[0]["name"], "cards": cards})


def _card(card: dict[str, Any]) -> dict[str, Any]:
    first, _, last = card["name"].partition(" ")
    name = {"formatted_name": card["name"], "first_name": first} | ({"last_name": last} if last else {})
    made: dict[str, Any] = {"name": name, "phones": []}
    for phone in card["phones"]:
        wa_id = wa_id_of(phone)
        made["phones"].append({"phone": phone, "type": "CELL"} | ({"wa_id": wa_id} if wa_id else {}))
    if card["emails"]:
        made["emails"] = [{"email": email, "type": "WORK"} for email in card["emails"]]
    if card["organisation"]:
        made["org"] = {"company": card["organisation"]}
    return made


def _reaction(body: dict[str, Any], writer: Writer) -> Draft:
    target, emoji = body["target"], body["emoji"]
    _known(target, writer)
    # A removal has no emoji at all.
    reaction = {"message_id": target} | ({"emoji": emoji} if emoji else {})
    shown = {"kind": "reaction", "label": "Reaction", "text": emoji, "target": target}
    return Draft({"type": "reaction", "reaction": reaction}, shown, target)


def _edit(body: dict[str, Any], writer: Writer) -> Draft:
    target, words = body["target"], body["text"]
    message = _own(target, writer)
    changed: dict[str, Any] = {"type": "text", "text": {"body": words}}
    before = (writer.store.wire(target) or {}) if message else {}
    if before.get("type") in ("image", "video", "document"):
        kind = before["type"]
        changed = {"type": kind, kind: {**before[kind], "caption": words}}
    edit = {"original_message_id": target, "message": {"context": {"id": target}, **changed}}
    shown = {"kind": "edit", "label": "Edited", "text": words, "target": target}
    return Draft({"type": "edit", "edit": edit}, shown, target)


def _revoke(body: dict[str, Any], writer: Writer) -> Draft:
    target = body["target"]
    _own(target, writer)
    shown = {"kind": "revoke", "label": "Deleted", "target": target}
    return Draft({"type": "revoke", "revoke": {"original_message_id": target}}, shown, target)


def _choice(body: dict[str, Any], writer: Writer) -> Draft:
    kind, target = body["kind"], body["target"]
    message = _known(target, writer)
    if message is None or not message.outgoing:
        raise not_valid(target="No message of the desk with choices has this id.")
    offered = _offered(message.shown, kind)
    found = _picked(offered, body["choice"])
    shown = {"kind": kind, "label": "Choice", "text": found["title"], "target": target}
    if kind == "template_button":
        button = {"payload": found.get("payload") or found["title"], "text": found["title"]}
        return Draft({"type": "button", "button": button}, shown, target)
    reply = {"id": found["id"], "title": found["title"]}
    if kind == "list_reply" and found.get("description"):
        reply["description"] = found["description"]
    return Draft({"type": "interactive", "interactive": {"type": kind, kind: reply}}, shown, target)


def _offered(shown: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    if kind == "list_reply":
        sections = shown.get("list", {}).get("sections", [])
        return [row for section in sections for row in section["rows"]]
    wanted = "reply" if kind == "button_reply" else "quick_reply"
    return [button for button in shown.get("buttons", []) if button["type"] == wanted]


def _picked(offered: list[dict[str, Any]], choice: Any) -> dict[str, Any]:
    if isinstance(choice, int) and not isinstance(choice, bool) and 0 <= choice < len(offered):
        return offered[choice]
    for key in ("id", "payload", "title"):
        for one in offered:
            if isinstance(choice, str) and one.get(key) == choice:
                return one
    titles = ", ".join(one["title"] for one in offered) or "nothing"
    raise not_valid(choice=f"Not among what the message offers: {titles}.")


def _flow_reply(body: dict[str, Any], writer: Writer) -> Draft:
    _known(body["target"], writer)
    answer = json.dumps(body["response"], separators=(",", ":"), ensure_ascii=False)
    reply = {"name": "flow", "body": "Sent", "response_json": answer}
    shown = {"kind": "flow_reply", "label": "Form sent", "text": answer, "target": body["target"]}
    wire = {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}
    return Draft(wire, shown, body["target"])


def _order(body: dict[str, Any], _: Writer) -> Draft:
    order = {"catalog_id": body["catalog_id"], "product_items": body["items"]}
    words = {"text": body["text"]} if body["text"] else {}
    shown = {"kind": "order", "label": "Order", "items": body["items"], **words}
    return Draft({"type": "order", "order": order | words}, shown)


def _system(body: dict[str, Any], writer: Writer) -> Draft:
    change, name = body["change"], writer.name
    wire: dict[str, Any] = {"type": "system"}
    if change == "user_changed_number":
        new = wa_id_of(body["new_number"] or "")
        if new is None:
            raise not_valid(new_number="Not a phone number with its country code.")
        words = f"{name} changed from {writer.wa_id} to {new}"
        wire["system"] = {"body": words, "wa_id": new, "type": change}
    elif change == "user_changed_user_id":
        words = f"{name} changed their user id"
        wire["system"] = {"body": words, "user_id": user_id_of(f"{writer.wa_id}0"), "type": change}
    else:
        words = f"{name}'s security code changed"
        wire["system"] = {"body": words, "type": change}
        wire["identity"] = {"acknowledged": True, "created_timestamp": "1740691293", "hash": "DF2lS5v2W6x="}
    return Draft(wire, {"kind": "system", "label": words, "text": words})


def _request_welcome(_: dict[str, Any], writer: Writer) -> Draft:
    words = f"{writer.name} opened the chat for the first time"
    return Draft({"type": "request_welcome"}, {"kind": "system", "label": words, "text": words})


def _unsupported(body: dict[str, Any], _: Writer) -> Draft:
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    kind = body["unsupported_type"]
    wire = {"type": "unsupported", "unsupported": {"type": kind}, "errors": [error]}
    return Draft(wire, {"kind": "unsupported", "label": f"A {kind}, which businesses do not get"})


def _known(target: str, writer: Writer) -> PhoneMessage | None:
    """The message meant, if it is still known: what somebody else delivered may be meant as well."""
    message = writer.store.get(target)
    if message is not None and message.wa_id != writer.wa_id:
        raise not_valid(target="This message is on somebody else's phone.")
    return message


def _own(target: str, writer: Writer) -> PhoneMessage | None:
    message = _known(target, writer)
    if message is not None and (message.outgoing != writer.outgoing or message.deleted):
        raise not_valid(target="Only an own message that is not deleted can be changed.")
    return message


_BUILDERS: dict[str, Callable[[dict[str, Any], Writer], Draft]] = {
    "text": _text,
    **dict.fromkeys(("image", "video", "audio", "voice", "document", "sticker"), _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    **dict.fromkeys(("button_reply", "list_reply", "template_button"), _choice),
    "flow_reply": _flow_reply,
    "order": _order,
    "system": _system,
    "request_welcome": _request_welcome,
    "unsupported": _unsupported,
}
