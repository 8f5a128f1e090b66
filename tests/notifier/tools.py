"""What senders are given besides their settings, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.notifier.channels.kind import SenderTools
from services.notifier.domain.content import File
from shared.contracts.envelope import Event
from tests.notifier.building import NOW, counter
from tests.support.memory_blobs import MemoryBlobStore

TEMPLATES = {("please_answer", "it"): "HX" + "1" * 32, ("ticket_update", "it"): "HX" + "2" * 32}


def tools(
    blobs: MemoryBlobStore | None = None,
    *,
    links: bool = True,
    publish: Callable[[Event], None] | None = None,
    ours: Mapping[str, str] | None = None,
) -> SenderTools:
    """Tools over this blob store; templates are those above. `publish`: where events go, else nowhere.
    `ours`: our send ids by the provider's.
    """
    return SenderTools(
        blobs=blobs or MemoryBlobStore(),
        template_id=lambda channel_id, name, language: TEMPLATES.get((name, language)),
        file_link=(lambda blob_id, filename: f"https://desk.example/files/{blob_id}/{filename}")
        if links
        else None,
        clock=lambda: NOW,
        new_id=counter("event"),
        publish=publish or (lambda event: None),
        sent_as=lambda channel_id, provider_message_id: (ours or {}).get(provider_message_id),
    )


def a_file(kind: str = "image", mime_type: str = "image/jpeg", *, size: int = 5, name: str = "a.jpg") -> File:
    """A file as a reply names it; put `content_of(file)` into the store to let it be read."""
    return File(f"id-{name}", kind, f"blob-{name.replace('.', '-')}", mime_type, name, size, "0" * 64)


def stored(blobs: MemoryBlobStore, file: File, content: bytes = b"bytes") -> File:
    """The file with something in the store."""
    blobs.put(file.blob_id, [content], mime_type=file.mime_type, max_bytes=10_000_000)
    return file
