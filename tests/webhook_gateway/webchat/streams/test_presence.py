"""Pages are counted by visitor; what is told of them survives a broker and a database that are away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pytest

from services.webhook_gateway.chat_ports import Guest
from services.webhook_gateway.chats.presence import BEAT_SECONDS, LINGER_SECONDS, Attendance
from services.webhook_gateway.chats.telling import PresenceTeller
from services.webhook_gateway.store.chat_presence import DEAD_AFTER
from shared.contracts.visitor_acted import CAME, LEFT
from shared.messaging.message import BrokerUnavailable, Unavailable
from shared.runtime.stop import Stop
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_chats import MemoryPresence
from tests.webhook_gateway.webchat.streams.building import ANNA, BRUNO, CARLA, CHANNEL, NOW

GUEST = Guest(CHANNEL, ANNA)
NAMED = Guest(CHANNEL, CARLA, (BRUNO,), "Carla", "carla@example.org")


class Rig:
    """A process's attendance with a clock of its own."""

    def __init__(self, process: str = "one", presence: MemoryPresence | None = None) -> None:
        self.now = 100.0
        self.presence = presence or MemoryPresence()
        self.attendance = Attendance(self.presence, process, lambda: NOW, lambda: self.now)
        self.broker = MemoryBroker()
        self.teller = PresenceTeller(self.presence, self.broker.publisher(), Stop(), lambda: NOW)

    def told(self) -> list[tuple[str, str]]:
        """Visitor and action of what is published now."""
        before = len(self.broker.published)
        self.teller.tell()
        events = self.broker.events()[before:]
        return [(event.data.sender.identities[0].value, event.data.action) for event in events]

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.attendance.flush()


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_the_first_page_is_a_coming_the_last_one_gone_for_a_while_a_leaving(rig: Rig) -> None:
    rig.attendance.enter(GUEST)
    rig.attendance.enter(GUEST)
    rig.pass_by(1)
    assert rig.told() == [(ANNA, CAME)]
    rig.attendance.leave(GUEST)
    rig.pass_by(LINGER_SECONDS + 1)
    rig.attendance.leave(GUEST)
    rig.pass_by(LINGER_SECONDS - 1)
    assert rig.told() == []
    rig.pass_by(1)
    assert rig.told() == [(ANNA, LEFT)]


def test_a_page_that_is_loaded_anew_is_no_news(rig: Rig) -> None:
    rig.attendance.enter(GUEST)
    rig.pass_by(1)
    assert rig.told() == [(ANNA, CAME)]
    rig.attendance.leave(GUEST)
    rig.pass_by(LINGER_SECONDS - 1)
    rig.attendance.enter(GUEST)
    rig.pass_by(LINGER_SECONDS + 1)
    assert rig.told() == []


def test_who_looks_in_while_the_database_is_away_is_written_down_later(rig: Rig) -> None:
    rig.attendance.flush()
    rig.presence.away = True
    rig.attendance.enter(GUEST)
    with pytest.raises(Unavailable):
        rig.pass_by(1)
    rig.presence.away = False
    rig.pass_by(1)
    assert rig.told() == [(ANNA, CAME)]


def test_who_came_and_left_while_the_database_was_away_is_no_news(rig: Rig) -> None:
    rig.attendance.enter(GUEST)
    rig.attendance.leave(GUEST)
    rig.pass_by(LINGER_SECONDS)
    rig.pass_by(1)
    assert rig.told() == []


class Reloading(MemoryPresence):
    """The visitor opens a page just while it is written down that the last one is gone."""

    attendance: Attendance

    def mark(self, process: str, came: Collection[Guest], left: Collection[str], now: datetime) -> None:
        if left:
            self.attendance.enter(GUEST)
        super().mark(process, came, left, now)


def test_who_comes_back_while_it_is_written_that_they_left_is_there() -> None:
    presence = Reloading()
    rig = Rig(presence=presence)
    presence.attendance = rig.attendance
    rig.attendance.enter(GUEST)
    rig.pass_by(1)
    assert rig.told() == [(ANNA, CAME)]
    rig.attendance.leave(GUEST)
    rig.pass_by(LINGER_SECONDS)
    assert rig.told() == [(ANNA, LEFT)]
    rig.pass_by(1)
    assert rig.told() == [(ANNA, CAME)]


def test_a_process_that_was_thought_dead_says_again_who_is_there(rig: Rig) -> None:
    rig.attendance.enter(GUEST)
    rig.pass_by(1)
    rig.told()
    rig.presence.sweep(NOW + DEAD_AFTER * 2)
    assert rig.told() == [(ANNA, LEFT)]
    rig.pass_by(BEAT_SECONDS)
    assert rig.told() == [(ANNA, CAME)]


def test_a_desk_that_could_not_be_told_is_told_when_the_broker_is_back(rig: Rig) -> None:
    rig.attendance.enter(NAMED)
    rig.pass_by(1)
    rig.broker.fail()
    with pytest.raises(BrokerUnavailable):
        rig.teller.tell()
    assert rig.told() == [(CARLA, CAME)]
    event = rig.broker.events()[-1]
    assert [one.value for one in event.data.sender.identities] == [CARLA, BRUNO]
    assert (event.data.sender.name, event.data.visitor.email) == ("Carla", "carla@example.org")
    assert event.data.visitor.verified
    assert event.data.contact_key == f"{CHANNEL}:{CARLA}"
