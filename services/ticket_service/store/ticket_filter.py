"""Which tickets a list is to have, as plain values and as a filter for the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

Document = dict[str, Any]

NOBODY: Final = "none"
"""Among the values of a field: where it was not filled in."""
FIELDS: Final = {
    **{
        name: name
        for name in (
            *("status", "type", "channel_kind", "assignee", "group", "organization", "service", "category"),
            *("priority", "severity", "importance", "request_type", "operation", "product", "project"),
            *("contract", "source_rule", "linked_to"),
        )
    },
    "channel": "channel_id",
    "requester": "requester_id",
    "conversation": "conversation_id",
    "creator": "created_by.id",
    "sla": "sla_state",
    "satisfaction": "rating",
    "tag": "tags",
    "cc": "cc",
    "watcher": "watchers",
}
"""Names of filters by value -> fields of the document."""
TIMES: Final = {
    "created": "created_at",
    "updated": "updated_at",
    "closed": "closed_at",
    "planned": "planned_at",
    "forecast": "solution_forecast",
    "due": "due_at",
}
"""Names of filters by time -> fields of the document."""
AMOUNTS: Final = {"hours": "hours", "days": "days", "comments": "comments_count"}
"""Names of filters by amount -> fields of the document."""
_MANY: Final = frozenset({"tags", "cc", "watchers"})
Bounds = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What is empty or None does not narrow.

    `any_of` holds for names of FIELDS the values of which any will do, NOBODY among them; `between` for names
    of TIMES aware times, the first included, the second not; `amounts` for names of AMOUNTS the least and the
    most. `words` are a query as people type it. `unread`: nobody at the desk has read it; `unanswered`: the
    customer waits for an answer; `rated`: the customer said how content they were; `merged`: it was merged
    into another. Deleted tickets are left out unless asked for: True shows only them, None shows all.
    """

    any_of: Mapping[str, Collection[str]] = field(default_factory=dict)
    between: Mapping[str, Bounds] = field(default_factory=dict)
    amounts: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    words: str = ""
    open: bool | None = None
    unread: bool | None = None
    unanswered: bool | None = None
    rated: bool | None = None
    has_attachments: bool | None = None
    notify_requester: bool | None = None
    merged: bool | None = None
    deleted: bool | None = False

    def document(self) -> Document:
        """The filter for the database, made of plain values only; without words and attachments."""
        wanted: Document = {}
        for name, values in self.any_of.items():
            if values:
                wanted[FIELDS[name]] = condition(FIELDS[name], values)
        for name, bounds in self.between.items():
            limits = {op: at for op, at in zip(("$gte", "$lt"), bounds, strict=True) if at is not None}
            if limits:
                wanted[TIMES[name]] = limits
        for name, (least, most) in self.amounts.items():
            reach = {op: each for op, each in (("$gte", least), ("$lte", most)) if each is not None}
            if reach:
                wanted[AMOUNTS[name]] = reach
        if self.notify_requester is not None:
            wanted["notify_requester"] = self.notify_requester
        flags = {
            "read_at": self.unread,
            "unanswered_since": None if self.unanswered is None else not self.unanswered,
            "satisfaction": None if self.rated is None else not self.rated,
            "merged_into": None if self.merged is None else not self.merged,
            "deleted_at": None if self.deleted is None else not self.deleted,
        }
        for name, unset in flags.items():
            if unset is not None:
                wanted[name] = None if unset else {"$ne": None}
        if self.open is not None:
            closed: Document = {"closed_at": None if self.open else {"$ne": None}}
            return {"$and": [wanted, closed]} if "closed_at" in wanted else {**wanted, **closed}
        return wanted


def condition(path: str, values: Collection[str]) -> Document:
    """That a field has any of these values."""
    unset: list[Any] = [[] if path in _MANY else None]
    given = [value for value in values if value != NOBODY]
    if len(given) == 1 and len(values) == 1:
        return {"$eq": given[0]}
    return {"$in": given + (unset if len(given) < len(values) else [])}
