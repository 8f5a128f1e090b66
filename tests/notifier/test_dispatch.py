"""The dispatcher: order in a conversation, parallel conversations, pauses, and waking up."""

from __future__ import annotations

import functools
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier import dispatch
from services.notifier.dispatch import Dispatcher
from services.notifier.domain.delivery import Delivery, Failure
from services.notifier.domain.outcome import Outcome, Sent, TryLater
from services.notifier.domain.rate import RateLimit, Turn, rate_limit
from services.notifier.ports import ChannelSender, DeliveryStore
from services.notifier.store.mongo import MongoDeliveryStore
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop
from tests.notifier.building import CHANNEL, ScriptedSender, a_deliverer, a_delivery
from tests.support.memory_delivery_store import MemoryDeliveryStore
from tests.support.waiting import wait_until

SOON = TryLater(0.05, Failure("131000", "try again"))


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> DeliveryStore:
    if request.param == "memory":
        return MemoryDeliveryStore()
    found: DeliveryStore = request.getfixturevalue("mongo_store")
    return found


@contextmanager
def running(
    store: DeliveryStore, senders: dict[str, ChannelSender], *, processes: int = 1, threads: int = 16
) -> Iterator[Dispatcher]:
    """One or several dispatchers over the same store, stopped in order at the end."""
    stop = Stop()
    dispatchers = []
    for _ in range(processes):
        deliverer = a_deliverer(store, senders, utc_now, new_id, stop=stop)
        rates = {channel_id: rate_limit(sender.per_second) for channel_id, sender in senders.items()}
        dispatchers.append(Dispatcher(store, deliverer, rates, stop, utc_now, threads=threads))
    for dispatcher in dispatchers:
        dispatcher.start()
    try:
        yield dispatchers[0]
    finally:
        stop.request()
        for dispatcher in dispatchers:
            dispatcher.join()


def queue(store: DeliveryStore, *deliveries: Delivery) -> None:
    now = utc_now()
    store.transact(
        lambda transaction: transaction.insert(
            [replace(delivery, queued_at=now, due_at=now) for delivery in deliveries]
        )
    )


def loaded(store: DeliveryStore, send_ids: list[str]) -> list[Delivery]:
    return list(store.transact(lambda transaction: transaction.load(send_ids)).values())


def all_done(store: DeliveryStore, send_ids: list[str]) -> bool:
    return all(not delivery.open for delivery in loaded(store, send_ids))


class Flaky(ScriptedSender):
    """Puts every third message off once, and notes what overlaps in a conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.overlaps = 0
        self._active: set[str] = set()
        self._put_off: set[str] = set()

    def send(self, delivery: Delivery) -> Outcome:
        conversation = delivery.conversation_id
        with self._lock:
            self.overlaps += conversation in self._active
            self._active.add(conversation)
        time.sleep(0.002)
        with self._lock:
            self._active.discard(conversation)
            if int(delivery.send_id.split("-")[1]) % 3 == 0 and delivery.send_id not in self._put_off:
                self._put_off.add(delivery.send_id)
                return SOON
            self.sent[conversation].append(delivery.send_id)
        return Sent(f"wamid.{delivery.send_id}")


def test_each_conversation_stays_in_order_while_others_overtake(store: DeliveryStore) -> None:
    sender = Flaky()
    conversations = [f"c{number}" for number in range(6)]
    ids = [f"{conversation}-{number}" for number in range(8) for conversation in conversations]
    with running(store, {CHANNEL: sender}, processes=2):
        queue(store, *(a_delivery(send_id, conversation_id=send_id.split("-")[0]) for send_id in ids))
        wait_until(lambda: all_done(store, ids), 30)
    assert sender.overlaps == 0
    assert sender.sent == {name: [f"{name}-{number}" for number in range(8)] for name in conversations}


def test_conversations_are_sent_in_parallel() -> None:
    store = MemoryDeliveryStore()
    together = threading.Barrier(8, timeout=10)

    class Waiting(ScriptedSender):
        def send(self, delivery: Delivery) -> Outcome:
            together.wait()
            return super().send(delivery)

    ids = [f"s{number}" for number in range(8)]
    with running(store, {CHANNEL: Waiting()}):
        queue(store, *(a_delivery(send_id, conversation_id=send_id) for send_id in ids))
        wait_until(lambda: all_done(store, ids))


def test_a_new_delivery_is_sent_at_once_when_it_wakes_the_dispatcher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "POLL_SECONDS", 3_600)  # whatever happens now happens because of waking
    store = MemoryDeliveryStore()
    sender = ScriptedSender()
    ids = [f"s{number}" for number in range(5)]
    with running(store, {CHANNEL: sender}) as dispatcher:
        for send_id in ids:
            queue(store, a_delivery(send_id))
            dispatcher.wake()
            wait_until(functools.partial(all_done, store, [send_id]))
        queue(store, a_delivery("a"), a_delivery("b"), a_delivery("c"))
        dispatcher.wake()
        # The end of each delivery wakes for the next one of its conversation.
        wait_until(lambda: all_done(store, ["a", "b", "c"]))
    assert sender.asked == [*ids, "a", "b", "c"]


class Throttled(ScriptedSender):
    """Refuses the whole channel until told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.refusing = True

    def send(self, delivery: Delivery) -> Outcome:
        taken = super().send(delivery)
        return TryLater(0.3, Failure("130429", "too fast"), whole_channel=True) if self.refusing else taken


