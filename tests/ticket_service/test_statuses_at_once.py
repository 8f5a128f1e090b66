"""Two administrators who shape the statuses at the same moment never leave a desk that cannot work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.statuses import remove, take_preset
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.status import CLOSED, Status, mistakes
from services.ticket_service.ports import Changes
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import clock, counting_ids

FRAME = Frame(DESK, "", before_try=lambda: None)


class Rushed(MemoryDeskStore):
    """Once, somebody else makes Spam a status that closes nothing just before a decision is saved."""

    def __init__(self) -> None:
        self.rushed = False
        super().__init__("S003", before_save=self._rush)

    def _rush(self) -> None:
        if not self.rushed:
            self.rushed = True
            (spam,) = self.records(Status, {"roles": "spam"})
            self.save(Changes(records=[replace(spam, roles=spam.roles - {CLOSED})]))


def test_the_last_status_that_closes_tickets_stays_though_both_saw_another_one() -> None:
    store = Rushed()
    with pytest.raises(Unfit):
        remove(_desk(store), "closed", lambda key: {}, FRAME, lambda status: None)
    assert store.rushed
    assert mistakes(store.workflow().statuses) == []


def test_what_was_removed_before_leads_into_the_preset_that_is_taken() -> None:
    store = MemoryDeskStore("S000")
    desk = _desk(store)
    remove(desk, "customer_responded", lambda key: {}, FRAME, lambda status: None)
    take_preset(desk, "S004", {"open": "in_progress"}, lambda key: {}, FRAME, lambda done: None)
    left = {each.key: each.replaced_by for each in store.records(Status, {}) if each.replaced_by}
    assert left == {"open": "in_progress", "waiting_for_response": "new", "customer_responded": "in_progress"}


def _desk(store: MemoryDeskStore) -> Desk:
    return Desk(store, clock, counting_ids())
