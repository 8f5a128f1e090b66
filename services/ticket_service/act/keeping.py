"""Records that people make, change and delete: the same steps for users, teams, organizations and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.ports import Changes, Record

R = TypeVar("R", bound=Record)
Check = Callable[[R], None]
"""Sees a record as it is and raises when it is not what the caller read, or may not become what is wanted."""


class Taken(Exception):
    """`value` must be unique in `field` and another `what` (singular, for people) has it: `owner`, its id."""

    def __init__(self, what: str, field: str, value: str, owner: str) -> None:
        super().__init__(f"{field}: {value}")
        self.what = what
        self.field = field
        self.value = value
        self.owner = owner


def found(desk: Desk, kind: type[R], record_id: str, what: str) -> R:
    """The record as it is stored this moment. NotFound, named `what`."""
    record = desk.store.record(kind, record_id)
    if record is None:
        raise NotFound(what)
    return record


def add(desk: Desk, make: Callable[[], R], check: Check[R], frame: Frame, remember: Remember[R]) -> R:
    """Keep what `make` makes, once `check` accepts it. TooBusy, and what `check` raises."""

    def attempt() -> R:
        record = make()
        check(record)
        changes = Changes()
        changes.touch(record)
        return save_once(desk, changes, record, remember)

    return until_saved(attempt, frame)


def change(
    load: Callable[[], R],
    wanted: Mapping[str, Any],
    save: Callable[[R], None],
    frame: Frame,
    unchanged: Check[R],
) -> R:
    """Set fields; `save` is called when one of them really changes. The record as it is stored then.

    TooBusy, and what `load`, `save` and `unchanged` raise.
    """

    def attempt() -> R:
        record = load()
        unchanged(record)
        changed = {name: value for name, value in wanted.items() if getattr(record, name) != value}
        for name, value in changed.items():
            setattr(record, name, value)
        if not changed:
            return record
        save(record)
        return load()

    return until_saved(attempt, frame)


def remove(desk: Desk, load: Callable[[], R], frame: Frame, check: Check[R]) -> None:
    """Delete a record, once `check` allows it. TooBusy, and what `load` and `check` raise."""

    def attempt() -> None:
        record = load()
        check(record)
        changes = Changes()
        changes.remove(record)
        desk.save(changes)

    until_saved(attempt, frame)


def save_record(desk: Desk, record: Record) -> None:
    """Save one record by itself. Conflict, Unavailable."""
    changes = Changes()
    changes.touch(record)
    desk.save(changes)
