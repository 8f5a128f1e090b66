"""Pictures that a mail brings along and names in its HTML: put into it, since its frame may load nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from services.ticket_service.domain.attachment import STORED, Attachment
from shared.blobs.store import BlobMissing, BlobStore

CID: Final = "cid:"
LARGEST: Final = 3_000_000
"""Bytes of one picture; a larger one stands among the files only."""
MOST_TOGETHER: Final = 9_000_000
"""Bytes of all pictures of a mail: the page that holds them is sent at once."""
_HARMLESS: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"))


def inline_ids(content: Mapping[str, Any]) -> dict[str, str]:
    """The attachments that the HTML of a mail names, by their content id."""
    named = content.get("inline")
    return {str(cid): str(each) for cid, each in named.items()} if isinstance(named, dict) else {}


class InlinePictures:
    """The pictures of one mail as `data:` addresses."""

    def __init__(self, named: Mapping[str, str], files: Mapping[str, Attachment], blobs: BlobStore) -> None:
        """`named`: attachment ids by content id; `files` by their id."""
        self._named = {cid.strip("<>").lower(): each for cid, each in named.items()}
        self._files = files
        self._blobs = blobs
        self._made: dict[str, str | None] = {}
        self._left = MOST_TOGETHER

    def address(self, asked: str) -> str | None:
        """What stands for `cid:…` in the HTML; None where there is no such picture, or it is not here yet."""
        content_id = unquote(asked.strip()[len(CID) :]).strip("<>").lower()
        attachment_id = self._named.get(content_id, "")
        if attachment_id not in self._made:
            self._made[attachment_id] = self._read(self._files.get(attachment_id))
        return self._made[attachment_id]

    def _read(self, file: Attachment | None) -> str | None:
        size = (file.size or 0) if file else 0
        if file is None or file.state != STORED or not file.blob_id or file.mime_type not in _HARMLESS:
            return None
        if size > min(LARGEST, self._left):
            return None
        try:
            with self._blobs.open(file.blob_id) as (blob, pieces):
                if blob.size > min(LARGEST, self._left):
                    return None
                content = b"".join(pieces)
        except BlobMissing:
            return None
        self._left -= len(content)
        return f"data:{file.mime_type};base64,{base64.b64encode(content).decode()}"
