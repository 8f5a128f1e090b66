"""Lists of records for the interface, a page at a time."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pymongo.database import Database

from services.ticket_service.store.documents.record import record
from services.ticket_service.store.keyset import MAX_MILLISECONDS, Order
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.queries import Page, find_page
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

T = TypeVar("T")
COUNTED: Final = 1_000
"""Nobody needs to know more exactly how many wait."""


class RecordQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def page(self, kind: type[T], where: dict[str, Any], order: Order, page: Page) -> list[T]:
        """Records that fit a filter of the database, one more than the page's limit."""
        how = kind_of(kind)
        found = find_page(self._db[how.collection], where, order, page)
        return [record(kind, how.id_field, each) for each in found]

    def count(self, kind: type[Any], where: dict[str, Any]) -> int:
        """How many fit a filter of the database; COUNTED stands for that many or more."""
        with database_errors():
            return self._db[kind_of(kind).collection].count_documents(
                where, limit=COUNTED, maxTimeMS=MAX_MILLISECONDS
            )
