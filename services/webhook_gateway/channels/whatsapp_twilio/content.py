"""What a form says: our kind, a text people can read, the small facts, and the files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from shared.contracts.attachment import attachment_id

_LONGEST_TEXT: Final = 100_000
_LONGEST_FACT: Final = 5_000
_LONGEST_FLOW: Final = 50_000
_LONGEST_URL: Final = 4_000
_MOST_FILES: Final = 30
_CARDS: Final = frozenset({"text/vcard", "text/x-vcard"})
_FILE_KINDS: Final = frozenset({"image", "audio", "voice", "video", "document", "sticker"})
_REFERRAL: Final = {
    "ReferralSourceUrl": "source_url",
    "ReferralSourceType": "source_type",
    "ReferralSourceId": "source_id",
    "ReferralHeadline": "headline",
    "ReferralBody": "body",
    "ReferralMediaContentType": "media_type",
    "ReferralMediaUrl": "media_url",
    "ReferralCtwaClid": "ctwa_clid",
}

Description = tuple[str, str, dict[str, Any]]


def describe(form: Mapping[str, str], files: list[dict[str, Any]]) -> Description:
    """(kind, text, content) of an incoming message; what is not understood is `unsupported`, with its words.

    Source: Twilio, "Twilio's request to your incoming message webhook URL", WhatsApp-specific parameters.
    """
    kind, text, content = _described(form, files)
    for name, fact in (("Forwarded", "forwarded"), ("FrequentlyForwarded", "frequently_forwarded")):
        if form.get(name) == "true":
            content[fact] = True
    if referral := _facts(form, _REFERRAL):
        content["referral"] = referral
    return kind, text[:_LONGEST_TEXT], content


def files(form: Mapping[str, str], dedupe_key: str) -> list[dict[str, Any]]:
    """The files of a message as `RemoteFile` on the wire; `reference` is the address of each."""
    found: list[dict[str, Any]] = []
    for position in range(_MOST_FILES):
        reference = form.get(f"MediaUrl{position}", "")
        if not 0 < len(reference) <= _LONGEST_URL:
            continue
        mime_type = form.get(f"MediaContentType{position}", "")[:200]
        kind = _file_kind(mime_type, form.get("MessageType", ""))
        found.append(
            {
                "id": attachment_id(dedupe_key, position),
                "kind": kind,
                "reference": reference,
                "mime_type": mime_type,
                "filename": _filename(form.get("Body", "")) if kind == "document" and position == 0 else "",
                "sha256": "",
                "size": None,
            }
        )
    return found


def _described(form: Mapping[str, str], files: list[dict[str, Any]]) -> Description:
    body, told = form.get("Body", ""), form.get("MessageType", "")
    if form.get("ButtonText") or form.get("ButtonPayload"):
        return _button(form, told)
    if form.get("ListId"):
        names = {"ListId": "id", "ListTitle": "title", "ListDescription": "description"}
        return "list_reply", form.get("ListTitle") or body or "[list_reply]", _facts(form, names)
    if form.get("Latitude") and form.get("Longitude"):
        return _location(form)
    if told == "reaction":
        return "reaction", body or "[reaction removed]", {"emoji": body[:_LONGEST_FACT]}
    answers = form.get("FlowData") or form.get("InteractiveData")
    if answers:
        return "flow_reply", body or "[flow_reply]", {"response_json": answers[:_LONGEST_FLOW]}
    if told == "contacts" or (files and _bare(files[0]["mime_type"]) in _CARDS):
        return "contacts", body or "[contacts]", {}
    kind = files[0]["kind"] if files else told
    if kind in _FILE_KINDS:
        return kind, body or f"[{kind}]", {}
    if told in ("", "text", "interactive", "button") and body:
        return "text", body, {}
    if not body and form.get("ReferralSourceUrl"):
        return "referral", form.get("ReferralHeadline") or form.get("ReferralBody") or "[referral]", {}
    return "unsupported", body or "[unsupported message]", {"type": told[:_LONGEST_FACT]}


def _button(form: Mapping[str, str], told: str) -> Description:
    """A template's button answers with a payload, one of a message in the conversation with an id."""
    names = {"ButtonPayload": "id", "ButtonText": "title"}
    if told == "button":
        names = {"ButtonPayload": "payload", "ButtonText": "text"}
    text = form.get("ButtonText") or form.get("Body") or "[button]"
    return "button_reply", text, _facts(form, names)


def _location(form: Mapping[str, str]) -> Description:
    place: dict[str, Any] = {}
    for name, fact in (("Latitude", "latitude"), ("Longitude", "longitude")):
        degrees = _degrees(form[name])
        if degrees is not None:
            place[fact] = degrees
    place |= _facts(form, {"Label": "name", "Address": "address"})
    named = ", ".join(filter(None, (form.get("Label"), form.get("Address"))))
    point = f"{place.get('latitude', '?')}, {place.get('longitude', '?')}"
    return "location", f"[location] {named or point}", {"location": place}


def _degrees(text: str) -> float | None:
    try:
        degrees = float(text[:40])
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) else None


def _facts(form: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    return {fact: form[name][:_LONGEST_FACT] for name, fact in names.items() if form.get(name)}


def _file_kind(mime_type: str, told: str) -> str:
    """By its type; WhatsApp's voice messages are the only Ogg files it sends, its stickers are WebP."""
    bare = _bare(mime_type)
    if told == "sticker" or bare == "image/webp":
        return "sticker"
    if bare == "audio/ogg":
        return "voice"
    family = bare.partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"


def _bare(mime_type: str) -> str:
    return mime_type.partition(";")[0].strip().lower()


def _filename(body: str) -> str:
    """Twilio puts a document's name into the text when it has no caption."""
    stem, dot, ending = body.rpartition(".")
    looks_so = bool(stem and dot) and 0 < len(ending) <= 5 and ending.isalnum() and len(body) <= 240
    return body if looks_so and "\n" not in body and "/" not in body and "\\" not in body else ""
