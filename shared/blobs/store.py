"""What a blob store is: content under an id, written once, checked while it is written, read in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

BLOB_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,100}\Z")
"""What an id may look like: fit for an address and for every store."""

SMALL: Final = 1 << 20
"""Bytes of content that need not be cut into pieces."""


class BlobMissing(Exception):
    """Nothing is stored under this id."""


class BlobTooLarge(Exception):
    """The content is larger than was allowed; nothing was stored. `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class BlobDamaged(Exception):
    """The content is not what its checksum says; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What is stored: `size` in bytes, `sha256` in hex, both of the content itself."""

    id: str
    size: int
    sha256: str
    mime_type: str


class BlobStore(Protocol):
    """Safe to use from many threads. Unavailable (shared.messaging.message) when the store is away."""

    def put(
        self, blob_id: str, content: Iterable[bytes], *, mime_type: str, max_bytes: int, sha256: str = ""
    ) -> Blob:
        """Store the content; when there is already something under this id, that stays and is returned.

        `sha256` (hex), when given, must be the content's. BlobTooLarge, BlobDamaged: nothing is stored.
        Whatever `content` raises passes through, and nothing is stored. ValueError: not a BLOB_ID.
        """
        ...

    def put_small(self, contents: Mapping[str, bytes], *, mime_type: str) -> None:
        """Store many at once, by id, each of at most SMALL bytes; what there is already stays.

        Some of them may be stored when it raises. ValueError: not a BLOB_ID, or not small.
        """
        ...

    def open(self, blob_id: str) -> AbstractContextManager[tuple[Blob, Iterator[bytes]]]:
        """The blob and its content in pieces. BlobMissing, also while reading what is deleted meanwhile."""
        ...

    def delete(self, blob_id: str) -> bool:
        """Forget it; False when there was nothing."""
        ...
