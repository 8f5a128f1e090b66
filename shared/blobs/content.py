"""Content on its way into a store: cut into even pieces, counted, limited and hashed while it passes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from shared.blobs.store import BlobDamaged, BlobTooLarge


class Measured:
    """Iterate once; afterwards `size` (bytes) and `sha256` (hex) are the content's. Holds about one piece."""

    def __init__(self, content: Iterable[bytes], *, piece: int, max_bytes: int) -> None:
        self._content = content
        self._piece = piece
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of what has passed so far."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of exactly `piece` bytes, the last one shorter. BlobTooLarge before a piece too many."""
        waiting = bytearray()
        for data in self._content:
            self.size += len(data)
            if self.size > self._max_bytes:
                raise BlobTooLarge(self._max_bytes)
            self._hash.update(data)
            waiting += data
            while len(waiting) >= self._piece:
                yield bytes(waiting[: self._piece])
                del waiting[: self._piece]
        if waiting:
            yield bytes(waiting)

    def check(self, sha256: str) -> None:
        """BlobDamaged when the content is not what this checksum (hex, empty: none) says."""
        if sha256 and self.sha256 != sha256.lower():
            raise BlobDamaged(f"the content's SHA-256 is {self.sha256}, not {sha256.lower()}")
