"""Which files have a small picture, how large it is, and where it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.ticket_service.domain.attachment import Attachment

SMALL: Final = "small"
PREVIEW: Final = "preview"
PIXELS: Final[Mapping[str, int]] = {SMALL: 320, PREVIEW: 1_400}
"""The longer side of each size, at most."""
PICTURED: Final = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"))
"""Types that are drawn; of a PDF it is the first page, of a moving picture the first image."""
LARGEST_SOURCE: Final = 32 * 2**20
"""Bytes; what is larger is not worth the time."""


def has_picture(file: Attachment) -> bool:
    """Whether a file may have one, by its type and size."""
    known = file.mime_type.partition(";")[0] in PICTURED
    return known and file.size is not None and file.size <= LARGEST_SOURCE


def picture_id(blob_id: str, size: str) -> str:
    """The blob in which the picture of a file is kept, beside the file itself."""
    return f"{blob_id}.{size}"


def pictures_of(blob_id: str) -> list[str]:
    """The blobs that go when the file's own goes."""
    return [picture_id(blob_id, size) for size in PIXELS]
