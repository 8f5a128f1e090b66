"""Jobs of the clock: deleted tickets and confidential answers go when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from pymongo.database import Database

from services.ticket_service.act.confidential import forget_due
from services.ticket_service.act.deleting import purge
from services.ticket_service.act.files import forget_contents
from services.ticket_service.acting import Desk
from services.ticket_service.store.queries_relations import DueQueries
from shared.blobs.store import BlobStore
from shared.mongo.connect import Document

Run = Callable[[datetime], int]


def purge_job(desk: Desk, db: Database[Document], blobs: BlobStore) -> Run:
    """Lets go for good what was deleted long enough ago; run it once an hour or so."""
    return partial(purge, desk, DueQueries(db).deleted, partial(forget_contents, blobs))


def confidential_job(desk: Desk, db: Database[Document]) -> Run:
    """Deletes confidential answers whose days are over; run it every few minutes."""
    return partial(forget_due, desk, DueQueries(db).confidential)
