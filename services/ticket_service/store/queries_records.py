"""Lists of records for the interface, a page at a time."""

from __future__ import annotations

from typing import Any, TypeVar

from pymongo.database import Database

from services.ticket_service.store.documents.record import record
from services.ticket_service.store.keyset import Order
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.queries import Page, find_page
from shared.mongo.connect import Document

T = TypeVar("T")


class RecordQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def page(self, kind: type[T], where: dict[str, Any], order: Order, page: Page) -> list[T]:
        """Records that fit a filter of the database, one more than the page's limit."""
        how = kind_of(kind)
        found = find_page(self._db[how.collection], where, order, page)
        return [record(kind, how.id_field, each) for each in found]
