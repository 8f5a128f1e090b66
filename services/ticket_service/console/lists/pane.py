"""The pane with a list of tickets, as its template takes it: beside an open ticket, or as a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from services.ticket_service.api import context, ticket_cursor
from services.ticket_service.api.openapi import PREFIX
from services.ticket_service.api.ticket_query import order_of, position_of
from services.ticket_service.console.lists import board, columns, filters, names, statuses, views
from services.ticket_service.console.lists.asked import LIST, Asked, asked
from services.ticket_service.console.lists.choices import Labels
from services.ticket_service.console.lists.rows import rows_of
from services.ticket_service.domain import permissions
from services.ticket_service.domain.dictionary import CLOSED_LISTS
from services.ticket_service.domain.field_rules import FieldRules

BOARD: Final = "board"
TABLE: Final = "table"
MOST_ALSO: Final = 20
_BULK: Final = ("assignee", "group", *CLOSED_LISTS)


def list_pane(
    args: MultiDict[str, str], *, shape: str | None = LIST, number: str | None = None
) -> dict[str, Any]:
    """The context `listing` of the pane that these parameters of an address ask for.

    Beside a ticket it is always a list; `shape` None takes the one that is asked for or remembered. `number`
    is the ticket that is open.
    """
    wanted = asked(args)
    wanted = wanted if shape is None else replace(wanted, shape=shape)
    labels = Labels()
    usual = statuses.lists(wanted)
    by_status = statuses.statuses(wanted, labels)
    return {
        "asked": wanted,
        "number": number,
        "title": statuses.current(wanted, usual),
        "lists": usual,
        "statuses": by_status,
        "status": next((each for each in by_status if each.active), None),
        "counted": f"{PREFIX}/tickets/counts?{_without_status(wanted)}",
        "views": views.groups(wanted),
        "saving": views.saving(wanted, labels),
        "chips": filters.chips(wanted, labels),
        "fields": filters.fields(wanted, labels),
        "days": filters.days(wanted),
        "hidden": filters.hidden_choices(),
        "sorts": [(key, label, wanted.parameters(sort=key)) for key, label in names.SORTS.items()],
        "shapes": _shapes(wanted),
        "all_columns": columns.all_columns(wanted),
        "exports": _exports(wanted),
        "bulk": _bulk(labels) if context.caller().may(permissions.TICKETS_WRITE) else None,
        "changeable": labels.workflow.statuses,
        "names": names,
        **_tickets(wanted, labels),
    }


def page_of_rows(args: MultiDict[str, str]) -> dict[str, Any]:
    """One page of the same list alone; and tickets that are shown `also`, by number."""
    wanted = asked(args)
    labels = Labels()
    page = _tickets(wanted, labels)
    return {"asked": wanted, "number": None, **page, **_also(args.getlist("also"), wanted, labels, page)}


def _tickets(wanted: Asked, labels: Labels) -> dict[str, Any]:
    if wanted.shape == BOARD:
        return {"lanes": board.lanes(wanted, labels), "rows": [], "next": None, "columns": [], "cells": {}}
    order = order_of(wanted.sort)
    page = context.services().tickets.page(
        wanted.wanted, order, position_of(_same_order(wanted, order.name), order), wanted.query["limit"]
    )
    rows = rows_of(wanted, labels, page.tickets)
    heads = columns.columns_of(wanted) if wanted.shape == TABLE else []
    columns.learn(rows, heads, labels)
    following = ticket_cursor.encode(order, page.next) if page.next else None
    return {
        "rows": rows,
        "columns": heads,
        "cells": {row.ticket.number: columns.cells_of(row, heads, labels) for row in rows},
        "next": wanted.parameters(cursor=following) if following else None,
        "lanes": [],
    }


def _also(numbers: list[str], wanted: Asked, labels: Labels, page: dict[str, Any]) -> dict[str, Any]:
    """Tickets that the browser shows and that changed, whether or not they are still in the list."""
    shown = {row.ticket.number for row in page["rows"]}
    load = context.services().desk.store.load_ticket
    loaded = [load(number) for number in dict.fromkeys(numbers[:MOST_ALSO]) if number not in shown]
    tickets = [each.ticket for each in loaded if each is not None and each.ticket.deleted_at is None]
    rows = rows_of(wanted, labels, tickets)
    columns.learn(rows, page["columns"], labels)
    cells = {row.ticket.number: columns.cells_of(row, page["columns"], labels) for row in rows}
    return {"also": rows, "cells": {**page["cells"], **cells}}


def _same_order(wanted: Asked, order: str) -> dict[str, Any]:
    """The query without a cursor that belongs to another order: then the list begins anew."""
    cursor = wanted.query["cursor"]
    return wanted.query if cursor is None or cursor[0] == order else {**wanted.query, "cursor": None}


def _without_status(wanted: Asked) -> str:
    rest = board.of_status(wanted.plain)
    return wanted.with_filter(rest).query_of_filter()


def _shapes(wanted: Asked) -> list[tuple[str, Any, str, str, bool]]:
    return [
        (key, label, icon, wanted.parameters(**{"as": key}), wanted.shape == key)
        for key, (label, icon) in names.SHAPES.items()
    ]


def _exports(wanted: Asked) -> list[tuple[str, str]]:
    """The list as files, where the reader may take it out."""
    if not context.caller().may(permissions.TICKETS_EXPORT):
        return []
    named = {"sort": wanted.sort, "columns": ",".join(wanted.columns)}
    query = "&".join(part for part in (wanted.query_of_filter(), urlencode(named)) if part)
    return [
        (label, f"{PREFIX}/tickets/export?{query}&format={format_}")
        for label, format_ in (("CSV", "csv"), ("Excel", "xlsx"))
    ]


def _bulk(labels: Labels) -> list[tuple[str, str, list[Any]]]:
    """What can be set on many tickets at once: (field, label, choices)."""
    rules = context.services().desk.store.setting(FieldRules)
    return [
        (name, names.label_of(name), [each for each in labels.choices(name) if each.value != "me"])
        for name in _BULK
        if rules.rule(name).enabled
    ]