def test_a_paused_channel_is_probed_by_one_delivery_while_the_others_go_on() -> None:
    store = MemoryDeliveryStore()
    throttled = Throttled()
    ids = [f"s{number}" for number in range(6)]
    others = [f"o{number}" for number in range(6)]
    with running(store, {CHANNEL: throttled, "other": ScriptedSender()}):
        queue(store, *(a_delivery(send_id, conversation_id=send_id) for send_id in ids))
        wait_until(lambda: store.pauses())
        queue(store, *(a_delivery(i, conversation_id=i, channel_id="other") for i in others))
        wait_until(lambda: all_done(store, others))
        wait_until(lambda: store.pauses()[CHANNEL].count >= 3)
        # All six were on their way when the first was refused; since then each pause was probed by one.
        assert len(throttled.asked) == 6 + 2
        throttled.refusing = False
        wait_until(lambda: all_done(store, ids))
    assert store.pauses() == {}


def test_a_pair_that_is_throttled_does_not_hold_up_other_conversations() -> None:
    store = MemoryDeliveryStore()
    sender = ScriptedSender(TryLater(3_600, Failure("131056", "pair")))
    with running(store, {CHANNEL: sender}) as dispatcher:
        queue(store, a_delivery("slow"))
        wait_until(lambda: sender.asked == ["slow"])
        queue(store, a_delivery("behind"), a_delivery("free", conversation_id="c2"))
        dispatcher.wake()
        wait_until(lambda: all_done(store, ["free"]))
    assert sender.asked == ["slow", "free"]  # and the next one of the slow conversation keeps its place


def test_a_database_that_is_away_for_a_while_stops_nothing_for_good() -> None:
    store = MemoryDeliveryStore()
    sender = ScriptedSender()
    with running(store, {CHANNEL: sender}) as dispatcher:
        queue(store, a_delivery("s1"))
        store.fail(times=2)
        dispatcher.wake()
        wait_until(lambda: sender.asked == ["s1"])
        assert dispatcher.running()


class Timed(ScriptedSender):
    """Notes when it was asked; its provider takes so many a second."""

    per_second = 20.0

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def send(self, delivery: Delivery) -> Outcome:
        with self._lock:
            self.times.append(time.monotonic())
        return super().send(delivery)


def busiest_second(times: list[float]) -> int:
    return max(sum(1 for other in times if 0 <= other - time < 1.0) for time in times)


def test_several_processes_together_never_exceed_the_channels_rate(
    store: DeliveryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, take_turn, granted = Timed(), store.take_turn, list[float]()

    def noted(channel_id: str, limit: RateLimit, wanted: int) -> Turn:
        turn = take_turn(channel_id, limit, wanted)
        # What was granted, not what was sent: a busy machine may hold a thread up between the two.
        granted.extend([time.monotonic()] * turn.granted)
        return turn

    monkeypatch.setattr(store, "take_turn", noted)
    ids = [f"s{number}" for number in range(60)]
    began = time.monotonic()
    with running(store, {CHANNEL: sender}, processes=3):
        queue(store, *(a_delivery(send_id, conversation_id=send_id) for send_id in ids))
        wait_until(lambda: all_done(store, ids), 30)
    assert len(sender.times) <= len(granted)
    assert busiest_second(granted) <= 20
    assert time.monotonic() - began < 10  # and it is not much slower either: three seconds would do


def test_a_channel_that_has_had_its_share_does_not_hold_up_another() -> None:
    store = MemoryDeliveryStore()
    slow, other = Timed(), ScriptedSender()
    ids, others = [f"s{n}" for n in range(50)], [f"o{n}" for n in range(50)]
    with running(store, {CHANNEL: slow, "other": other}):
        queue(store, *(a_delivery(i, conversation_id=i) for i in ids))
        queue(store, *(a_delivery(i, conversation_id=i, channel_id="other") for i in others))
        wait_until(lambda: all_done(store, others))
        assert not all_done(store, ids)


def test_stopping_waits_for_what_is_being_sent_and_records_it() -> None:
    store = MemoryDeliveryStore()
    began, may_end = threading.Event(), threading.Event()

    class Slow(ScriptedSender):
        def send(self, delivery: Delivery) -> Outcome:
            began.set()
            may_end.wait(10)
            return super().send(delivery)

    with running(store, {CHANNEL: Slow()}) as dispatcher:
        queue(store, a_delivery("s1"), a_delivery("s2"))
        dispatcher.wake()
        assert began.wait(10)
        threading.Timer(0.2, may_end.set).start()
    assert store.delivery("s1").times.keys() == {"sent"}
    assert store.delivery("s2").open  # for the next process


@pytest.mark.integration
def test_what_a_dead_process_had_claimed_is_found_when_its_lease_ends(
    mongo_store: MongoDeliveryStore,
) -> None:
    sender = ScriptedSender()
    past = utc_now() - timedelta(seconds=1)
    claimed = a_delivery("s1", stage="sending", claim="dead", due_at=past, queued_at=past)
    mongo_store.transact(lambda transaction: transaction.insert([claimed]))
    with running(mongo_store, {CHANNEL: sender}):
        wait_until(lambda: loaded(mongo_store, ["s1"])[0].stage == "unknown")
    assert sender.asked == []
