"""Jobs of the clock: deleted tickets and confidential answers go when their time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pymongo.database import Database

from services.ticket_service.act.confidential import forget_due
from services.ticket_service.act.deleting import purge
from services.ticket_service.acting import Desk
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.store.queries_relations import DueQueries
from shared.blobs.store import BlobStore
from shared.mongo.connect import Document

Run = Callable[[datetime], int]


def purge_job(desk: Desk, db: Database[Document], blobs: BlobStore) -> Run:
    """Lets go for good what was deleted long enough ago; run it once an hour or so."""
    due = DueQueries(db)

    def forget(files: list[Attachment]) -> None:
        for file in files:
            if file.blob_id is not None:
                blobs.delete(file.blob_id)

    return lambda now: purge(desk, due.deleted, forget, now)


def confidential_job(desk: Desk, db: Database[Document]) -> Run:
    """Deletes confidential answers whose days are over; run it every few minutes."""
    due = DueQueries(db)
    return lambda now: forget_due(desk, due.confidential, now)
