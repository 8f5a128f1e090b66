"""What a message refers to: the files it brings, and the earlier message it changes or reacts to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.webhook_gateway.channels.whatsapp_cloud.facts import id_of, text_of
from shared.contracts.attachment import attachment_id

MEDIA: Final = frozenset({"image", "audio", "voice", "video", "document", "sticker"})
TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "reaction": ("reaction", "message_id"),
    "edit": ("edit", "original_message_id"),
    "revoke": ("revoke", "original_message_id"),
}


def files(message: dict[str, Any], kind: str, dedupe_key: str) -> list[dict[str, Any]]:
    """The file of a message of one of the kinds in MEDIA, as `RemoteFile` on the wire, known by Meta's id.

    None where the id is missing: there is nothing to fetch then. An edited caption (kind `edit`) repeats the
    file, which the desk has already. Source: Meta, media messages webhooks.
    """
    body = message.get("audio" if kind == "voice" else kind)
    reference = id_of(body, "id")
    if reference is None:
        return []
    return [
        {
            "id": attachment_id(dedupe_key, 0),
            "kind": kind,
            "reference": reference,
            "mime_type": text_of(body, "mime_type", longest=200),
            "filename": text_of(body, "filename", longest=500),
            "sha256": text_of(body, "sha256", longest=200),
            "size": None,
        }
    ]


def target(message: dict[str, Any], kind: str) -> str | None:
    """Meta's id of the message that one of a kind in TARGETS is about."""
    place, name = TARGETS[kind]
    return id_of(message.get(place), name)
