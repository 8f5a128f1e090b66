"""A file in a message of the desk: uploaded before, or behind a link."""

import re
from typing import Any

from sandbox.meta.errors import MetaError
from sandbox.meta.store import MetaStore

# "Supported media types" of the Cloud API reference; documents may be anything.
MIME_TYPES = {
    "image": {"image/jpeg", "image/png"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"},
    "video": {"video/mp4", "video/3gpp"},
    "sticker": {"image/webp"},
}
_MAX_STICKER_BYTES = 500 * 2**10
_LINK = re.compile(r"https?://[^\s/]+(/\S*)?\Z")


def by_id_or_link(kind: str, content: Any, store: MetaStore) -> dict[str, Any]:
    """The file that `content` (of a message or a header) names, as the phone shows it.

    Links are not followed: what the desk wrote must not make this process call anybody. Raises MetaError
    131053 for a file that was not uploaded or does not fit its kind, 131008 and 131009 for a missing or bad
    reference.
    """
    if not isinstance(content, dict):
        raise MetaError(131008, f"Parameter '{kind}' is missing.")
    media_id, link = content.get("id"), content.get("link")
    if (media_id is None) == (link is None):
        raise MetaError(131008, f"{kind}: exactly one of 'id' and 'link' is required.")
    shown: dict[str, Any] = {"kind": kind}
    if isinstance(content.get("filename"), str):
        shown["label"] = content["filename"][:240]
    if link is not None:
        if not isinstance(link, str) or len(link) > 2000 or not _LINK.match(link):
            raise MetaError(131009, f"{kind}: 'link' is not a web address.")
        return {"label": link, **shown, "link": link}
    media = store.media(media_id) if isinstance(media_id, str) else None
    if media is None:
        raise MetaError(131053, f"Media {str(media_id)[:40]} was not uploaded here.")
    if kind in MIME_TYPES and media.mime_type.partition(";")[0] not in MIME_TYPES[kind]:
        raise MetaError(131053, f"A file of type {media.mime_type} cannot be sent as {kind}.")
    if kind == "sticker" and len(media.content) > _MAX_STICKER_BYTES:
        raise MetaError(131053, "A sticker has at most 500 KB.")
    return {"label": media.filename or kind.capitalize(), **shown, "media": media.line()}
