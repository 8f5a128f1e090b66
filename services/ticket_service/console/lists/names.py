"""What fields, filters and orders of tickets are called on screen."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext as _l

from services.ticket_service.api import context
from services.ticket_service.console.ticket import labels
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.sla import BREACHED, MET, PENDING, WARNED
from services.ticket_service.store.search import PAUSED
from services.ticket_service.store.ticket_order import CREATED, DUE, FORECAST, NUMBER, PRIORITY, UPDATED

FIELDS: Final = {
    **labels.FIELDS,
    "number": _l("Number"),
    "channel": _l("Channel"),
    "channel_kind": _l("Kind of channel"),
    "tag": _l("Tags"),
    "due_at": _l("Due"),
    "sla": _l("Service level"),
    "comments_count": _l("Comments"),
    "created_at": _l("Created"),
    "updated_at": _l("Changed"),
    "closed_at": _l("Closed"),
    "last_customer_message_at": _l("Customer wrote"),
    "created_by": _l("Created by"),
    "creator": _l("Created by"),
    "watcher": _l("Watched by"),
    "source_rule": _l("Made by the rule"),
    "conversation": _l("Conversation"),
    "satisfaction": _l("Rating"),
}
"""Columns and filters by value: a ticket's fields, and what only lists show."""

TIMES: Final = {
    "created": _l("Created"),
    "updated": _l("Changed"),
    "closed": _l("Closed"),
    "planned": _l("Planned for"),
    "forecast": _l("Solution forecast"),
    "due": _l("Due"),
}
AMOUNTS: Final = {"hours": _l("Hours"), "days": _l("Days"), "comments": _l("Comments")}
FLAGS: Final = {
    "unread": (_l("Not read yet"), _l("Already read")),
    "unanswered": (_l("Customer waits for an answer"), _l("No customer waits")),
    "rated": (_l("Rated by the customer"), _l("Not rated by the customer")),
    "has_attachments": (_l("With files"), _l("Without files")),
    "notify_requester": (_l("Requester gets notices"), _l("Requester gets no notices")),
}
"""What each answer to a yes-or-no filter is called: yes, no."""
HIDDEN: Final = {
    "merged": {"no": _l("Merged ones left out"), "only": _l("Only merged ones")},
    "deleted": {"only": _l("Only deleted ones"), "with": _l("Deleted ones too")},
}
SORTS: Final = {
    f"-{UPDATED}": _l("Last changed first"),
    UPDATED: _l("Longest unchanged first"),
    f"-{CREATED}": _l("Newest first"),
    CREATED: _l("Oldest first"),
    PRIORITY: _l("By priority"),
    f"-{PRIORITY}": _l("By priority, the other way round"),
    DUE: _l("Due soonest first"),
    f"-{DUE}": _l("Due latest first"),
    FORECAST: _l("Solution expected soonest first"),
    f"-{FORECAST}": _l("Solution expected latest first"),
    NUMBER: _l("By number"),
    f"-{NUMBER}": _l("By number, highest first"),
}
SLA: Final = {
    BREACHED: _l("Broken"),
    WARNED: _l("Soon due"),
    PAUSED: _l("Paused"),
    PENDING: _l("In time"),
    MET: _l("Kept"),
}
SHAPES: Final = {
    "list": (_l("List"), "view-list"),
    "board": (_l("Board"), "kanban"),
    "table": (_l("Table"), "table"),
}
SORTED_BY: Final = {
    "updated_at": UPDATED,
    "created_at": CREATED,
    "number": NUMBER,
    "priority": PRIORITY,
    "solution_forecast": FORECAST,
    "due_at": DUE,
}
"""Columns by which a table can be sorted → the order's name."""


def label_of(name: str) -> str:
    """What this desk calls a field: the administrator's own word where there is one."""
    own = context.services().desk.store.setting(FieldRules).rule(name).label
    return own or str(FIELDS[name])
