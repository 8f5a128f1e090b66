"""The order of records that an administrator sorts by hand: policies, rules, values of a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.domain.assignment import AssignmentRule
from services.ticket_service.domain.dictionary import DictionaryEntry
from services.ticket_service.domain.sla_policy import SlaPolicy
from services.ticket_service.ports import Changes

Sorted = TypeVar("Sorted", AssignmentRule, DictionaryEntry, SlaPolicy)
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
) -> list[Sorted]:
    """All records that `load` gives by name, in the order of `names`, each named once.

    `begin` gives the changes that go with it. Unfit (at `field`: one is missing, unknown or there twice),
    TooBusy.
    """

    def attempt() -> list[Sorted]:
        stored = load()
        if set(names) != set(stored) or len(names) != len(stored):
            raise Unfit([(field, f"Name each of these once: {', '.join(sorted(stored))}.")])
        after = [replace(stored[name], order=STEP * place) for place, name in enumerate(names, 1)]
        changes = begin()
        changes.touch(
            *(each for name, each in zip(names, after, strict=True) if each.order != stored[name].order)
        )
        return save_once(desk, changes, after, remember)

    return until_saved(attempt, frame)
