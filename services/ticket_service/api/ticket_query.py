"""Which tickets, and in which order: as the list, its counts, saved views and exports are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api import context
from services.ticket_service.api.pages import PageQuery
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.ticket_cursor import TicketCursorField, refused
from services.ticket_service.api.values import Keys
from services.ticket_service.domain import permissions
from services.ticket_service.domain.dictionary import DictionaryEntry, entries_of
from services.ticket_service.store.search import RATINGS, SLA_STATES
from services.ticket_service.store.ticket_filter import AMOUNTS, FIELDS, NOBODY, TIMES, TicketFilter
from services.ticket_service.store.ticket_order import ORDERS, PRIORITY, TicketOrder, TicketPosition
from shared.contracts.times import UtcTime

SORTS: Final = tuple(f"{sign}{order}" for order in ORDERS for sign in ("-", ""))
DEFAULT_SORT: Final = "-updated"
ME: Final = "me"
_PEOPLE: Final = frozenset({"assignee", "creator", "watcher"})
_HIDDEN: Final = {"no": False, "only": True, "with": None}

_MEANINGS: Final = {
    "status": "Keys of statuses",
    "channel": "Ids of channels",
    "channel_kind": "Kinds of channels (`whatsapp_cloud`, …)",
    "type": "`public`, `internal`",
    "assignee": "Ids of users, or `me`",
    "group": "Ids of teams",
    "creator": "Ids of users or contacts, or `me`",
    "watcher": "Ids of users, or `me`",
    "requester": "Ids of contacts",
    "conversation": "Ids of conversations",
    "linked_to": "`contact:<id>`, `organization:<id>`",
    "source_rule": "Names of the rules that made them",
    "sla": f"How the service level stands: {', '.join(SLA_STATES)}",
    "satisfaction": f"How content the customer was: {RATINGS[0]} (worst) to {RATINGS[-1]}",
    "tag": "Tags",
    "cc": "Addresses in copy",
    **dict.fromkeys(("organization", "product", "project", "contract"), "Ids"),
}
_FLAGS: Final = {
    "open": "Whether it is not closed.",
    "unread": "Whether nobody at the desk has read it yet.",
    "unanswered": "Whether the customer waits for an answer.",
    "rated": "Whether the customer said how content they were.",
    "has_attachments": "Whether it has files.",
    "notify_requester": "Whether the requester gets notices by mail.",
}


def _by_value(name: str) -> Keys:
    meaning = _MEANINGS.get(name, "Keys of the dictionary")
    return Keys(metadata={"description": f"{meaning}, repeated or with commas; `{NOBODY}` where unset."})


TicketFilterSchema: Final = Schema.from_dict(
    {
        **{name: _by_value(name) for name in FIELDS},
        **{
            f"{name}_{end}": UtcTime(metadata={"description": f"{name.capitalize()} {meaning}."})
            for name in TIMES
            for end, meaning in (("from", "at or after"), ("to", "before"))
        },
        **{
            f"{name}_{end}": fields.Float(
                validate=validate.Range(0, 1_000_000), metadata={"description": f"{meaning} {name}."}
            )
            for name in AMOUNTS
            for end, meaning in (("from", "At least so many"), ("to", "At most so many"))
        },
        **{name: fields.Boolean(metadata={"description": text}) for name, text in _FLAGS.items()},
        "q": fields.String(
            validate=validate.Length(max=200),
            metadata={
                "description": "Beginnings of words in number, title, description, messages, notes, solution;"
                " parts of phone numbers from four digits on. All of them have to be found."
            },
        ),
        "merged": fields.String(
            validate=validate.OneOf(list(_HIDDEN)),
            metadata={"description": "Tickets that were merged into others; `with` when left out."},
        ),
        "deleted": fields.String(
            validate=validate.OneOf(list(_HIDDEN)),
            metadata={"description": "Deleted tickets (needs `tickets.delete`); `no` when left out."},
        ),
    },
    name="TicketFilterSchema",
)


class TicketQuery(PageQuery, TicketFilterSchema):  # type: ignore[misc, valid-type]
    """Which tickets, and in which order."""

    cursor = TicketCursorField(load_default=None, metadata={"description": "`next` of the page before."})
    sort = fields.String(
        load_default=DEFAULT_SORT,
        validate=validate.OneOf(SORTS),
        metadata={
            "description": "`-` in front turns the order round. `priority` is the administrator's order, the"
            " oldest first within one; what has no priority, forecast or due time comes last."
        },
    )


def filter_of(query: Mapping[str, Any]) -> TicketFilter:
    """The filter that a loaded query asks for. Problem 403, 422."""
    if query.get("deleted", "no") != "no" and not context.caller().may(permissions.TICKETS_DELETE):
        raise invalid([("deleted", "Only who may delete tickets sees deleted ones.")])
    any_of = {name: _values(name, query[name]) for name in FIELDS if query.get(name)}
    if "open" in query and "status" not in any_of:
        # Said in statuses as well, because by them lists in every order have an index.
        workflow = context.services().desk.store.workflow()
        any_of["status"] = workflow.keys(closed=not query["open"])
    return TicketFilter(
        any_of=any_of,
        between={
            name: (query.get(f"{name}_from"), query.get(f"{name}_to"))
            for name in TIMES
            if f"{name}_from" in query or f"{name}_to" in query
        },
        amounts={
            name: (query.get(f"{name}_from"), query.get(f"{name}_to"))
            for name in AMOUNTS
            if f"{name}_from" in query or f"{name}_to" in query
        },
        words=query.get("q", ""),
        **{name: query.get(name) for name in _FLAGS},
        merged=_HIDDEN[query.get("merged", "with")],
        deleted=_HIDDEN[query.get("deleted", "no")],
    )


def order_of(sort: str) -> TicketOrder:
    """The order that `sort` names."""
    by = sort.removeprefix("-")
    keys: list[str] = []
    if by == PRIORITY:
        entries = context.services().desk.store.all(DictionaryEntry)
        keys = [entry.key for entry in entries_of(entries, PRIORITY)]
    return TicketOrder(by, sort.startswith("-"), keys)


def position_of(query: Mapping[str, Any], order: TicketOrder) -> TicketPosition | None:
    """Where the page begins. Problem 400 for a cursor of another order."""
    if query["cursor"] is None:
        return None
    name, position = query["cursor"]
    if name != order.name:
        raise refused()
    found: TicketPosition = position
    return found


def _values(name: str, values: list[str]) -> list[str]:
    if name not in _PEOPLE:
        return values
    return [context.caller().user.id if value == ME else value for value in values]
