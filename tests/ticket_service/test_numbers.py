"""Numbers reserved for new tickets: of the scheme as it is, and never one that a ticket has."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from services.ticket_service.domain.numbering import Numbering
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.numbers import Numbers
from services.ticket_service.ports import SECTION, Changes, Conflict
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import apply, message

LATE = datetime.fromisoformat("2025-01-31T23:30:00+00:00")


def desk(**scheme: object) -> MemoryDeskStore:
    store = MemoryDeskStore(time_zone="Europe/Rome")
    set_scheme(store, **scheme)
    return store


def set_scheme(store: MemoryDeskStore, **scheme: object) -> None:
    before = store.record(Numbering, SECTION) or Numbering()
    store.save(Changes(records=[replace(before, **scheme)]))  # type: ignore[arg-type]


def shown(store: MemoryDeskStore) -> list[str]:
    return [each["number"] for each in store.collections["tickets"].values()]


def open_tickets(store: MemoryDeskStore, *senders: str) -> None:
    apply(store, *[message(f"m{each}", sender=f"+39335{each:>07}") for each in senders])


def test_the_month_of_a_number_is_the_desks_month() -> None:
    numbers = Numbers(desk(scheme="mask", reset="monthly"))
    numbers.begin(LATE)
    assert numbers.next().number == "2025-02-00001"


def test_a_sequence_begins_where_the_administrator_says_and_never_goes_back() -> None:
    store = desk(start=100)
    open_tickets(store, "1", "2")
    set_scheme(store, start=5)
    open_tickets(store, "3")
    assert shown(store) == ["TT100", "TT101", "TT102"]


def test_changing_the_scheme_keeps_old_numbers() -> None:
    store = desk()
    open_tickets(store, "1")
    set_scheme(store, scheme="integer")
    open_tickets(store, "2")
    set_scheme(store, scheme="mask", mask="{seq:4}")
    open_tickets(store, "3")
    assert shown(store) == ["TT1", "2", "0003"]


def test_hundreds_of_numbers_that_tickets_have_already_are_passed_over() -> None:
    store = desk(scheme="mask", mask="TT{seq}-{yyyy}", reset="yearly")
    store.collections["tickets"] |= {
        f"t{n}": {"_id": f"t{n}", "number": f"TT{n}", "version": 1} for n in range(1, 701)
    }
    set_scheme(store, scheme="prefix")
    open_tickets(store, "1")
    assert shown(store)[-1] == "TT701"


def test_each_try_has_numbers_of_its_own() -> None:
    numbers = Numbers(desk())
    numbers.begin(LATE)
    numbers.ahead(3)
    numbers.begin(LATE)
    assert numbers.next().sequence == 4


def test_a_desk_whose_numbers_are_all_taken_does_not_look_for_ever() -> None:
    class AllTaken(MemoryDeskStore):
        def numbers_taken(self, numbers: object) -> set[str]:
            return {*numbers}  # type: ignore[misc]

    numbers = Numbers(AllTaken())
    numbers.begin(LATE)
    numbers.begin(LATE)
    with pytest.raises(Conflict):
        numbers.next()


def test_the_settings_of_a_desk_are_needed_only_when_tickets_are_opened() -> None:
    store = MemoryDeskStore()
    del store.collections["settings"][SECTION]
    assert store.setting(DeskSettings).version == 0
    Numbers(store).ahead(0)
