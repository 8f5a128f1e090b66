"""What the interface reads of the quarantine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.quarantine import QuarantineItem
from services.ticket_service.store import documents
from services.ticket_service.store.collections import QUARANTINE
from services.ticket_service.store.keyset import Order
from services.ticket_service.store.queries import Page, find_page
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_ORDER: Final = Order("quarantined_at", newest_first=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """An item with what was decided on it."""

    item: QuarantineItem
    state: str
    decided_at: datetime | None
    decided_by: str | None


class QuarantineQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._items = db[QUARANTINE]

    def items(self, state: str | None, reasons: Collection[str], page: Page) -> list[Kept]:
        """Items, put aside for any of these reasons (for whatever reason where none is given), newest first.

        One more than the page's limit when there are more.
        """
        wanted: Document = {"state": {"$eq": state}} if state is not None else {}
        if reasons:
            wanted["reason"] = {"$in": sorted(reasons)}
        return [_kept(document) for document in find_page(self._items, wanted, _ORDER, page)]

    def item(self, item_id: str) -> Kept | None:
        """The item with this id."""
        with database_errors():
            found = self._items.find_one({"_id": {"$eq": item_id}})
        return _kept(found) if found else None


def _kept(document: Document) -> Kept:
    item = documents.quarantine_item(document)
    return Kept(item, document["state"], document["decided_at"], document["decided_by"])
