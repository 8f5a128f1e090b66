"""Where what was meant for a ticket goes after that one was merged or deleted."""

from __future__ import annotations

from collections.abc import Iterable

from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import DeskStore, WorkingSet


def by_number(tickets: Iterable[Ticket], store: DeskStore) -> dict[str, Ticket]:
    """The tickets by their numbers; for a merged one that which has everything now. Each is there once."""
    known = {ticket.number: ticket for ticket in tickets}
    for number in list(known):
        ticket = known[number]
        while ticket.merged_into is not None:
            if ticket.merged_into not in known:
                loaded = store.load_ticket(ticket.merged_into)
                if loaded is None:
                    break
                known[ticket.merged_into] = loaded.ticket
            ticket = known[ticket.merged_into]
        known[number] = ticket
    return known


def follow_merges(working: WorkingSet, store: DeskStore) -> None:
    """Let conversations that still name a merged ticket find its survivor, and none find a deleted one.

    Asks the database only where there is such a one.
    """
    if any(ticket.merged_into for ticket in working.tickets.values()):
        survivors = by_number(working.tickets.values(), store)
        working.tickets = {id_: survivors[ticket.number] for id_, ticket in working.tickets.items()}
    if any(ticket.deleted_at for ticket in working.tickets.values()):
        working.tickets = {
            id_: ticket for id_, ticket in working.tickets.items() if ticket.deleted_at is None
        }
