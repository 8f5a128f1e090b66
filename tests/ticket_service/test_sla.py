"""Service levels follow from whatever changes a ticket, in the same save; without policies there are none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from services.ticket_service.acting import Desk
from services.ticket_service.domain.calendar import Calendar, OpenHours
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.sla import FIRST_RESPONSE, RESOLUTION
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, DeskStore, Record
from services.ticket_service.sla.keeping import is_open, keep_promises, ready
from services.ticket_service.sla.public_holidays import UnknownRegion, named_holidays, public_holidays
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, apply, at, counting_ids, message

HOUR = timedelta(hours=1)


class Moving:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def keep(desk: Desk, *records: Record) -> None:
    changes = Changes()
    changes.touch(*records)
    desk.save(changes)


def arrive(desk: Desk, event: Event) -> None:
    apply(desk.store, event, now=desk.clock(), new_id=desk.new_id)


def policy(key: str = "p1", **more: object) -> SlaPolicy:
    made = SlaPolicy(key, key, NOW, targets=[TargetRule(FIRST_RESPONSE, 60, 50), TargetRule(RESOLUTION, 240)])
    for name, value in more.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
def desk(clock: Moving) -> Desk:
    return Desk(MemoryDeskStore(), clock, counting_ids())


def the_ticket(desk: Desk) -> Ticket:
    loaded = desk.store.load_ticket("TT1")
    assert loaded is not None
    return loaded.ticket


def save_again(desk: Desk, **fields: object) -> Ticket:
    ticket, changes = the_ticket(desk), Changes()
    for name, value in fields.items():
        setattr(ticket, name, value)
    changes.touch(ticket)
    desk.save(changes)
    return the_ticket(desk)


def told(desk: Desk) -> list[Event]:
    assert isinstance(desk.store, MemoryDeskStore)
    events = [decode(each["body"]) for each in desk.store.collections["outbox"].values()]
    return [each for each in events if "sla" in each.type]


def test_a_ticket_of_a_desk_without_policies_promises_nothing(desk: Desk) -> None:
    arrive(desk, message())
    ticket = the_ticket(desk)
    assert (ticket.sla, ticket.solution_forecast) == (None, None)


def test_a_desk_without_policies_asks_for_nothing_else() -> None:
    class Nothing:
        """A store that knows no policy and would break at any other question."""

        def all(self, kind: type[object]) -> tuple[object, ...]:
            assert kind is SlaPolicy
            return ()

    changes = Changes()
    changes.touch(Ticket("t1", "TT1", 1, "", "open", "c", "k", "r", None, NOW, NOW, DESK))
    keep_promises(changes, cast(DeskStore, Nothing()), NOW, counting_ids())
    assert (changes.history, changes.events) == ([], [])


def test_a_message_that_opens_a_ticket_starts_its_promises_at_the_providers_time(
    desk: Desk, clock: Moving
) -> None:
    keep(desk, policy())
    clock.now = NOW + timedelta(minutes=20)
    arrive(desk, message(occurred=NOW, received=clock.now))
    ticket = the_ticket(desk)
    assert ticket.sla is not None
    assert {each.name: each.due_at for each in ticket.sla.targets} == {
        FIRST_RESPONSE: NOW + HOUR,
        RESOLUTION: NOW + 4 * HOUR,
    }
    assert ticket.sla.next_check_at == NOW + HOUR / 2
    assert ticket.solution_forecast == NOW + 4 * HOUR


def test_a_field_that_changes_brings_another_policy(desk: Desk) -> None:
    urgent = policy("p2", order=-1, conditions={"priority": ["urgent"]}, targets=[TargetRule(RESOLUTION, 30)])
    keep(desk, policy(), urgent)
    arrive(desk, message())
    ticket = save_again(desk, priority="urgent")
    assert ticket.sla is not None
    assert (ticket.sla.policy, ticket.solution_forecast) == ("p2", NOW + HOUR / 2)


def test_the_forecast_that_moves_is_in_the_tickets_history(desk: Desk) -> None:
    keep(desk, policy())
    arrive(desk, message())
    assert isinstance(desk.store, MemoryDeskStore)
    entries = [
        each for each in desk.store.collections["history"].values() if each["what"] == "solution_forecast"
    ]
    assert [(each["from"], each["to"]) for each in entries] == [(None, NOW + 4 * HOUR)]


def test_whoever_saves_the_ticket_when_it_is_late_tells_it_once(desk: Desk, clock: Moving) -> None:
    keep(desk, policy())
    arrive(desk, message())
    clock.now = NOW + HOUR / 2
    save_again(desk)
    save_again(desk)
    assert [each.type for each in told(desk)] == ["ticket.sla_warning"]
    clock.now = NOW + 2 * HOUR
    save_again(desk)
    save_again(desk)
    assert [each.type for each in told(desk)] == ["ticket.sla_warning", "ticket.sla_breached"]


def test_what_is_told_names_the_promise_and_where_the_customer_is(desk: Desk, clock: Moving) -> None:
    keep(desk, policy())
    arrive(desk, message())
    clock.now = NOW + 2 * HOUR
    save_again(desk)
    fact = told(desk)[0].data
    assert (fact.sla.target, fact.sla.due_at) == (FIRST_RESPONSE, NOW + HOUR)
    assert fact.conversation_id
    assert fact.actor.kind == "system"


def test_when_the_last_policy_goes_the_promises_go(desk: Desk) -> None:
    keep(desk, policy())
    arrive(desk, message())
    changes = Changes()
    kept = desk.store.record(SlaPolicy, "p1")
    assert kept is not None
    changes.remove(kept)
    desk.save(changes)
    ticket = save_again(desk)
    assert (ticket.sla, ticket.solution_forecast) == (None, None)


def office(country: str | None = "IT", subdivision: str | None = None) -> Calendar:
    hours = [OpenHours(day, 540, 1080) for day in range(5)]
    return Calendar("c1", "Office", "Europe/Rome", hours, NOW, country, subdivision)


def test_a_policys_calendar_counts(desk: Desk) -> None:
    # NOW is 22:21 on a Thursday in Rome.
    keep(desk, policy(calendar="c1"), office())
    arrive(desk, message())
    assert the_ticket(desk).sla is not None
    assert the_ticket(desk).solution_forecast == datetime(2025, 2, 28, 12, 0, tzinfo=UTC)


def test_a_calendar_that_is_gone_counts_as_none(desk: Desk) -> None:
    keep(desk, policy(calendar="gone"))
    arrive(desk, message())
    assert the_ticket(desk).solution_forecast == NOW + 4 * HOUR


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "is_holiday"),
    [
        ("IT", None, date(2026, 12, 25), True),
        ("IT", None, date(2026, 4, 6), True),  # Easter Monday moves
        ("IT", None, date(2026, 12, 24), False),
        ("DE", "BY", date(2026, 1, 6), True),
        ("DE", "BE", date(2026, 1, 6), False),
        ("PT", None, date(2027, 4, 25), True),
        ("IN", None, date(2100, 1, 26), True),  # the library is not sure of all days that year
        ("XX", None, date(2026, 12, 25), False),
        (None, None, date(2026, 12, 25), False),
    ],
)
def test_public_holidays_are_those_of_the_country_and_its_part(
    country: str | None, subdivision: str | None, day: date, is_holiday: bool
) -> None:
    assert (day in public_holidays(country, subdivision, day.year)) is is_holiday
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    open_at_noon = ready(office(country, subdivision)).is_open(noon)
    assert open_at_noon is (not is_holiday and day.weekday() < 5)


@pytest.mark.parametrize(
    ("country", "subdivision", "field"), [("XX", None, "country"), ("IT", "ZZ", "subdivision")]
)
def test_a_region_that_does_not_exist_is_named(country: str, subdivision: str | None, field: str) -> None:
    with pytest.raises(UnknownRegion) as refused:
        named_holidays(country, subdivision, 2026)
    assert refused.value.field == field
    assert "IT" in refused.value.allowed or "RM" in refused.value.allowed


def test_a_rule_may_ask_whether_the_desk_is_open(desk: Desk) -> None:
    keep(desk, office())
    assert not is_open("c1", desk.store, at())
    assert is_open("c1", desk.store, datetime(2025, 2, 28, 9, 0, tzinfo=UTC))
    assert is_open(None, desk.store, at())
