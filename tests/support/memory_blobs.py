"""The blob store's in-memory twin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from shared.blobs.content import Measured
from shared.blobs.store import BLOB_ID, SMALL, Blob, BlobMissing
from shared.messaging.message import Unavailable

PIECE = 1 << 16


class MemoryBlobStore:
    """Blobs in a dict. `fail(times)` makes the next calls find it away."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[Blob, bytes]] = {}
        self._failures = 0

    def fail(self, times: int = 1) -> None:
        """Be away for the next calls."""
        self._failures = times

    def put(
        self, blob_id: str, content: Iterable[bytes], *, mime_type: str, max_bytes: int, sha256: str = ""
    ) -> Blob:
        """Store the content, unless there is something already."""
        if not BLOB_ID.match(blob_id):
            raise ValueError("not a blob's id")
        self._meet()
        if blob_id in self._blobs:
            return self._blobs[blob_id][0]
        measured = Measured(content, piece=PIECE, max_bytes=max_bytes)
        whole = b"".join(measured)
        measured.check(sha256)
        blob = Blob(blob_id, measured.size, measured.sha256, mime_type)
        return self._blobs.setdefault(blob_id, (blob, whole))[0]

    def put_small(self, contents: Mapping[str, bytes], *, mime_type: str) -> None:
        """Store them all."""
        for blob_id, content in contents.items():
            if len(content) > SMALL:
                raise ValueError("not small")
            self.put(blob_id, [content], mime_type=mime_type, max_bytes=SMALL)

    @contextmanager
    def open(self, blob_id: str) -> Iterator[tuple[Blob, Iterator[bytes]]]:
        """The blob and its content in pieces."""
        self._meet()
        found = self._blobs.get(blob_id)
        if found is None:
            raise BlobMissing(blob_id)
        blob, content = found
        yield blob, (content[start : start + PIECE] for start in range(0, len(content), PIECE))

    def delete(self, blob_id: str) -> bool:
        """Forget it."""
        self._meet()
        return self._blobs.pop(blob_id, None) is not None

    def kept(self) -> list[str]:
        """The ids of all there is."""
        return sorted(self._blobs)

    def _meet(self) -> None:
        if self._failures:
            self._failures -= 1
            raise Unavailable("told to be away")
