"""The indexes of tickets: what each is there for, and what it costs each message."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import IndexModel

Keys = list[tuple[str, int]]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Every time that is set is later; `$gt` this is how queries and partial indexes say that a time is set."""

_BY_UPDATE: Final[Keys] = [("updated_at", -1), ("_id", -1)]
_BY_CREATION: Final[Keys] = [("created_at", -1), ("_id", -1)]

NEWEST: Final[Keys] = _BY_UPDATE
BY_STATUS: Final[Keys] = [("status", 1), *_BY_UPDATE]
BY_CHANNEL: Final[Keys] = [("channel_id", 1), *_BY_UPDATE]
BY_ASSIGNEE: Final[Keys] = [("assignee", 1), *_BY_UPDATE]
BY_GROUP: Final[Keys] = [("group", 1), *_BY_UPDATE]
CREATED: Final[Keys] = _BY_CREATION
STATUS_CREATED: Final[Keys] = [("status", 1), *_BY_CREATION]
NUMBER: Final[Keys] = [("number_key", 1), ("_id", 1)]
PRIORITY: Final[Keys] = [("priority", 1), ("created_at", 1), ("_id", 1)]
STATUS_PRIORITY: Final[Keys] = [("status", 1), *PRIORITY]
FORECAST: Final[Keys] = [("solution_forecast", 1), ("_id", 1)]
DUE: Final[Keys] = [("due_at", 1), ("_id", 1)]
OPEN_OF_ASSIGNEE: Final[Keys] = [("assignee", 1), ("closed_at", 1), ("deleted_at", 1)]
TRAITS: Final[Keys] = [("traits", 1)]
SEARCH: Final[Keys] = [("search", 1), ("_id", 1)]

# By value alone, no order: a field that few tickets share is read whole and sorted. Each index costs the
# database some 50 µs for every message on a ticket, also where nothing of it changes: these are all in one.
SINGLE: Final = (
    *(
        "conversation_id",
        "organization",
        "contract",
        "project",
        "product",
        "linked_to",
        "watchers",
        "cc",
        "tags",
    ),
    *("service", "category", "severity", "importance", "request_type", "operation", "created_by.id"),
    *("source_rule", "sla_state", "visible_to"),
)
UNREAD: Final = "unread"
UNANSWERED: Final = "unanswered"
MERGED: Final = "merged"
DELETED: Final = "deleted"
MARK: Final = "mark"
"""Traits of tickets of which there should be little; others are `field=value` (`mark` is the
number as tokens in mails have it)."""


def trait(field: str, value: str) -> str:
    """How a ticket's traits say that a field of SINGLE has this value."""
    return f"{field}={value}"


def with_trait(field: str, values: Collection[str]) -> dict[str, Any]:
    """The filter for tickets of which a field has one of these values, by an index."""
    if field not in SINGLE:
        return {field: {"$in": list(values)}}
    return {"traits": {"$in": [trait(field, each) for each in values]}}


def _set(field: str, least: Any) -> dict[str, Any]:
    return {"partialFilterExpression": {field: {"$gt": least}}}


# Each index that ends in `updated_at` is written anew for every message, so only the lists that people keep
# open have one: everything, one status, one channel, the tickets of one assignee or of one team (partial).
TICKET_INDEXES: Final = [
    IndexModel([("number", 1)], unique=True),
    IndexModel(NEWEST),
    IndexModel(BY_STATUS),
    IndexModel(BY_CHANNEL),
    IndexModel(BY_ASSIGNEE, **_set("assignee", "")),
    IndexModel(BY_GROUP, **_set("group", "")),
    IndexModel(CREATED),
    IndexModel(STATUS_CREATED),
    IndexModel(NUMBER),
    IndexModel(TRAITS),
    IndexModel(PRIORITY, **_set("priority", "")),
    IndexModel(STATUS_PRIORITY, **_set("priority", "")),
    IndexModel(FORECAST, **_set("solution_forecast", EPOCH)),
    IndexModel(DUE, **_set("due_at", EPOCH)),
    # By it the timers find promises that are nearly or really late.
    IndexModel([("sla.next_check_at", 1)], **_set("sla.next_check_at", EPOCH)),
    # By it alone it is counted how much somebody has to do, before they get the team's next ticket.
    IndexModel(OPEN_OF_ASSIGNEE, **_set("assignee", "")),
    IndexModel([("requester_id", 1)]),
    IndexModel(SEARCH),
    IndexModel([("closed_at", 1)], **_set("closed_at", EPOCH)),
    IndexModel([("satisfaction.at", 1)], **_set("satisfaction.at", EPOCH)),
]
