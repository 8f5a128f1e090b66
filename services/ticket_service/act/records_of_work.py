"""Products, projects and contracts: made, changed, and deleted only while nothing names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.contract import Contract, in_order
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.words import folded, words_of
from services.ticket_service.ports import Changes

Named = TypeVar("Named", Product, Project, Contract)
_WORD: Final = re.compile(r"[^\W_]+")


class InUse(Exception):
    """`count` others (`by`: what they are, plural) name a `what` (singular), so it cannot be deleted."""

    def __init__(self, what: str, by: str, count: int) -> None:
        super().__init__(f"{what}: {count} {by}")
        self.what = what
        self.by = by
        self.count = count


class Unfit(Exception):
    """Values that cannot be kept; `mistakes` are (field, what is wrong and what helps)."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        super().__init__(str(mistakes))
        self.mistakes = mistakes


def create(
    desk: Desk, kind: type[Named], wanted: Mapping[str, Any], frame: Frame, remember: Remember[Named]
) -> Named:
    """A new one with these fields. Unfit (what it names does not exist, its days), TooBusy."""
    record_id = desk.new_id()

    def attempt() -> Named:
        now = desk.clock()
        record = kind(id=record_id, created_at=now, updated_at=now, **wanted)
        return save_once(desk, _checked(desk, record), record, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk,
    kind: type[Named],
    record_id: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[Named], None],
) -> Named:
    """Set fields; `check` sees it as it is and raises when it is not what the caller read.

    NotFound, Unfit, TooBusy.
    """

    def attempt() -> Named:
        record = found(desk, kind, record_id)
        check(record)
        changed = {name: value for name, value in wanted.items() if getattr(record, name) != value}
        for name, value in changed.items():
            setattr(record, name, value)
        if changed:
            record.updated_at = desk.clock()
            desk.save(_checked(desk, record))
        return found(desk, kind, record_id)

    return until_saved(attempt, frame)


def delete(
    desk: Desk,
    kind: type[Named],
    record_id: str,
    used_by: Callable[[str], Mapping[str, int]],
    frame: Frame,
    check: Callable[[Named], None],
) -> None:
    """Delete one that nothing names; `used_by` says how many name it, by what they are (plural).

    NotFound, InUse, TooBusy; `check` as in change.
    """

    def attempt() -> None:
        record = found(desk, kind, record_id)
        check(record)
        for by, count in used_by(record_id).items():
            if count:
                raise InUse(kind.__name__.lower(), by, count)
        changes = Changes()
        changes.remove(record)
        desk.save(changes)

    until_saved(attempt, frame)


def found(desk: Desk, kind: type[Named], record_id: str) -> Named:
    """The record as it is stored this moment. NotFound."""
    record = desk.store.record(kind, record_id)
    if record is None:
        raise NotFound(kind.__name__.lower())
    return record


def _checked(desk: Desk, record: Product | Project | Contract) -> Changes:
    """The record to be saved, with the words of its name. Unfit."""
    mistakes = []
    organization, project = getattr(record, "organization", None), getattr(record, "project", None)
    if organization is not None and desk.store.record(Organization, organization) is None:
        mistakes.append(("organization", "There is no such organization."))
    if project is not None and desk.store.record(Project, project) is None:
        mistakes.append(("project", "There is no such project."))
    if not isinstance(record, Product) and not in_order(record.starts_on, record.ends_on):
        mistakes.append(("ends_on", "It ends before it starts."))
    if mistakes:
        raise Unfit(mistakes)
    record.words = _words(record.name, record.code)
    changes = Changes()
    changes.touch(record)
    return changes


def _words(*texts: str) -> list[str]:
    """As of any text, and its single letters and digits: of `B-1` there is nothing else."""
    single = [word for text in texts for word in _WORD.findall(folded(text)) if len(word) == 1]
    return list(dict.fromkeys([*words_of(*texts), *single]))
