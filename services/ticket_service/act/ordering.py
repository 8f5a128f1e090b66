"""The order of records that an administrator sorts by hand: policies, rules, values of a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.domain.assignment import AssignmentRule
from services.ticket_service.domain.dictionary import DictionaryEntry
from services.ticket_service.domain.mail_rule import MailRule
from services.ticket_service.domain.sla_policy import SlaPolicy
from services.ticket_service.ports import Changes

Sorted = TypeVar("Sorted", AssignmentRule, DictionaryEntry, MailRule, SlaPolicy)
STEP: Final = 10
"""Between two neighbours, so that a script may put one between them."""


def put_in_order(
    desk: Desk,
    load: Callable[[], Mapping[str, Sorted]],
    names: Sequence[str],
    field: str,
    begin: Callable[[], Changes],
    frame: Frame,
    remember: Remember[list[Sorted]],
    place: str = "order",
) -> list[Sorted]:
    """All records that `load` gives by name, in the order of `names`, each named once.

    `begin` gives the changes that go with it; `place` is the attribute that holds a record's place. Unfit
    (at `field`: one is missing, unknown or there twice), TooBusy.
    """

    def attempt() -> list[Sorted]:
        stored = load()
        if set(names) != set(stored) or len(names) != len(stored):
            raise Unfit([(field, f"Name each of these once: {', '.join(sorted(stored))}.")])
        places: list[dict[str, Any]] = [{place: STEP * at} for at in range(1, len(names) + 1)]
        after = [replace(stored[name], **at) for name, at in zip(names, places, strict=True)]
        changes = begin()
        changes.touch(*(each for name, each in zip(names, after, strict=True) if each != stored[name]))
        return save_once(desk, changes, after, remember)

    return until_saved(attempt, frame)
