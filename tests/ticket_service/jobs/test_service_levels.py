"""The jobs that keep service levels true while nobody touches the tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.acting import Desk
from services.ticket_service.domain.recalculation import Recalculation
from services.ticket_service.domain.sla import FIRST_RESPONSE, RESOLUTION
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.jobs import service_levels
from services.ticket_service.jobs.service_levels import SETTLED_AFTER, recalculate, watch_promises
from services.ticket_service.ports import SECTION, Changes
from shared.contracts.catalogue import decode
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, apply, counting_ids, message
from tests.ticket_service.jobs.finding import MemoryTimedTickets

HOUR = timedelta(hours=1)


class Rig:
    """A desk with a clock that a test sets, and tickets of several customers."""

    def __init__(self, customers: int = 3) -> None:
        self.now = NOW
        self.store = MemoryDeskStore()
        self.desk = Desk(self.store, lambda: self.now, counting_ids())
        self.tickets = MemoryTimedTickets(self.store)
        self.customers = customers

    def open(self) -> None:
        for customer in range(self.customers):
            event = message(str(customer), sender=f"+39335{customer:07d}")
            apply(self.store, event, now=self.now, new_id=self.desk.new_id)

    def keep(self, *records: Any) -> None:
        changes = Changes()
        changes.touch(*records)
        self.desk.save(changes)

    def later(self, by: timedelta) -> int:
        self.now = NOW + by
        return watch_promises(self.desk, self.tickets, self.now)

    def told(self) -> list[str]:
        events = [decode(each["body"]) for each in self.store.collections["outbox"].values()]
        return sorted(each.type.removeprefix("ticket.sla_") for each in events if "sla" in each.type)

    def all(self) -> list[Ticket]:
        return list(self.store.load_tickets(list(self.store.collections["tickets"])).values())

    def recalculate(self) -> int:
        self.now += SETTLED_AFTER
        return recalculate(self.desk, self.tickets, self.now)

    def ask(self, *records: Any) -> None:
        work = self.store.record(Recalculation, SECTION) or Recalculation(SECTION)
        work.ask(self.now)
        self.keep(work, *records)


def policy(minutes: int = 60) -> SlaPolicy:
    targets = [TargetRule(FIRST_RESPONSE, minutes, 50), TargetRule(RESOLUTION, 600)]
    return SlaPolicy("p1", "Standard", NOW, targets=targets)


@pytest.fixture
def rig() -> Rig:
    found = Rig()
    found.keep(policy())
    found.open()
    return found


def test_every_ticket_is_warned_of_and_broken_once(rig: Rig) -> None:
    assert rig.later(0.4 * HOUR) == 0
    assert rig.later(0.5 * HOUR) == 3
    assert rig.later(0.6 * HOUR) == 0
    assert rig.told() == ["warning"] * 3
    assert rig.later(HOUR) == 3
    assert rig.later(2 * HOUR) == 0
    assert rig.told() == ["breached"] * 3 + ["warning"] * 3


def test_more_tickets_than_one_batch_are_all_looked_at(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    monkeypatch.setattr(service_levels, "BATCH", 2)
    assert rig.later(2 * HOUR) == 3
    assert rig.told() == ["breached"] * 3


def test_two_processes_at_once_tell_it_once() -> None:
    rig = Rig(customers=1)
    rig.keep(policy())
    rig.open()
    other = Desk(rig.store, lambda: rig.now, counting_ids("other"))
    meeting: list[int] = []

    def meets() -> None:
        rig.store._before_save = lambda: None
        meeting.append(watch_promises(other, rig.tickets, rig.now))

    rig.store._before_save = meets
    assert rig.later(2 * HOUR) == 1
    assert meeting == [1]
    assert rig.told() == ["breached"]


def test_a_changed_policy_reaches_every_open_ticket_once_all_processes_know_it(rig: Rig) -> None:
    changed = rig.store.record(SlaPolicy, "p1")
    assert changed is not None
    changed.targets = [TargetRule(RESOLUTION, 120)]
    rig.ask(changed)
    assert recalculate(rig.desk, rig.tickets, rig.now) == 0
    assert rig.recalculate() == 3
    assert {each.solution_forecast for each in rig.all()} == {NOW + 2 * HOUR}
    versions = [each.version for each in rig.all()]
    assert rig.recalculate() == 0
    assert versions == [each.version for each in rig.all()]


def test_a_change_while_tickets_are_recalculated_begins_again(
    monkeypatch: pytest.MonkeyPatch, rig: Rig
) -> None:
    monkeypatch.setattr(service_levels, "BATCH", 1)
    monkeypatch.setattr(service_levels, "MOST_BATCHES", 2)
    rig.ask()
    assert rig.recalculate() == 2
    rig.ask()
    assert [rig.recalculate(), rig.recalculate(), rig.recalculate()] == [2, 1, 0]


def test_a_policy_that_is_new_covers_tickets_that_were_there_before() -> None:
    rig = Rig()
    rig.open()
    rig.ask(policy())
    assert rig.recalculate() == 3
    assert all(each.sla is not None for each in rig.all())
