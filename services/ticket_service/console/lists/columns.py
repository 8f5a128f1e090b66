"""The columns of a table of tickets: what stands in each cell, and by which it can be sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.ticket_service.api import context
from services.ticket_service.console.lists import names
from services.ticket_service.console.lists.asked import Asked
from services.ticket_service.console.lists.choices import RECORDS, Labels
from services.ticket_service.console.lists.rows import Row
from services.ticket_service.console.ticket.labels import TYPES
from services.ticket_service.domain.dictionary import CLOSED_LISTS
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.ticket import description_text
from services.ticket_service.domain.view import COLUMNS

MOST_TEXT: Final = 200
_MOMENTS: Final = frozenset(
    {
        *("planned_at", "solution_forecast", "created_at", "updated_at", "closed_at"),
        "last_customer_message_at",
    }
)
_AMOUNTS: Final = frozenset({"hours", "days", "comments_count"})
_OWN_MARKS: Final = frozenset(
    {"number", "title", "status", "requester", "channel", "assignee", "sla", "satisfaction"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `sort` is the order that a click on its head asks for, `sorted` how it stands now."""

    name: str
    label: str
    kind: str
    sort: str = ""
    sorted: str = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a template shows: a `value` by its column's kind, with the `color` that an administrator gave."""

    value: Any
    color: str = ""


def columns_of(asked: Asked) -> list[Column]:
    """The chosen columns with their heads."""
    return [_column(name, asked) for name in asked.columns]


def all_columns(asked: Asked) -> list[tuple[Column, bool]]:
    """Every column that this desk uses and whether it is chosen: the chosen ones first, in their order."""
    rules = context.services().desk.store.setting(FieldRules)
    rest = [name for name in COLUMNS if name not in asked.columns and rules.rule(name).enabled]
    chosen = [(_column(name, asked), True) for name in asked.columns]
    return chosen + [(_column(name, asked), False) for name in rest]


def cells_of(row: Row, columns: Sequence[Column], labels: Labels) -> list[Cell]:
    """The cells of one ticket."""
    return [_cell(row, column.name, labels) for column in columns]


def learn(rows: Sequence[Row], columns: Sequence[Column], labels: Labels) -> None:
    """Read the names of the records in these columns at once."""
    for column in columns:
        if column.name in RECORDS and column.name != "requester":
            labels.learn(column.name, {getattr(row.ticket, column.name) for row in rows} - {None})


def _column(name: str, asked: Asked) -> Column:
    by = names.SORTED_BY.get(name, "")
    stands = {by: "ascending", f"-{by}": "descending"}.get(asked.sort, "none") if by else "none"
    falling = name in ("updated_at", "created_at")
    first = f"-{by}" if falling else by
    second = by if falling else f"-{by}"
    return Column(name, names.label_of(name), _kind(name), second if asked.sort == first else first, stands)


def _kind(name: str) -> str:
    if name in _OWN_MARKS:
        return name
    if name in _MOMENTS:
        return "moment"
    if name == "due_at":
        return "due"
    return "amount" if name in _AMOUNTS else "text"


def _cell(row: Row, name: str, labels: Labels) -> Cell:
    ticket = row.ticket
    if name in CLOSED_LISTS:
        key = getattr(ticket, name)
        entry = labels.entry(name, key)
        return Cell(entry.label, entry.color) if entry else Cell(key or "")
    if name in RECORDS and name != "requester":
        value = getattr(ticket, name)
        return Cell(labels.value(name, value) if value else "")
    if name == "description":
        text = description_text(ticket.description, labels.desk.time_zone, ticket.question)
        return Cell(" ".join(text[: MOST_TEXT * 2].split())[:MOST_TEXT])
    special: dict[str, Any] = {
        "created_by": ticket.created_by.name,
        "group": labels.team(ticket.group),
        "type": str(TYPES.get(ticket.type, ticket.type)),
        "linked_to": labels.value("linked_to", ticket.linked_to) if ticket.linked_to else "",
        "due_at": row.due.at if row.due else None,
    }
    value = special[name] if name in special else getattr(ticket, name, None)
    if isinstance(value, list):
        return Cell(", ".join(value))
    return Cell(value[:MOST_TEXT] if isinstance(value, str) else value)
