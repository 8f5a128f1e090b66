"""Worked time and interventions while others do the same."""

from __future__ import annotations

import threading
from datetime import date

from services.ticket_service.act import interventions, time_entries
from services.ticket_service.acting import Frame
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service import building

ANNA = Actor(AGENT, "anna", "Anna")
FRAME = Frame(ANNA, "", before_try=lambda: None)
DAY = date(2025, 2, 27)


def _store() -> tuple[MemoryDeskStore, str]:
    """A desk with Anna and one ticket, and the ticket's number."""
    store = MemoryDeskStore()
    store.save(Changes(records=[User("anna", "anna@example.org", "Anna", ["agent"], building.NOW)]))
    building.apply(store, building.message())
    (ticket,) = store.collections["tickets"].values()
    return store, ticket["number"]


def test_time_entered_by_many_at_once_is_all_in_the_sum() -> None:
    store, number = _store()
    together = threading.Barrier(4)

    def enter(name: str) -> None:
        desk = building.a_desk(store, prefix=name)
        together.wait(timeout=10)
        for _ in range(5):
            wanted = {"minutes": 15, "worked_on": DAY}
            time_entries.add(desk, number, wanted, FRAME, lambda entry: None)

    threads = [threading.Thread(target=enter, args=(f"t{each}",)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    loaded = store.load_ticket(number)
    assert loaded is not None
    assert len(store.records(TimeEntry, {"ticket_id": loaded.ticket.id})) == 20
    assert (loaded.ticket.hours, loaded.ticket.days) == (5.0, 0.625)


def test_an_intervention_is_decided_again_when_the_ticket_changes_in_between() -> None:
    store, number = _store()
    desk = building.a_desk(store)
    others = iter([True])

    def somebody_enters_time() -> None:
        if next(others, False):
            other = building.a_desk(store, prefix="other")
            time_entries.add(other, number, {"minutes": 60, "worked_on": DAY}, FRAME, lambda entry: None)

    store._before_save = somebody_enters_time
    made = interventions.create(desk, number, {"title": "Valve"}, FRAME, lambda _: None)
    loaded = store.load_ticket(number)
    assert loaded is not None
    assert loaded.ticket.hours == 1.0
    assert store.record(Intervention, made.id) is not None
    kept = [each["what"] for each in store.collections["history"].values()]
    assert kept.count("intervention") == 1
    assert kept.count("time") == 1
