"""What becomes of a batch: as one, one by one, parked, or waited for; neighbours never pay."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import pytest

from shared.messaging.consumer import next_batch
from shared.messaging.handling import MAX_ATTEMPTS, TRIES, Handling, Interrupted
from shared.messaging.message import Delivery, Poison, Unavailable


def _delivery(body: bytes, attempts: int = 0) -> Delivery:
    return Delivery("inbound.0", "sportello.inbound", "inbound.0", body, attempts)


class Desk:
    """A handler with moods."""

    def __init__(self) -> None:
        self.handled: list[bytes] = []
        self.calls: list[int] = []
        self.parked: list[tuple[bytes, str]] = []
        self.pauses: list[float] = []
        self.away = 0

    def handle(self, batch: Sequence[Delivery]) -> None:
        self.calls.append(len(batch))
        if self.away:
            self.away -= 1
            raise Unavailable("database down")
        for delivery in batch:
            if delivery.body == b"poison":
                raise Poison("malformed-event", "not JSON")
            if delivery.body == b"bug":
                raise KeyError("surprise")
        self.handled += [delivery.body for delivery in batch]

    def park(self, delivery: Delivery, reason: str, detail: str) -> None:
        self.parked.append((delivery.body, reason))

    def handling(self) -> Handling:
        return Handling(self.handle, self.park, self.pauses.append)


def test_a_good_batch_is_handled_as_one() -> None:
    desk = Desk()
    desk.handling().handle([_delivery(b"a"), _delivery(b"b")])
    assert (desk.calls, desk.handled) == ([2], [b"a", b"b"])


@pytest.mark.parametrize(("bad", "reason"), [(b"poison", "malformed-event"), (b"bug", "handler-error")])
def test_a_bad_message_is_parked_with_its_reason_and_its_neighbours_are_handled(
    bad: bytes, reason: str
) -> None:
    desk = Desk()
    desk.handling().handle([_delivery(b"a"), _delivery(bad), _delivery(b"b")])
    assert desk.handled == [b"a", b"b"]
    assert desk.parked == [(bad, reason)]


def test_poison_is_parked_at_the_first_look_and_a_surprise_after_some_tries_with_growing_pauses() -> None:
    desk = Desk()
    desk.handling().handle([_delivery(b"poison")])
    assert (len(desk.calls), desk.pauses) == (1, [])
    desk.handling().handle([_delivery(b"bug")])
    assert len(desk.calls) == 1 + TRIES
    assert desk.pauses == sorted(desk.pauses)


def test_while_the_database_is_away_the_batch_waits_whole() -> None:
    desk = Desk()
    desk.away = 3
    desk.handling().handle([_delivery(b"a"), _delivery(b"b")])
    assert desk.calls == [2, 2, 2, 2]
    assert desk.parked == []
    assert len(desk.pauses) == 3


def test_an_interrupted_wait_ends_the_handling() -> None:
    desk = Desk()
    desk.away = 1_000

    def pause(_seconds: float) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        Handling(desk.handle, desk.park, pause).handle([_delivery(b"a"), _delivery(b"b")])
    assert desk.parked == []


def test_what_took_the_worker_down_again_and_again_is_parked_unopened() -> None:
    desk = Desk()
    desk.handling().handle([_delivery(b"killer", attempts=MAX_ATTEMPTS + 1)])
    assert desk.calls == []
    assert desk.parked == [(b"killer", "crashed-the-worker")]


def test_messages_that_came_back_are_handled_alone() -> None:
    bodies = [(b"a", 0), (b"b", 0), (b"again", 1), (b"twice", 2), (b"c", 0)]
    arrived = deque((tag, _delivery(body, attempts)) for tag, (body, attempts) in enumerate(bodies, 1))
    batches = []
    while batch := next_batch(arrived, 200):
        batches.append([delivery.body for _, delivery in batch])
    assert batches == [[b"a", b"b"], [b"again"], [b"twice"], [b"c"]]


def test_a_batch_is_never_larger_than_asked() -> None:
    arrived = deque((tag, _delivery(b"x")) for tag in range(1, 11))
    assert len(next_batch(arrived, 4)) == 4
    assert len(arrived) == 6
