"""Signs of presence: at once or not at all, one try, and never in the way of anything."""

from __future__ import annotations

import threading

import pytest
from prometheus_client import REGISTRY

from services.notifier.domain.delivery import Recipient
from services.notifier.domain.presence import TYPING, Presence
from services.notifier.presence import THREADS, WAITING, PresenceShower
from tests.notifier.building import CHANNEL, KIND, NOW, SECOND, Clock, ScriptedSender


def a_sign(number: int = 0, channel_id: str = CHANNEL) -> Presence:
    return Presence(f"c{number}", channel_id, Recipient("whatsapp", "39"), "wamid.1", TYPING, NOW)


def counted(result: str) -> float:
    labels = {"channel_kind": KIND, "result": result}
    return REGISTRY.get_sample_value("sportello_presence_signs_total", labels) or 0.0


def a_shower(sender: ScriptedSender, clock: Clock) -> PresenceShower:
    return PresenceShower({CHANNEL: KIND}, {CHANNEL: sender}, clock)


@pytest.mark.parametrize(("age", "shown"), [(0, 1), (20, 1), (20.1, 0)])
def test_a_sign_is_shown_while_it_is_true(age: float, shown: int) -> None:
    sender = ScriptedSender()
    shower = a_shower(sender, Clock(NOW + age * SECOND))
    shower.show([a_sign()])
    shower.close()
    assert len(sender.shown) == shown


def test_a_sign_on_a_channel_nobody_has_is_dropped() -> None:
    sender = ScriptedSender()
    shower = a_shower(sender, Clock())
    shower.show([a_sign(channel_id="gone"), a_sign()])
    shower.close()
    assert len(sender.shown) == 1


class Stuck(ScriptedSender):
    """A provider that does not answer until told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.all_asked = threading.Barrier(THREADS + 1, timeout=10)

    def show(self, presence: Presence) -> None:
        self.all_asked.wait()
        self.go_on.wait(10)
        super().show(presence)


def test_a_slow_provider_blocks_nobody_and_what_became_late_is_dropped() -> None:
    sender, clock = Stuck(), Clock()
    shower = a_shower(sender, clock)
    before = counted("dropped")
    shower.show([a_sign(number) for number in range(THREADS + WAITING + 30)])
    assert counted("dropped") == before + 30
    sender.all_asked.wait()
    clock.advance(21)  # what waits for a thread is worthless by now
    sender.go_on.set()
    shower._pool.shutdown(wait=True)
    assert len(sender.shown) == THREADS
    assert counted("dropped") == before + 30 + WAITING


def test_a_sender_that_breaks_costs_one_sign() -> None:
    class Broken(ScriptedSender):
        def show(self, presence: Presence) -> None:
            super().show(presence)
            raise RuntimeError("a bug")

    sender = Broken()
    shower = a_shower(sender, Clock())
    before = counted("failed")
    shower.show([a_sign(1), a_sign(2)])
    shower.close()
    assert len(sender.shown) == 2
    assert counted("failed") == before + 2
