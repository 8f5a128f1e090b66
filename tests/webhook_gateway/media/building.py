"""Files to be fetched, as tests want them."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from services.webhook_gateway.domain.media_job import MediaJob, Wanted
from shared.contracts.attachment import attachment_id

NOW = datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC)
CHANNEL = "whatsapp-main"
MESSAGE = "whatsapp_cloud:109876543210987:wamid.1"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(range(256)) * 40
HEX = hashlib.sha256(JPEG).hexdigest()
BASE64 = base64.b64encode(hashlib.sha256(JPEG).digest()).decode()


def wanted(**changes: Any) -> Wanted:
    """An image with the media id 123 of the first message."""
    fields: dict[str, Any] = {
        "id": attachment_id(MESSAGE, 0),
        "kind": "image",
        "reference": "123",
        "mime_type": "image/jpeg",
        "filename": "",
        "sha256": BASE64,
        "size": None,
        "message_id": MESSAGE,
        "channel_id": CHANNEL,
        "channel_kind": "whatsapp_cloud",
    }
    return Wanted(**fields | changes)


def a_job(name: str = "", *, since: datetime = NOW, **changes: Any) -> MediaJob:
    """A job for it, due at once; a name makes it another file."""
    file = wanted(id=attachment_id(MESSAGE + name, 0), **changes)
    return MediaJob(
        file, since=since, due_at=since, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01", cause="e1"
    )
