"""Jobs of the clock: whoever asked to be forgotten is, and data goes when its time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from pymongo.database import Database

from services.ticket_service.act.erasing import finish_erasures
from services.ticket_service.act.files import forget_contents
from services.ticket_service.act.retention import forget_old
from services.ticket_service.acting import Desk
from services.ticket_service.store.erasing import MongoErasing
from services.ticket_service.store.erasing_traces import MongoTraces
from services.ticket_service.store.old_data import MongoOldData
from shared.blobs.store import BlobStore
from shared.mongo.connect import Document

Run = Callable[[datetime], int]


def erasing_job(desk: Desk, db: Database[Document], blobs: BlobStore) -> Run:
    """Forgets the rest of persons who are being erased; run it every few seconds."""
    forget = partial(forget_contents, blobs)
    return partial(finish_erasures, desk, MongoErasing(db), MongoTraces(db), forget)


def retention_job(desk: Desk, db: Database[Document], blobs: BlobStore) -> Run:
    """Forgets what is kept long enough; run it once an hour or so."""
    return partial(forget_old, desk, MongoOldData(db), partial(forget_contents, blobs))
