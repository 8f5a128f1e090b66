"""A list of tickets that somebody saved: which, in what order, with which columns, and who sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.sharing import Shareable

COLUMNS: Final = (
    *("number", "title", "status", "requester", "organization", "channel", "type", "service", "category"),
    *("priority", "severity", "importance", "request_type", "operation", "group", "assignee", "product"),
    *("project", "contract", "tags", "cc", "description", "solution", "justification", "planned_at"),
    *("solution_forecast", "due_at", "sla", "hours", "days", "comments_count", "created_at", "updated_at"),
    *("closed_at", "last_customer_message_at", "created_by", "source_rule", "linked_to"),
    "satisfaction",
)
"""What a list can show of tickets, and an export can hold."""
DEFAULT_COLUMNS: Final = ("number", "title", "status", "requester", "assignee", "priority", "updated_at")


@dataclass(slots=True)
class SavedView(Shareable):
    """`filter` holds parameters of the list of tickets by name, `sort` is its order.

    `position` is where it stands among the others.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    columns: list[str] = field(default_factory=lambda: list(DEFAULT_COLUMNS))
    sort: str = "-updated"
    filter: dict[str, Any] = field(default_factory=dict)
    position: int = 0
    version: int = 0
