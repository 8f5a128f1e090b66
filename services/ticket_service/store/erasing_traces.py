"""Forgets what names a person beside their tickets: webhooks' bodies, blocked senders, quarantined items."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from pymongo import ASCENDING
from pymongo.database import Database

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.audit import AuditEntry
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.erasure import ERASED_FOR_GOOD, SHORTEST_VALUE
from services.ticket_service.domain.quarantine import DISCARDED, HELD, REPLAYED
from services.ticket_service.domain.webhook import FAILED, PENDING, WebhookDelivery
from services.ticket_service.store import collections as names
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.originals import quarantined
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_SLICE: Final = 1_000


class MongoTraces:
    """Traces on MongoDB; each step may be repeated, and finds what is left."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def forget_webhooks(self, ticket_ids: Collection[str], now: datetime) -> None:
        """Empty what was sent, or waits to be sent, to others about these tickets; what waits has failed."""
        deliveries = self._db[kind_of(WebhookDelivery).collection]
        attempt = {"at": now, "status": None, "error": ERASED_FOR_GOOD, "milliseconds": 0}
        emptied: Document = {"$set": {"body": ""}, "$inc": {"version": 1}}
        ended = {
            "$set": {"body": "", "state": FAILED},
            "$push": {"attempts": attempt},
            "$inc": {"version": 1},
        }
        with database_errors():
            for some in _slices(ticket_ids):
                here: Document = {"ticket_id": {"$in": some}, "body": {"$ne": ""}}
                deliveries.update_many({**here, "state": PENDING}, ended)
                deliveries.update_many(here, emptied)

    def forget_blocked(self, keys: Collection[str]) -> None:
        """Forget why these senders are blocked, on which ticket and from where they wrote, also in the audit
        log; blocked they stay.

        The key itself is kept: without it nobody could be told from whom nothing is wanted, and a digest of
        a phone number is found out by trying them all.
        """
        wanted = {"$in": list(keys)}
        change: Document = {"$set": {"reason": "", "ticket": None, "networks": []}, "$inc": {"version": 1}}
        with database_errors():
            self._db[kind_of(BlockedSender).collection].update_many({"_id": wanted}, change)
            told = {"what": "blocked_sender", "subject": wanted}
            self._db[kind_of(AuditEntry).collection].update_many(told, {"$set": {"changes": []}})

    def forget_quarantined(
        self,
        values: Collection[str],
        now: datetime,
        forget_files: Callable[[Sequence[Attachment]], None],
    ) -> None:
        """Empty what was put aside and holds any of these; what nobody decided on is discarded.

        The whole quarantine is read, in slices, so that no step takes long.
        """
        pattern = _pattern(values)
        if not pattern:
            return
        items, last = self._db[names.QUARANTINE], ""
        search = {"$regex": pattern, "$options": "i"}
        emptied = {"payload": "", "detail": "", "replay": None, "raw_blob": ""}
        decided = {"state": DISCARDED, "decided_at": now, "decided_by": ERASED_FOR_GOOD}
        with database_errors():
            while ids := self._next(items, last):
                here: Document = {
                    "_id": {"$gt": last, "$lte": ids[-1]},
                    "$or": [{"payload": search}, {"detail": search}],
                }
                kept = {**here, "raw_blob": {"$gt": ""}, "state": {"$ne": REPLAYED}}
                forget_files(quarantined(items.find(kept, {"raw_blob": 1, "quarantined_at": 1})))
                items.update_many({**here, "state": HELD}, {"$set": {**emptied, **decided}})
                items.update_many(here, {"$set": emptied})
                last = ids[-1]

    def _next(self, items: Any, last: str) -> list[str]:
        found = items.find({"_id": {"$gt": last}}, {"_id": 1}).sort("_id", ASCENDING).limit(_SLICE)
        return [each["_id"] for each in found]


def _pattern(values: Collection[str]) -> str:
    """Any of these without a leading plus, also as forms encode it; short ones would fit anything."""
    plain = {value.removeprefix("+") for value in values}
    long = {value for value in plain if len(value) >= SHORTEST_VALUE}
    return "|".join(re.escape(value) for value in sorted(long | {quote(value, safe="") for value in long}))


def _slices(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + _SLICE] for start in range(0, len(ordered), _SLICE)]
