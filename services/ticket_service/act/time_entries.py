"""Time worked on a ticket: entered, corrected, taken back; the ticket's hours and days always are its sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.loading import load
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.history import Actor, HistoryEntry
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.time_entry import MOST_ENTRIES, TimeEntry, worked
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes, DeskStore

TIME: Final = "time"


class HoursFromEntries(Exception):
    """Time was entered on this ticket, so its hours and days are the sum and not set by hand."""


def add(
    desk: Desk, number: str, wanted: Mapping[str, Any], frame: Frame, remember: Remember[TimeEntry]
) -> TimeEntry:
    """Enter time (fields of TimeEntry; `user` is who asks unless given). NotFound, Unfit, TooBusy."""
    entry_id = desk.new_id()

    def attempt() -> TimeEntry:
        ticket, now = load(desk, number)[0].ticket, desk.clock()
        entries = entries_of(desk.store, ticket.id)
        if len(entries) >= MOST_ENTRIES:
            raise Unfit([("minutes", f"A ticket has at most {MOST_ENTRIES} entries.")])
        entry = TimeEntry(
            id=entry_id,
            ticket_id=ticket.id,
            created_at=now,
            updated_at=now,
            created_by=frame.actor,
            **{"user": frame.actor.id or "", **wanted},
        )
        _check_names(desk, entry)
        changes = Changes()
        changes.touch(entry)
        _sum_up(desk, changes, ticket, [*entries, entry], frame.actor, now)
        changes.history.append(_history(desk, ticket, frame.actor, now, None, _said(entry)))
        return save_once(desk, changes, entry, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk,
    number: str,
    entry_id: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[TimeEntry], None],
) -> TimeEntry:
    """Correct an entry; `check` sees it as it is. NotFound, Unfit, TooBusy."""

    def attempt() -> TimeEntry:
        ticket, now = load(desk, number)[0].ticket, desk.clock()
        entries = entries_of(desk.store, ticket.id)
        entry = _among(entries, entry_id)
        check(entry)
        before = _said(entry)
        for name, value in wanted.items():
            setattr(entry, name, value)
        if _said(entry) == before:
            return entry
        _check_names(desk, entry)
        entry.updated_at = now
        changes = Changes()
        changes.touch(entry)
        _sum_up(desk, changes, ticket, entries, frame.actor, now)
        changes.history.append(_history(desk, ticket, frame.actor, now, before, _said(entry)))
        desk.save(changes)
        return _among(entries_of(desk.store, ticket.id), entry_id)

    return until_saved(attempt, frame)


def remove(desk: Desk, number: str, entry_id: str, frame: Frame, check: Callable[[TimeEntry], None]) -> None:
    """Take an entry back. NotFound, TooBusy."""

    def attempt() -> None:
        ticket, now = load(desk, number)[0].ticket, desk.clock()
        entries = entries_of(desk.store, ticket.id)
        entry = _among(entries, entry_id)
        check(entry)
        changes = Changes()
        changes.remove(entry)
        left = [each for each in entries if each.id != entry_id]
        _sum_up(desk, changes, ticket, left, frame.actor, now)
        changes.history.append(_history(desk, ticket, frame.actor, now, _said(entry), None))
        desk.save(changes)

    until_saved(attempt, frame)


def entries_of(store: DeskStore, ticket_id: str) -> list[TimeEntry]:
    """The time entered on a ticket, by id."""
    return store.records(TimeEntry, {"ticket_id": ticket_id})


def refuse_by_hand(store: DeskStore, ticket: Ticket, wanted: Mapping[str, Any]) -> None:
    """HoursFromEntries when `wanted` sets hours or days of a ticket on which time was entered."""
    changed = any(name in wanted and wanted[name] != getattr(ticket, name) for name in ("hours", "days"))
    if changed and entries_of(store, ticket.id):
        raise HoursFromEntries


def _sum_up(
    desk: Desk, changes: Changes, ticket: Ticket, entries: Sequence[TimeEntry], who: Actor, at: datetime
) -> None:
    """The ticket's hours and days; saving the ticket also keeps two entries at once from losing one."""
    hours, days = worked(entries, desk.store.setting(TicketOptions).hours_per_day)
    for name, before, after in (("hours", ticket.hours, hours), ("days", ticket.days, days)):
        if before != after:
            changes.history.append(HistoryEntry(desk.new_id(), ticket.id, at, who, name, before, after))
    ticket.hours, ticket.days, ticket.updated_at = hours, days, at
    changes.touch(ticket)


def _among(entries: Sequence[TimeEntry], entry_id: str) -> TimeEntry:
    for entry in entries:
        if entry.id == entry_id:
            return entry
    raise NotFound("time entry on this ticket")


def _check_names(desk: Desk, entry: TimeEntry) -> None:
    mistakes = []
    if desk.store.record(User, entry.user) is None:
        mistakes.append(("user", "There is no such user."))
    if entry.intervention is not None:
        intervention = desk.store.record(Intervention, entry.intervention)
        if intervention is None or intervention.ticket_id != entry.ticket_id:
            mistakes.append(("intervention", "This ticket has no such intervention."))
    if mistakes:
        raise Unfit(mistakes)


def _said(entry: TimeEntry) -> dict[str, Any]:
    """The entry as history keeps it."""
    return {
        "entry": entry.id,
        "user": entry.user,
        "minutes": entry.minutes,
        "worked_on": entry.worked_on.isoformat(),
        "note": entry.note,
        "intervention": entry.intervention,
    }


def _history(desk: Desk, ticket: Ticket, who: Actor, at: datetime, before: Any, after: Any) -> HistoryEntry:
    return HistoryEntry(desk.new_id(), ticket.id, at, who, TIME, before, after)
