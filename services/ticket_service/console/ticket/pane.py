"""Everything the page of one ticket shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request

from services.ticket_service.api import context
from services.ticket_service.api.ticket_list import page as ticket_page
from services.ticket_service.api.wire import Wire, status_wire
from services.ticket_service.console.chats.visitor import visitor_of
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.console.ticket import labels
from services.ticket_service.console.ticket.allowed import Reader
from services.ticket_service.console.ticket.fields import FIRST, MORE, controls
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.console.ticket.timeline import SHOWN, Timeline, timeline
from services.ticket_service.domain.sla import BREACHED, MET
from services.ticket_service.domain.user import User
from services.ticket_service.store.ticket_filter import TicketFilter

INFORMATION: Final = "information"
TABS: Final = (INFORMATION, "graph", "process", "history")
"""S000's four tabs."""
_OTHERS: Final = 6


def ticket_pane(number: str) -> dict[str, Any]:
    """The context `pane` of the ticket with this number, for the tab that the address names. Problem 404."""
    ticket, etag = tagged_ticket(number)
    names, conversation = Names(), conversation_of(ticket)
    reader, tab = Reader.of(ticket, conversation), _among(TABS, "tab")
    pane = {
        **_head(ticket, etag, names, reader),
        "tab": tab,
        "conversation": conversation,
        "visitor": visitor_of(conversation),
        "channel": channel_of(ticket),
        "classification": controls(ticket, names, FIRST),
        "more_fields": controls(ticket, names, MORE),
        "counts": _counts(ticket),
        "others": _others(ticket),
        "labels": labels,
        "names": names,
        "window": conversation and conversation["window_expires_at"],
        "timeline": timeline_of(ticket, reader, names),
    }
    return pane | _of_tab(tab, ticket)


def tagged_ticket(number: str) -> tuple[Wire, str]:
    """The ticket as the interface shows it, and its ETag. Problem 404."""
    found = read_tagged(f"/tickets/{number}")
    return found.body, found.etag


def conversation_of(ticket: Wire) -> Wire | None:
    """The conversation in which the customer is answered."""
    return read(f"/conversations/{ticket['conversation_id']}") if ticket["conversation_id"] else None


def channel_of(ticket: Wire) -> Wire | None:
    """The channel as the operator named it; None for tickets that were opened at the desk."""
    known = (each for each in context.services().channels if each.id == ticket["channel"])
    return next(({"id": each.id, "kind": each.kind, "name": each.name} for each in known), None)


def timeline_of(ticket: Wire, reader: Reader, names: Names) -> Timeline:
    """The page of the timeline that the address asks for: `show`, `before`."""
    before = request.args.get("before") or None
    return timeline(ticket["id"], reader, names, _among(SHOWN, "show"), before)


def urgent(sla: Wire | None) -> Wire | None:
    """The promise that has to be looked at first: a broken one, else the one that is due next."""
    running = [each for each in (sla or {}).get("targets", ()) if each["met_at"] is None]
    broken = [each for each in running if each["state"] == BREACHED]
    due = sorted((each for each in running if each["due_at"]), key=lambda each: each["due_at"])
    return next(iter([*broken, *due]), None)


def _head(ticket: Wire, etag: str, names: Names, reader: Reader) -> dict[str, Any]:
    workflow = context.services().desk.store.workflow()
    people: Mapping[str, User] = names.users
    return {
        "ticket": ticket,
        "etag": etag,
        "number": ticket["number"],
        "reader": reader,
        "statuses": [status_wire(status) for status in workflow.statuses],
        "assignee": people[ticket["assignee"]].name if ticket["assignee"] in people else "",
        "priority": names.entries.get(f"priority:{ticket['priority']}"),
        "urgent": urgent(ticket["sla"]),
        "kept": [each for each in (ticket["sla"] or {}).get("targets", ()) if each["state"] == MET],
        "watching": context.caller().user.id in ticket["watchers"],
    }


def _counts(ticket: Wire) -> Mapping[str, int]:
    services = context.services()
    loaded = services.desk.store.load_ticket(ticket["number"])
    return services.shortcuts.beside(loaded.ticket) if loaded else {}


def _others(ticket: Wire) -> list[Wire]:
    """Other tickets of the requester, the last changed first."""
    if not ticket["requester"]:
        return []
    wanted = TicketFilter(any_of={"requester": [ticket["requester"]["id"]]})
    found = ticket_page({"sort": "-updated", "cursor": None, "limit": _OTHERS}, wanted)
    return [each for each in found["items"] if each["number"] != ticket["number"]][: _OTHERS - 1]


def _of_tab(tab: str, ticket: Wire) -> dict[str, Any]:
    if tab == "process":
        return {"process": read(f"/tickets/{ticket['number']}/process")}
    return {}


def _among(known: tuple[str, ...], name: str) -> str:
    """What the address says under that name; the first of what is known for everything else."""
    asked = request.args.get(name, "")
    return asked if asked in known else known[0]
