"""Tickets whose customer does not answer are closed after the days the desk chose, and reminded of before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.domain.auto_close import AutoClose, AutoCloseRule, Reminder
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.relation import CHILD, relation
from services.ticket_service.jobs.auto_closing import close_and_remind
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status
from shared.contracts.catalogue import decode
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import CHANNEL, NOW, apply, counting_ids, message
from tests.ticket_service.jobs.finding import MemoryTimedTickets

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TEMPLATE = {"name": "reminder", "language": "it", "components": []}


class Rig:
    """A desk with tickets that wait for their customers since NOW."""

    def __init__(self, *rules: AutoCloseRule, tickets: int = 1) -> None:
        self.now = NOW
        self.store = MemoryDeskStore()
        self.desk = Desk(self.store, lambda: self.now, counting_ids())
        self.keep(AutoClose(rules=list(rules)))
        for customer in range(tickets):
            event = message(str(customer), sender=f"+39335{customer:07d}", window=7 * 86_400)
            apply(self.store, event, now=NOW, new_id=self.desk.new_id)
            self.move(f"TT{customer + 1}", "waiting_for_response")

    def keep(self, *records: Any) -> None:
        changes = Changes()
        changes.touch(*records)
        self.desk.save(changes)

    def loaded(self, number: str = "TT1") -> LoadedTicket:
        found = self.store.load_ticket(number)
        assert found is not None
        return found

    def move(self, number: str, key: str) -> None:
        changes, loaded, workflow = Changes(), self.loaded(number), self.store.workflow()
        enter_status(
            *(changes, loaded.ticket, loaded.conversation, workflow, workflow.status(key), DESK),
            *(self.now, self.desk.new_id, Cause("")),
        )
        self.desk.save(changes)

    def after(self, passed: timedelta) -> int:
        self.now = NOW + passed
        return close_and_remind(self.desk, MemoryTimedTickets(self.store), self.now)

    def status(self, number: str = "TT1") -> str:
        return self.loaded(number).ticket.status

    def sent(self) -> list[dict[str, Any]]:
        return [each for each in self.store.collections["messages"].values() if each["direction"] == "out"]


def rule(days: int = 7, reminder: Reminder | None = None) -> AutoCloseRule:
    return AutoCloseRule("waiting_for_response", days, "closed", reminder)


def reminding(**templates: Any) -> AutoCloseRule:
    return rule(7, Reminder(5, "Are you still there?", templates))


def test_a_desk_without_rules_closes_nothing() -> None:
    rig = Rig()
    assert rig.after(1000 * DAY) == 0
    assert rig.status() == "waiting_for_response"


def test_a_ticket_is_closed_when_its_days_are_over() -> None:
    rig = Rig(rule())
    assert rig.after(7 * DAY - HOUR) == 0
    assert rig.after(7 * DAY) == 1
    assert rig.status() == "closed"
    assert rig.after(8 * DAY) == 0
    last = list(rig.store.collections["history"].values())[-1]
    assert (last["what"], last["from"], last["to"], last["who"]["kind"]) == (
        *("status", "waiting_for_response", "closed"),
        "system",
    )
    assert "ticket.closed" in [decode(each["body"]).type for each in rig.store.collections["outbox"].values()]


def test_days_count_from_when_it_began_to_wait_without_a_break() -> None:
    rig = Rig(rule())
    rig.now = NOW + 6 * DAY
    rig.move("TT1", "customer_responded")
    rig.move("TT1", "waiting_for_response")
    assert rig.after(12 * DAY) == 0
    assert rig.after(13 * DAY) == 1


def test_a_ticket_in_another_status_stays() -> None:
    rig = Rig(rule(), tickets=2)
    rig.move("TT2", "customer_responded")
    assert rig.after(7 * DAY) == 1
    assert (rig.status("TT1"), rig.status("TT2")) == ("closed", "customer_responded")


def test_the_customer_is_reminded_once_and_then_it_is_closed() -> None:
    rig = Rig(reminding())
    assert rig.after(4 * DAY) == 0
    assert rig.after(5 * DAY) == 1
    assert rig.after(6 * DAY) == 0
    assert [(each["text"], each["number"], each["author"]["kind"]) for each in rig.sent()] == [
        ("Are you still there?", 1, "system")
    ]
    asked = [decode(each["body"]) for each in rig.store.collections["outbox"].values()]
    assert [each.data.content.text for each in asked if each.type == "reply.requested"] == [
        "Are you still there?"
    ]
    assert rig.after(7 * DAY) == 1
    assert rig.status() == "closed"


def test_the_next_wait_has_its_own_reminder() -> None:
    rig = Rig(rule(7, Reminder(2, "Are you still there?")))
    assert rig.after(2 * DAY) == 1
    rig.move("TT1", "customer_responded")
    rig.now += HOUR
    rig.move("TT1", "waiting_for_response")
    assert rig.after(4 * DAY) == 0
    assert rig.after(4 * DAY + HOUR) == 1
    assert len(rig.sent()) == 2


@pytest.mark.parametrize(("templates", "kinds"), [({}, []), ({CHANNEL: TEMPLATE}, ["template"])])
def test_outside_the_reply_window_a_template_is_sent_or_nothing(
    templates: dict[str, Any], kinds: list[str]
) -> None:
    late = rule(20, Reminder(10, "Are you still there?", templates))
    rig = Rig(late)
    rig.after(10 * DAY)
    rig.after(11 * DAY)
    assert [each["kind"] for each in rig.sent()] == kinds
    assert rig.after(20 * DAY) == 1


def test_a_ticket_with_open_children_stays_where_the_desk_wants_them_closed_first() -> None:
    rig = Rig(rule(), tickets=2)
    rig.move("TT2", "customer_responded")
    ends = rig.loaded("TT1").ticket, rig.loaded("TT2").ticket
    rig.keep(TicketOptions(children_close_first=True), relation(CHILD, ends[0].id, ends[1].id, NOW, DESK))
    assert rig.after(7 * DAY) == 0
    rig.move("TT2", "closed")
    assert rig.after(7 * DAY) == 1


def test_a_rule_whose_statuses_are_gone_does_nothing() -> None:
    rig = Rig(AutoCloseRule("waiting_for_response", 7, "gone"), AutoCloseRule("gone", 7, "closed"))
    assert rig.after(70 * DAY) == 0
