"""The indexes of tickets: what each is there for, and what it costs each message."""

from __future__ import annotations

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
STATUS_NUMBER: Final[Keys] = [("status", 1), *NUMBER]
PRIORITY: Final[Keys] = [("priority", 1), ("created_at", 1), ("_id", 1)]
STATUS_PRIORITY: Final[Keys] = [("status", 1), *PRIORITY]
FORECAST: Final[Keys] = [("solution_forecast", 1), ("_id", 1)]
STATUS_FORECAST: Final[Keys] = [("status", 1), *FORECAST]
DUE: Final[Keys] = [("due_at", 1), ("_id", 1)]
STATUS_DUE: Final[Keys] = [("status", 1), *DUE]
OPEN_OF_ASSIGNEE: Final[Keys] = [("assignee", 1), ("closed_at", 1), ("deleted_at", 1)]
UNREAD: Final[Keys] = [("read_at", 1)]
SEARCH: Final[Keys] = [("search", 1), ("_id", 1)]

# By value alone, no order: a field that few tickets share is read whole and sorted. None of these is written
# again for a message, and those that are not set cost nothing.
SINGLE: Final = (
    *("organization", "contract", "project", "product", "linked_to", "watchers", "cc", "tags"),
    *("service", "category", "severity", "importance", "request_type", "operation", "created_by.id"),
    *("source_rule", "sla_state", "merged_into"),
)
TIMES: Final = ("closed_at", "planned_at", "unanswered_since", "deleted_at")


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
    IndexModel(STATUS_NUMBER),
    IndexModel(UNREAD),
    IndexModel(PRIORITY, **_set("priority", "")),
    IndexModel(STATUS_PRIORITY, **_set("priority", "")),
    IndexModel(FORECAST, **_set("solution_forecast", EPOCH)),
    IndexModel(STATUS_FORECAST, **_set("solution_forecast", EPOCH)),
    IndexModel(DUE, **_set("due_at", EPOCH)),
    IndexModel(STATUS_DUE, **_set("due_at", EPOCH)),
    # By it the timers find promises that are nearly or really late.
    IndexModel([("sla.next_check_at", 1)], **_set("sla.next_check_at", EPOCH)),
    # By it alone it is counted how much somebody has to do, before they get the team's next ticket.
    IndexModel(OPEN_OF_ASSIGNEE, **_set("assignee", "")),
    IndexModel([("requester_id", 1)]),
    # By it all of a person's tickets are found, also those that somebody else asks for.
    IndexModel([("conversation_id", 1)], **_set("conversation_id", "")),
    IndexModel(SEARCH),
    *(IndexModel([(field, 1)], **_set(field, "")) for field in SINGLE),
    *(IndexModel([(field, 1)], **_set(field, EPOCH)) for field in TIMES),
]
