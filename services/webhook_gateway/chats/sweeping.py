"""Files that visitors sent and no message named: removed when none can name them any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter

from services.webhook_gateway.channels.webchat.uploads import UNNAMED_FOR
from services.webhook_gateway.chat_ports import Uploads
from shared.blobs.store import BlobStore
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

PAUSE_SECONDS: Final = 600.0
AT_ONCE: Final = 100
_REMOVED: Final = Counter(
    "sportello_chat_uploads_removed_total", "Files of visitors that no message named, removed."
)
_log = structlog.get_logger(__name__)


class UploadSweeper:
    """A thread of the worker. Where several workers sweep, each file is still removed once."""

    def __init__(self, uploads: Uploads, blobs: BlobStore, stop: Stop, clock: Callable[[], datetime]) -> None:
        self._uploads = uploads
        self._blobs = blobs
        self._stop = stop
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait until it has ended; the stop must have been requested."""
        if self._thread.is_alive():
            self._thread.join()

    def sweep(self) -> int:
        """Remove the oldest, at most AT_ONCE; how many were looked at. Unavailable: the rest comes later."""
        now = self._clock()
        claimed = self._uploads.claim(now - UNNAMED_FOR, AT_ONCE)
        # One whose process died before it was stored has a name, and nothing to remove.
        removed = sum(self._blobs.delete(blob_id) for blob_id in claimed)
        self._uploads.removed(claimed, now)
        if claimed:
            _REMOVED.inc(removed)
            _log.info("files that no message named are removed", files=removed)
        return len(claimed)

    def _run(self) -> None:
        while not self._stop.requested:
            swept = 0
            try:
                swept = self.sweep()
            except Unavailable as error:
                _log.warning("files that no message named stay for now", reason=str(error))
            except Exception:
                # Whatever it is, the thread goes on: nobody would start it again.
                _log.exception("files that no message named stay for now")
            if swept < AT_ONCE:
                self._stop.wait(PAUSE_SECONDS)
