"""Service level policies and calendars: kept, and every open ticket looked at again when they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from services.ticket_service.act import ordering
from services.ticket_service.act.fields import unknown_reference
from services.ticket_service.act.records_of_work import InUse, Unfit
from services.ticket_service.act.sections import section
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.calendar import MAX_CALENDARS, Calendar, overlaps
from services.ticket_service.domain.chat_settings import ChatSettings
from services.ticket_service.domain.dictionary import DictionaryEntry, unknown_values
from services.ticket_service.domain.recalculation import Recalculation
from services.ticket_service.domain.sla_policy import MAX_POLICIES, SlaPolicy
from services.ticket_service.ports import SECTION, Changes
from services.ticket_service.sla.public_holidays import UnknownRegion, check_region

K = TypeVar("K", SlaPolicy, Calendar)

_NAMES: Final[Mapping[type[Any], str]] = {SlaPolicy: "policy", Calendar: "calendar"}
_MOST: Final[Mapping[type[Any], int]] = {SlaPolicy: MAX_POLICIES, Calendar: MAX_CALENDARS}


def found(desk: Desk, kind: type[K], record_id: str) -> K:
    """The policy or calendar as it is stored this moment. NotFound."""
    record = desk.store.record(kind, record_id)
    if record is None:
        raise NotFound(_NAMES[kind])
    return record


def create(desk: Desk, kind: type[K], wanted: Mapping[str, Any], frame: Frame, remember: Remember[K]) -> K:
    """A new one. Unfit (what it names does not exist, ranges that overlap, too many), TooBusy."""
    record_id = desk.new_id()

    def attempt() -> K:
        record = kind(id=record_id, created_at=desk.clock(), **wanted)
        mistakes = _mistakes(desk, record)
        if len(desk.store.records(kind, {})) >= _MOST[kind]:
            mistakes.append(("name", f"There are at most {_MOST[kind]}; delete one that is not used."))
        if mistakes:
            raise Unfit(mistakes)
        changes = _asking(desk)
        changes.touch(record)
        return save_once(desk, changes, record, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk,
    kind: type[K],
    record_id: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[K], None],
) -> K:
    """Set fields; `check` as in change_ticket. NotFound, Unfit, TooBusy."""

    def attempt() -> K:
        before = found(desk, kind, record_id)
        check(before)
        after = replace(before, **wanted)
        if after == before:
            return before
        if mistakes := _mistakes(desk, after):
            raise Unfit(mistakes)
        changes = _asking(desk)
        changes.touch(after)
        desk.save(changes)
        return replace(after, version=after.version + 1)

    return until_saved(attempt, frame)


def put_in_order(
    desk: Desk, ids: Sequence[str], frame: Frame, remember: Remember[list[SlaPolicy]]
) -> list[SlaPolicy]:
    """The order in which policies are tried, each named once. Unfit, TooBusy."""
    return ordering.put_in_order(
        desk,
        lambda: {each.id: each for each in desk.store.records(SlaPolicy, {})},
        ids,
        "ids",
        lambda: _asking(desk),
        frame,
        remember,
    )


def delete(desk: Desk, kind: type[K], record_id: str, frame: Frame, check: Callable[[K], None]) -> None:
    """Delete it. NotFound, InUse (a calendar that policies or live chats name), TooBusy."""

    def attempt() -> None:
        record = found(desk, kind, record_id)
        check(record)
        naming = [each for each in desk.store.records(SlaPolicy, {}) if each.calendar == record_id]
        if naming:
            raise InUse("calendar", "service level policies", len(naming))
        chats = section(desk, ChatSettings).channels.values()
        if open_by := [each for each in chats if each.calendar == record_id]:
            raise InUse("calendar", "live chats", len(open_by))
        changes = _asking(desk)
        changes.remove(record)
        desk.save(changes)

    until_saved(attempt, frame)


def _asking(desk: Desk) -> Changes:
    """With every such change all open tickets have to be brought up to date (jobs/service_levels.py)."""
    work = desk.store.record(Recalculation, SECTION) or Recalculation(SECTION)
    work.ask(desk.clock())
    changes = Changes()
    changes.touch(work)
    return changes


def _mistakes(desk: Desk, record: SlaPolicy | Calendar) -> list[tuple[str, str]]:
    if isinstance(record, Calendar):
        return _calendar_mistakes(record)
    mistakes = []
    if record.calendar is not None and desk.store.record(Calendar, record.calendar) is None:
        mistakes.append(("calendar", "There is no such calendar."))
    entries = desk.store.all(DictionaryEntry)
    for name, values in record.conditions.items():
        problems = [problem for value in values for _, problem in unknown_values(entries, {name: value}, {})]
        problems += [
            problem for value in values if (problem := unknown_reference(desk.store, name, value)) is not None
        ]
        mistakes += [(f"conditions.{name}", problem) for problem in problems]
    return mistakes


def _calendar_mistakes(calendar: Calendar) -> list[tuple[str, str]]:
    mistakes = []
    if overlaps(calendar.hours):
        mistakes.append(("hours", "Two ranges of a day overlap."))
    try:
        check_region(calendar.country, calendar.subdivision)
    except UnknownRegion as error:
        mistakes.append((error.field, f"Use one of: {', '.join(error.allowed) or 'none; leave it out'}."))
    return mistakes
