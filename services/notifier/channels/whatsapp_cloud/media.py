"""Files to Meta: read from the blob store in pieces, uploaded once, their id remembered for a while."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, Any, Final

import httpx

from services.notifier.domain.content import File
from shared.blobs.store import BlobStore

KNOWN_FOR: Final = timedelta(days=20)
"""Meta keeps what was uploaded for 30 days."""
UPLOAD_SECONDS: Final = 240.0
"""For a whole file; less than the lease of a claimed delivery that has one."""
_MOST_KNOWN: Final = 1_000
_IN_MEMORY: Final = 1_000_000


class _InTime:
    """A file to be read before a deadline (monotonic seconds): a slow line must not outlast the claim."""

    def __init__(self, stream: IO[bytes], deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, size: int = -1) -> bytes:
        """The next bytes. httpx.WriteTimeout after the deadline."""
        if time.monotonic() > self._deadline:
            raise httpx.WriteTimeout("the upload took too long")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As files do; the client asks for the length this way."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As files do."""
        return self._stream.tell()


class Uploads:
    """Meta's ids of files. Safe to use from many threads; two that need the same file may both upload it."""

    def __init__(self, blobs: BlobStore, clock: Callable[[], datetime]) -> None:
        self._blobs = blobs
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def media_id(self, file: File, upload: Callable[[Any, str, str], str]) -> str:
        """The id of this file, from `upload(stream, mime type, file name)` when it is not known.

        BlobMissing, Unavailable; whatever `upload` raises.
        """
        with self._lock:
            known = self._known.get(file.blob_id)
        if known is not None and known[1] > self._clock():
            return known[0]
        # A file on disk: the client wants to know the length first, and 100 MB must not sit in memory.
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
            with self._blobs.open(file.blob_id) as (_, pieces):
                for piece in pieces:
                    stream.write(piece)
            stream.seek(0)
            media_id = upload(
                _InTime(stream, time.monotonic() + UPLOAD_SECONDS),
                file.mime_type.partition(";")[0].strip(),
                file.filename or file.kind,
            )
        with self._lock:
            self._known[file.blob_id] = (media_id, self._clock() + KNOWN_FOR)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return media_id

    def forget(self, file: File) -> None:
        """Upload it again next time: Meta no longer knows it."""
        with self._lock:
            self._known.pop(file.blob_id, None)
