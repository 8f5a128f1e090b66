"""Sections of settings: each a record of which there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.ports import SECTION, Changes

S = TypeVar("S")
Mistakes = Callable[[Any], list[tuple[str, str]]]
"""(field, what is wrong and what helps) of a section as it is to be."""


def section(desk: Desk, kind: type[S]) -> S:
    """As it is stored this moment; its defaults where nobody stored it."""
    return desk.store.record(kind, SECTION) or kind()


def change_sections(
    desk: Desk,
    kinds: Sequence[type[Any]],
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[list[Any]], None],
    mistakes: Mistakes = lambda section: [],
) -> list[Any]:
    """Set fields of one or several sections, each where it belongs by its name; all of it or nothing.

    The sections as they are afterwards, in the order of `kinds`; `check` as in change_ticket. Unfit, TooBusy.
    """

    def attempt() -> list[Any]:
        stored = [section(desk, kind) for kind in kinds]
        check(stored)
        changes, after = Changes(), []
        for before in stored:
            own = {field.name for field in fields(before)} & set(wanted)
            changed = replace(before, **{name: wanted[name] for name in own})
            if found := mistakes(changed):
                raise Unfit(found)
            if changed == before:
                after.append(before)
            else:
                changes.touch(changed)
                after.append(replace(changed, version=changed.version + 1))
        if changes.records:
            desk.save(changes)
        return after

    return until_saved(attempt, frame)
