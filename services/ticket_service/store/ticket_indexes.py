"""The indexes of tickets: what each is there for, and what it costs each message."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import IndexModel

Keys = list[tuple[str, int]]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Every time that is set is later; `$gt` this is how queries and partial indexes say that a time is set."""

UPDATED: Final[Keys] = [("listed", 1), ("updated_at", -1), ("_id", -1)]
CREATED: Final[Keys] = [("listed", 1), ("created_at", -1), ("_id", -1)]
NUMBER: Final[Keys] = [("number_key", 1), ("_id", 1)]
FORECAST: Final[Keys] = [("solution_forecast", 1), ("_id", 1)]
DUE: Final[Keys] = [("due_at", 1), ("_id", 1)]
OPEN_OF_ASSIGNEE: Final[Keys] = [("assignee", 1), ("closed_at", 1), ("deleted_at", 1)]
TRAITS: Final[Keys] = [("traits", 1)]
SEARCH: Final[Keys] = [("search", 1), ("_id", 1)]

# By value alone, no order: a field that few tickets share is read whole and sorted. Each index costs the
# database time for every message on a ticket, also where nothing of it changes: these are all in one.
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
    *("source_rule", "sla_state", "rating", "visible_to"),
)
LISTED: Final = ("status", "channel_id", "assignee", "group", "priority")
"""The fields whose values have lists of their own, in the order of the last change and of creation."""
ALL: Final = "all"
"""The list of everything. The others in a ticket's `listed` are made by `listing`."""
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


def listing(**values: str) -> str:
    """How a ticket's `listed` names the list of those with these values in fields of LISTED."""
    return "&".join(trait(field, value) for field, value in sorted(values.items()))


def in_lists(lists: Collection[str]) -> dict[str, Any]:
    """The filter for tickets that are in one of these lists; a single one keeps the list's order."""
    found = list(lists)
    return {"listed": {"$eq": found[0]} if len(found) == 1 else {"$in": found}}


def with_value(field: str, values: Collection[str]) -> dict[str, Any]:
    """The filter for tickets of which a field has one of these values, by an index."""
    if field in LISTED:
        return in_lists([listing(**{field: each}) for each in values])
    if field in SINGLE:
        return {"traits": {"$in": [trait(field, each) for each in values]}}
    return {field: {"$in": list(values)}}


def _set(field: str, least: Any) -> dict[str, Any]:
    return {"partialFilterExpression": {field: {"$gt": least}}}


# What MongoDB 6 spends on a change of a ticket inside a transaction grows with the square of the number of
# indexes: for each it reads the description of all of them. So the lists that people keep open (everything,
# one status, one channel, one responsible, one team, one priority) are values of one field in two indexes.
TICKET_INDEXES: Final = [
    IndexModel([("number", 1)], unique=True),
    IndexModel(UPDATED),
    IndexModel(CREATED),
    IndexModel(NUMBER),
    IndexModel(TRAITS),
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
