"""Uploads that nobody sent: each new upload lets a few of the oldest go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from services.ticket_service.act.files import forget_contents
from services.ticket_service.store.queries_files import FileQueries
from shared.blobs.store import BlobStore
from shared.messaging.message import Unavailable

_log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(days=7)
_AT_ONCE: Final = 5
"""More than one, so that the old ones become fewer whatever happens; few, so that an upload stays quick."""


def forget_old_uploads(files: FileQueries, blobs: BlobStore, now: datetime) -> None:
    """Forget some uploads that belong to no message after KEPT_FOR; a failure leaves them to the next one."""
    try:
        for upload in files.unsent_uploads(now - KEPT_FOR, _AT_ONCE):
            if files.forget_upload(upload):
                forget_contents(blobs, [upload])
    except Unavailable as error:
        _log.warning("old uploads stay for now", reason=str(error))
