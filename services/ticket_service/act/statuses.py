"""Statuses as administrators shape them: made, changed, put in order, removed; five presets to start from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.status import Status, Workflow, mistakes
from services.ticket_service.ports import Changes

UsedBy = Callable[[str], Mapping[str, int]]
"""What has a status (by key) or names it: what they are, in plural, and how many; nothing with none."""


class StatusExists(Exception):
    """The desk has a status with this key."""


class StatusInUse(Exception):
    """What still has or names these statuses, by the statuses' keys."""

    def __init__(self, used: Mapping[str, Mapping[str, int]]) -> None:
        super().__init__(", ".join(used))
        self.used = used


def create(desk: Desk, wanted: Mapping[str, Any], frame: Frame, remember: Remember[Status]) -> Status:
    """A new status, the last in order unless it says otherwise. StatusExists, Unfit, TooBusy."""

    def attempt() -> Status:
        stored = _stored(desk)
        before = stored.get(wanted["key"])
        if before is not None and before.replaced_by is None:
            raise StatusExists(wanted["key"])
        last = max((each.order for each in _in_use(stored)), default=0)
        new = Status(**{"order": last + 10, **wanted}, version=before.version if before else 0)
        changes = _changes(stored, [new])
        return save_once(desk, changes, new, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk, key: str, wanted: Mapping[str, Any], frame: Frame, check: Callable[[Status], None]
) -> Status:
    """Set its fields; `check` as in change_ticket. NotFound, Unfit, TooBusy."""

    def attempt() -> Status:
        stored = _stored(desk)
        before = _one(stored, key)
        check(before)
        after = replace(before, **wanted)
        if after != before:
            desk.save(_changes(stored, [after]))
        return after

    return until_saved(attempt, frame)


def remove(desk: Desk, key: str, used_by: UsedBy, frame: Frame, check: Callable[[Status], None]) -> None:
    """Take it out of use. NotFound, StatusInUse, Unfit (the desk needs it), TooBusy."""

    def attempt() -> None:
        stored = _stored(desk)
        gone = _one(stored, key)
        check(gone)
        used = used_by(key)
        if used:
            raise StatusInUse({key: used})
        left = [each for each in _in_use(stored) if each.key != key]
        _must_work(left)
        successor = Workflow(left).opening.key
        desk.save(_changes(stored, [replace(gone, replaced_by=successor, retired_at=desk.clock())]))

    until_saved(attempt, frame)


def put_in_order(
    desk: Desk, keys: Sequence[str], frame: Frame, remember: Remember[list[Status]]
) -> list[Status]:
    """The order of all statuses, each named once. Unfit, TooBusy."""

    def attempt() -> list[Status]:
        stored = _stored(desk)
        known = {each.key for each in _in_use(stored)}
        if set(keys) != known or len(keys) != len(known):
            raise Unfit([("keys", f"Name each of these once: {', '.join(sorted(known))}.")])
        after = [replace(stored[key], order=10 * place) for place, key in enumerate(keys, 1)]
        return save_once(desk, _changes(stored, after), after, remember)

    return until_saved(attempt, frame)


def take_preset(
    desk: Desk,
    preset: str,
    successors: Mapping[str, str],
    used_by: UsedBy,
    frame: Frame,
    remember: Remember[list[Status]],
) -> list[Status]:
    """Work with the statuses of a preset from now on.

    `successors` says for statuses the preset does not have where their tickets go; they follow by and by
    (act/retired.py). StatusInUse for one that is used and has no successor, or is named by a rule; Unfit,
    TooBusy.
    """

    def attempt() -> list[Status]:
        stored = _stored(desk)
        new = {each.key: each for each in PRESETS[preset]}
        gone = [each for each in _in_use(stored) if each.key not in new]
        _must_lead_somewhere(successors, {each.key for each in gone}, set(new))
        _must_be_free(gone, successors, used_by)
        opening = Workflow(new.values()).opening.key
        now = desk.clock()
        retired = [
            replace(each, replaced_by=successors.get(each.key, opening), retired_at=now) for each in gone
        ]
        after = [
            replace(each, version=stored[key].version if key in stored else 0) for key, each in new.items()
        ]
        moved_on = [
            replace(each, replaced_by=successors.get(each.replaced_by, opening))
            for each in stored.values()
            if each.replaced_by is not None and each.key not in new and each.replaced_by not in new
        ]
        changes = _changes(stored, [*after, *retired, *moved_on])
        return save_once(desk, changes, after, remember)

    return until_saved(attempt, frame)


def _must_lead_somewhere(successors: Mapping[str, str], gone: set[str], new: set[str]) -> None:
    found = [
        (f"map.{key}", f"This status does not go. Name only these: {', '.join(sorted(gone))}.")
        for key in successors
        if key not in gone
    ]
    found += [
        (f"map.{key}", f"The preset has no status {to!r}. Use one of: {', '.join(sorted(new))}.")
        for key, to in successors.items()
        if to not in new
    ]
    if found:
        raise Unfit(found)


def _must_be_free(gone: Iterable[Status], successors: Mapping[str, str], used_by: UsedBy) -> None:
    used: dict[str, Mapping[str, int]] = {}
    for each in gone:
        found = {
            what: n
            for what, n in used_by(each.key).items()
            if what != "tickets" or each.key not in successors
        }
        if found:
            used[each.key] = found
    if used:
        raise StatusInUse(used)


def _stored(desk: Desk) -> dict[str, Status]:
    """As they are this moment, those that were removed included."""
    return {each.key: each for each in desk.store.records(Status, {})}


def _in_use(stored: Mapping[str, Status]) -> list[Status]:
    return [each for each in stored.values() if each.replaced_by is None]


def _one(stored: Mapping[str, Status], key: str) -> Status:
    found = stored.get(key)
    if found is None or found.replaced_by is not None:
        raise NotFound("status")
    return found


def _changes(stored: Mapping[str, Status], after: Iterable[Status]) -> Changes:
    """All statuses are saved, changed or not: of two decisions at once the second one is decided again.

    Otherwise two administrators could each remove one of the last two closing statuses. Unfit.
    """
    together = {**stored, **{each.key: each for each in after}}
    _must_work(_in_use(together))
    changes = Changes()
    changes.touch(*together.values())
    return changes


def _must_work(statuses: Iterable[Status]) -> None:
    found = mistakes(statuses)
    if found:
        raise Unfit([("roles", problem) for problem in found])
