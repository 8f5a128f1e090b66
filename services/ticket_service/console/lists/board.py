"""The board: a column for each status with the first of its tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.ticket_service.api import context
from services.ticket_service.api.ticket_query import order_of
from services.ticket_service.console.lists.asked import Asked
from services.ticket_service.console.lists.choices import Labels
from services.ticket_service.console.lists.rows import Row, rows_of
from services.ticket_service.domain.status import CLOSED, Status

CARDS: Final = 30
"""In a column; all of them are in the list of that status."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One status; `all` is the address of the list of all its tickets, `more` whether there are others."""

    status: Status
    rows: list[Row]
    more: bool
    all: str
    closed: bool


def lanes(asked: Asked, labels: Labels) -> list[Lane]:
    """All statuses, also where the list leaves closed ones out: a ticket has to have a place to go to.

    With statuses among the filters only those.
    """
    wanted = asked.plain.get("status", ())
    order, tickets = order_of(asked.sort), context.services().tickets
    found = []
    for status in labels.workflow.statuses:
        if wanted and status.key not in wanted:
            continue
        inside = asked.with_filter(of_status(asked.plain, status.key))
        page = tickets.page(inside.wanted, order, None, CARDS)
        address = inside.parameters(**{"as": "list"})
        rows = rows_of(asked, labels, page.tickets)
        found.append(Lane(status, rows, page.next is not None, address, CLOSED in status.roles))
    return found


def of_status(plain: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The same filter for tickets in these statuses (in any, where there are none)."""
    rest = {name: value for name, value in plain.items() if name not in ("status", "open")}
    return {**rest, "status": list(keys)} if keys else rest
