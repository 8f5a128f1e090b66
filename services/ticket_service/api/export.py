"""Lists of tickets as files: CSV or an Excel workbook, read and sent page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from flask import Response
from marshmallow import fields, validate

from services.ticket_service.api import context
from services.ticket_service.api.filenames import disposition
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.services import Services
from services.ticket_service.api.ticket_query import (
    DEFAULT_SORT,
    SORTS,
    TicketFilterSchema,
    filter_of,
    order_of,
)
from services.ticket_service.api.values import Keys
from services.ticket_service.domain import permissions
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.dictionary import CLOSED_LISTS, DictionaryEntry, entry_id
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import Ticket, description_text
from services.ticket_service.domain.user import User
from services.ticket_service.domain.view import COLUMNS, DEFAULT_COLUMNS
from services.ticket_service.render.sheets import Cell, as_csv, as_workbook, pieces
from services.ticket_service.store.search import facets
from services.ticket_service.store.ticket_filter import TicketFilter
from services.ticket_service.store.ticket_order import TicketOrder

blueprint = ApiBlueprint(
    "export", __name__, url_prefix=f"{PREFIX}/tickets", description="Lists of tickets as files."
)
MOST_TICKETS: Final = 50_000
_AT_ONCE: Final = 200
CSV: Final = "csv"
XLSX: Final = "xlsx"
_TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_RECORDS: Final[Mapping[str, type[Any]]] = {
    "organization": Organization,
    "product": Product,
    "project": Project,
    "contract": Contract,
}


class ExportQuery(TicketFilterSchema):  # type: ignore[misc, valid-type]
    """Which tickets, with which columns, as what."""

    format = fields.String(load_default=CSV, validate=validate.OneOf((CSV, XLSX)))
    columns = Keys(
        load_default=list(DEFAULT_COLUMNS),
        validate=validate.ContainsOnly(COLUMNS),
        metadata={"description": f"Of: {', '.join(COLUMNS)}.", "example": list(DEFAULT_COLUMNS)},
    )
    sort = fields.String(load_default=DEFAULT_SORT, validate=validate.OneOf(SORTS))


@blueprint.route("/export", methods=["GET"])
@blueprint.arguments(ExportQuery, location="query")
@blueprint.operation("Take a list of tickets out as a file", 422, needs=permissions.TICKETS_EXPORT)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=_TYPES[CSV])
@blueprint.alt_response(200, schema={"type": "string", "format": "binary"}, content_type=_TYPES[XLSX])
def export(query: dict[str, Any]) -> Response:
    """The first 50,000 tickets of the list; times are the desk's own, keys and ids are shown as labels.

    In CSV a text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    columns = list(dict.fromkeys(query["columns"]))
    services = context.services()
    table = _Table(services, columns)
    rows = table.rows(filter_of(query), order_of(query["sort"]))
    if query["format"] == XLSX:
        response = Response(pieces(as_workbook(columns, rows)), content_type=_TYPES[XLSX])
    else:
        response = Response(as_csv(columns, rows), content_type=_TYPES[CSV])
    day = services.desk.clock().astimezone(table.zone)
    name = f"tickets-{day:%Y-%m-%d}.{query['format']}"
    response.headers["Content-Disposition"] = disposition(name, inline=False)
    return response


class _Table:
    """Tickets as rows, with the names of what they name."""

    def __init__(self, services: Services, columns: Sequence[str]) -> None:
        self._services = services
        self._columns = columns
        store = services.desk.store
        self._workflow = store.workflow()
        self.zone: tzinfo = store.desk().time_zone
        self._labels = {entry.id: entry.label for entry in store.all(DictionaryEntry)}
        self._people = {user.id: user.name for user in store.all(User)}
        self._teams = {team.id: team.name for team in store.all(Team)}

    def rows(self, wanted: TicketFilter, order: TicketOrder) -> Iterator[list[Cell]]:
        """Read as they are asked for."""
        position, left = None, MOST_TICKETS
        while left > 0:
            page = self._services.tickets.page(wanted, order, position, min(_AT_ONCE, left))
            requesters = self._services.queries.contacts_by_id([each.requester_id for each in page.tickets])
            names = self._names(page.tickets)
            for ticket in page.tickets:
                yield [self._cell(ticket, column, requesters, names) for column in self._columns]
            left -= len(page.tickets)
            position = page.next
            if position is None:
                return

    def _names(self, tickets: Collection[Ticket]) -> dict[tuple[str, str], str]:
        """The names of records, by the column and their id."""
        found = {}
        for column, kind in _RECORDS.items():
            ids = {getattr(ticket, column) for ticket in tickets} - {None}
            if column in self._columns and ids:
                for record in self._services.desk.store.records(kind, {"_id": sorted(ids)}):
                    found[column, record.id] = record.name
        return found

    def _cell(
        self,
        ticket: Ticket,
        column: str,
        requesters: Mapping[str, Contact],
        names: Mapping[tuple[str, str], str],
    ) -> Cell:
        if column == "requester":
            requester = requesters.get(ticket.requester_id)
            return requester.name if requester else None
        if column in _RECORDS:
            value = getattr(ticket, column)
            return names.get((column, value), value)
        value = self._value(ticket, column)
        if isinstance(value, datetime):
            return value.astimezone(self.zone).replace(tzinfo=None)
        return ", ".join(value) if isinstance(value, list) else value

    def _value(self, ticket: Ticket, column: str) -> Any:
        if column == "status":
            return self._workflow.status(ticket.status).label
        if column == "description":
            return description_text(ticket.description, self.zone, ticket.question)
        if column == "channel":
            return ticket.channel_id
        if column == "created_by":
            return ticket.created_by.name
        if column == "assignee":
            return self._people.get(ticket.assignee or "", ticket.assignee)
        if column == "group":
            return self._teams.get(ticket.group or "", ticket.group)
        if column in ("due_at", "sla"):
            return facets(ticket)["due_at" if column == "due_at" else "sla_state"]
        if column == "satisfaction":
            return ticket.satisfaction.score if ticket.satisfaction else None
        value = getattr(ticket, column)
        if column in CLOSED_LISTS and value is not None:
            return self._labels.get(entry_id(column, value), value)
        return value
