"""Interventions: made of a ticket's data, planned, carried out, reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.loading import load
from services.ticket_service.act.records_of_work import InUse, Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.history import Actor, HistoryEntry
from services.ticket_service.domain.intervention import Intervention, of_ticket
from services.ticket_service.domain.ticket import Ticket, description_text
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes

INTERVENTION: Final = "intervention"
MOST_OF_A_TICKET: Final = 200


def create(
    desk: Desk, number: str, wanted: Mapping[str, Any], frame: Frame, remember: Remember[Intervention]
) -> Intervention:
    """One of this ticket; what is not `wanted` (fields of Intervention) is taken over from the ticket.

    NotFound, Unfit, WrongStep, TooBusy.
    """
    intervention_id = desk.new_id()

    def attempt() -> Intervention:
        ticket, now = load(desk, number)[0].ticket, desk.clock()
        if len(desk.store.records(Intervention, {"ticket_id": ticket.id})) >= MOST_OF_A_TICKET:
            raise Unfit([("title", f"A ticket has at most {MOST_OF_A_TICKET} interventions.")])
        text = description_text(ticket.description, desk.store.desk().time_zone)
        made = of_ticket(ticket, intervention_id, text, frame.actor, now)
        _set(desk, made, wanted, now)
        changes = Changes()
        _touch_with_ticket(changes, made, ticket, now)
        changes.history.append(_entry(desk, ticket, frame.actor, now, INTERVENTION, None, _said(made)))
        return save_once(desk, changes, made, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk,
    intervention_id: str,
    wanted: Mapping[str, Any],
    number_of: Callable[[str], str],
    frame: Frame,
    check: Callable[[Intervention], None],
) -> Intervention:
    """Plan it anew, carry it out, report; `number_of` gives a ticket's number, `check` sees it as it is.

    NotFound, Unfit, WrongStep, TooBusy.
    """

    def attempt() -> Intervention:
        known = found(desk, intervention_id)
        check(known)
        before, now = {name: getattr(known, name) for name in wanted}, desk.clock()
        _set(desk, known, wanted, now)
        changed = [name for name in wanted if getattr(known, name) != before[name]]
        if not changed:
            return known
        ticket = load(desk, number_of(known.ticket_id))[0].ticket
        changes = Changes()
        known.updated_at = now
        _touch_with_ticket(changes, known, ticket, now)
        for name in changed:
            what, after = f"{INTERVENTION}.{name}", getattr(known, name)
            changes.history.append(_entry(desk, ticket, frame.actor, now, what, before[name], after))
        desk.save(changes)
        return found(desk, intervention_id)

    return until_saved(attempt, frame)


def remove(
    desk: Desk,
    intervention_id: str,
    number_of: Callable[[str], str],
    frame: Frame,
    check: Callable[[Intervention], None],
) -> None:
    """Delete one on which no time was entered. NotFound, InUse, TooBusy."""

    def attempt() -> None:
        known = found(desk, intervention_id)
        check(known)
        entries = desk.store.records(TimeEntry, {"intervention": known.id})
        if entries:
            raise InUse(INTERVENTION, "time entries", len(entries))
        ticket, now = load(desk, number_of(known.ticket_id))[0].ticket, desk.clock()
        changes = Changes()
        changes.remove(known)
        ticket.updated_at = now
        changes.touch(ticket)
        changes.history.append(_entry(desk, ticket, frame.actor, now, INTERVENTION, _said(known), None))
        desk.save(changes)

    until_saved(attempt, frame)


def found(desk: Desk, intervention_id: str) -> Intervention:
    """The intervention as it is stored this moment. NotFound."""
    known = desk.store.record(Intervention, intervention_id)
    if known is None:
        raise NotFound(INTERVENTION)
    return known


def _set(desk: Desk, known: Intervention, wanted: Mapping[str, Any], now: datetime) -> None:
    technician = wanted.get("technician")
    if technician is not None and desk.store.record(User, technician) is None:
        raise Unfit([("technician", "There is no such user.")])
    for name, value in wanted.items():
        if name == "status":
            known.enter(value, now)
        else:
            setattr(known, name, value)


def _touch_with_ticket(changes: Changes, known: Intervention, ticket: Ticket, now: datetime) -> None:
    ticket.updated_at = now
    changes.touch(known, ticket)


def _said(known: Intervention) -> dict[str, Any]:
    return {"id": known.id, "title": known.title, "status": known.status}


def _entry(
    desk: Desk, ticket: Ticket, who: Actor, at: datetime, what: str, before: Any, after: Any
) -> HistoryEntry:
    return HistoryEntry(desk.new_id(), ticket.id, at, who, what, before, after)
