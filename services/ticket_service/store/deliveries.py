"""Merges a report of a delivery into its message, in the database, so that no order can disturb it."""

from __future__ import annotations

from typing import Any, Final

from pymongo import UpdateOne

from services.ticket_service.domain.message import Delivery, DeliveryReport
from services.ticket_service.store import documents
from services.ticket_service.store.documents import Document
from shared.contracts.delivery_state import RANK

_STATES: Final = sorted(RANK, key=RANK.__getitem__)
_KNOWN_STEP: Final[Document] = {
    "$add": [
        {"$multiply": [2, {"$ifNull": ["$delivery.attempt", 0]}]},
        {"$cond": [{"$gte": ["$delivery.rank", 0]}, 1, 0]},
    ]
}


def step(attempt: int, rank: int) -> int:
    """What replaces what: each attempt the ones before it, and its being asked for its own draft."""
    return 2 * attempt + (1 if rank >= 0 else 0)


def delivery_update(report: DeliveryReport) -> UpdateOne:
    """A merge that no order and no repetition can disturb.

    Of one attempt: earliest times, highest rank, least error. All fields of a report are its own values and
    never expressions, hence the literals.
    """
    delivery = report.delivery
    new = {"$literal": documents.delivery_document(delivery)}
    reported = step(delivery.attempt, delivery.rank)
    same = new if delivery.rank < 0 else _merged(delivery)
    change: Document = {
        "delivery": {
            "$switch": {
                "branches": [
                    {"case": {"$lt": [_KNOWN_STEP, reported]}, "then": new},
                    {"case": {"$gt": [_KNOWN_STEP, reported]}, "then": "$delivery"},
                ],
                "default": same,
            }
        }
    }
    if report.provider_message_ids:
        ids = {"$setUnion": ["$provider_message_ids", {"$literal": report.provider_message_ids}]}
        change["provider_message_ids"] = {"$sortArray": {"input": ids, "sortBy": 1}}
    return UpdateOne({"_id": report.message_id}, [{"$set": change}])


def _merged(delivery: Delivery) -> Document:
    rank = {"$max": ["$delivery.rank", delivery.rank]}
    times = {
        state: {"$min": [f"$delivery.times.{state}", {"$literal": at}]}
        for state, at in delivery.times.items()
    }
    return {
        "state": {"$arrayElemAt": [_STATES, rank]},
        "rank": rank,
        "times": {"$mergeObjects": ["$delivery.times", times]},
        "queued_at": {"$min": ["$delivery.queued_at", delivery.queued_at]},
        "error": _least("$delivery.error", documents.error_document(delivery.error)),
        "attempt": delivery.attempt,
    }


def _least(known: str, reported: Any) -> Document:
    return {"$ifNull": [{"$min": [known, {"$literal": reported}]}, None]}
