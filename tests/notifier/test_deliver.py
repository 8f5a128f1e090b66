"""One try of a delivery: what each answer leaves behind, and that nothing is sent blindly twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.deliver import Deliverer
from services.notifier.domain.content import Content, File, Template
from services.notifier.domain.delivery import (
    DONE,
    SENDING,
    UNKNOWN,
    WAITING,
    Delivery,
    Failure,
    Recipient,
)
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.rate import PairLimit
from services.notifier.ports import ChannelSender, ChannelTrouble
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.delivery_changed import DeliveryChanged
from shared.runtime.stop import Stop
from tests.notifier.building import (
    CHANNEL,
    NOW,
    SECOND,
    Clock,
    ScriptedSender,
    a_deliverer,
    a_delivery,
    counter,
)
from tests.support.memory_delivery_store import MemoryDeliveryStore

REASON = Failure("131000", "Something went wrong", remedy="Send it again later.")
LATER = TryLater(5, REASON)
UNSURE = TryLater(0, Failure("no-answer", "No answer"), unknown_outcome=True)
THROTTLED = TryLater(2, Failure("130429", "Too fast"), whole_channel=True)
REVOKED = TryLater(60, Failure("190", "Token"), whole_channel=True, needs_operator=True)


class Bench:
    """A store, a channel, a deliverer, and a clock that waits for nobody."""

    def __init__(self, *script: Outcome | Exception, sender: ChannelSender | None = None) -> None:
        self.store = MemoryDeliveryStore()
        self.clock = Clock()
        self.stop = Stop()
        self.scripted = ScriptedSender(*script)
        self.deliverer = self.another_process(sender or self.scripted)

    def another_process(self, sender: ChannelSender) -> Deliverer:
        return a_deliverer(self.store, {CHANNEL: sender}, self.clock, counter("id"), stop=self.stop)

    def queue(self, *deliveries: Delivery) -> None:
        self.store.transact(lambda transaction: transaction.insert(deliveries))

    def turn(self) -> list[str]:
        """Try what is due now; which deliveries that were."""
        heads = self.store.due_heads(CHANNEL, self.clock(), 10)
        for head in heads:
            self.deliverer.attempt(head)
        return [head.send_id for head in heads]

    def turn_after(self, seconds: float) -> list[str]:
        self.clock.advance(seconds)
        return self.turn()

    def change(self) -> DeliveryChanged:
        data: DeliveryChanged = self.store.events()[-1].data
        return data


def test_a_sent_message_is_recorded_and_announced_in_one() -> None:
    bench = Bench(Sent("wamid.77"))
    bench.queue(a_delivery())
    bench.turn()
    delivery = bench.store.delivery("s1")
    assert (delivery.stage, delivery.provider_message_id) == (DONE, "wamid.77")
    assert (bench.change().state, bench.change().times) == ("sent", {"sent": NOW})
    assert bench.store.events()[-1].causationid == "request-1"
    assert bench.turn() == []


def test_a_refused_message_fails_with_what_can_be_done() -> None:
    bench = Bench(Refused(Failure("131026", "Undeliverable", "no such number", "Call them.")))
    bench.queue(a_delivery())
    bench.turn()
    error = bench.change().error
    assert bench.change().state == "failed"
    assert error is not None
    assert (error.code, error.remedy) == ("131026", "Call them.")
    assert bench.turn_after(86_400) == []


def test_a_message_put_off_is_tried_again_when_due_and_nobody_hears_of_it() -> None:
    bench = Bench(LATER)
    bench.queue(a_delivery())
    bench.turn()
    assert bench.store.delivery("s1").stage == WAITING
    assert bench.store.events() == []
    assert bench.turn_after(4.9) == []
    assert bench.turn_after(0.2) == ["s1"]
    assert bench.change().state == "sent"


def test_after_ten_tries_it_is_given_up_with_the_reason() -> None:
    bench = Bench(*[LATER] * 20)
    bench.queue(a_delivery())
    while bench.store.delivery("s1").open:
        assert bench.turn_after(5) == ["s1"]
    assert len(bench.scripted.asked) == 10
    error = bench.change().error
    assert error is not None
    assert (error.code, error.detail) == ("131000", "Given up after 10 tries.")


def test_it_is_given_up_when_the_next_try_would_be_a_day_after_the_request() -> None:
    bench = Bench(replace(LATER, after_seconds=90_000))
    bench.queue(a_delivery())
    bench.turn()
    assert bench.change().state == "failed"


def test_a_text_whose_window_closed_while_it_waited_is_not_sent() -> None:
    bench = Bench()
    bench.queue(a_delivery(window_expires_at=NOW + 10 * SECOND))
    bench.clock.advance(10)
    bench.turn()
    assert bench.scripted.asked == []
    error = bench.change().error
    assert error is not None
    assert error.code == "window-closed"
    assert "template" in error.remedy


def test_a_text_is_sent_until_the_last_moment_of_its_window() -> None:
    bench = Bench()
    bench.queue(a_delivery(window_expires_at=NOW + 10 * SECOND))
    bench.turn_after(9.999)
    assert bench.scripted.asked == ["s1"]


def test_a_template_has_no_window() -> None:
    bench = Bench()
    content = Content("template", template=Template("hello", "it"))
    bench.queue(a_delivery(content=content, window_expires_at=NOW - SECOND))
    bench.turn()
    assert bench.scripted.asked == ["s1"]


def test_the_window_is_asked_again_before_each_retry() -> None:
    bench = Bench(LATER)
    bench.queue(a_delivery(window_expires_at=NOW + 3 * SECOND))
    bench.turn()
    bench.turn_after(6)
    assert len(bench.scripted.asked) == 1
    assert bench.change().error is not None


def test_an_unknown_outcome_waits_for_a_receipt_then_is_sent_once_more_and_never_again() -> None:
    bench = Bench(UNSURE, UNSURE)
    bench.queue(a_delivery())
    bench.turn()
    assert bench.store.delivery("s1").stage == UNKNOWN
    assert bench.turn_after(59) == []
    assert bench.turn_after(2) == ["s1"]
    assert len(bench.scripted.asked) == 2
    error = bench.change().error
    assert error is not None
    assert error.code == "outcome-unknown"
    assert bench.turn_after(86_400) == []


def test_a_sender_that_breaks_is_treated_as_an_unknown_outcome() -> None:
    bench = Bench(RuntimeError("bug"))
    bench.queue(a_delivery())
    bench.turn()
    assert bench.store.delivery("s1").stage == UNKNOWN


def test_an_expired_claim_is_not_sent_blindly_but_waits_for_a_receipt() -> None:
    bench = Bench()
    bench.queue(a_delivery(stage=SENDING, claim="dead-process", due_at=NOW + 60 * SECOND))
    assert bench.turn() == []
    bench.turn_after(61)
    assert bench.scripted.asked == []
    assert bench.store.delivery("s1").stage == UNKNOWN
    bench.turn_after(61)
    assert bench.scripted.asked == ["s1"]


def test_two_processes_that_saw_the_same_delivery_send_it_once() -> None:
    bench = Bench()
    bench.queue(a_delivery())
    [head] = bench.store.due_heads(CHANNEL, bench.clock(), 1)
    other = bench.another_process(bench.scripted)
    threads = [
        threading.Thread(target=deliverer.attempt, args=(head,))
        for deliverer in (bench.deliverer, other) * 10
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.scripted.asked == ["s1"]


def test_a_delivery_settled_between_being_found_and_being_claimed_is_not_sent() -> None:
    bench = Bench()
    bench.queue(a_delivery())
    [head] = bench.store.due_heads(CHANNEL, bench.clock(), 1)
    settled = replace(bench.store.delivery("s1"), stage=DONE)
    bench.store.transact(lambda transaction: transaction.save([settled]))
    bench.deliverer.attempt(head)
    assert bench.scripted.asked == []


def test_a_late_answer_of_a_process_that_lost_its_claim_counts_only_when_the_message_was_taken() -> None:
    for answer, stage in ((Sent("wamid.1"), DONE), (LATER, SENDING), (Refused(REASON), SENDING)):
        bench = Bench()

        class Slow(ScriptedSender):
            def send(self, delivery: Delivery, bench: Bench = bench, answer: Outcome = answer) -> Outcome:
                taken_over = replace(bench.store.delivery("s1"), claim="another")
                bench.store.transact(lambda transaction: transaction.save([taken_over]))
                return answer

        bench.deliverer = bench.another_process(Slow())
        bench.queue(a_delivery())
        bench.turn()
        assert bench.store.delivery("s1").stage == stage


def test_the_outcome_is_kept_though_the_database_goes_away_right_after_the_send() -> None:
    bench = Bench()

    class ThenAway(ScriptedSender):
        def send(self, delivery: Delivery) -> Outcome:
            bench.store.fail(times=2)
            return super().send(delivery)

    sender = ThenAway()
    bench.deliverer = bench.another_process(sender)
    bench.stop.wait = lambda seconds: False  # type: ignore[method-assign]  # no real time passes here
    bench.queue(a_delivery())
    bench.turn()
    assert sender.asked == ["s1"]
    assert bench.change().state == "sent"


def test_a_throttled_number_pauses_with_all_its_deliveries_and_no_try_is_counted() -> None:
    bench = Bench(*[THROTTLED] * 30)
    bench.queue(a_delivery())
    for _ in range(30):
        bench.turn()
        bench.clock.now = bench.store.pauses()[CHANNEL].until
    delivery = bench.store.delivery("s1")
    assert (delivery.stage, delivery.tries) == (WAITING, 0)
    bench.turn()
    assert bench.change().state == "sent"


def pause_lengths(bench: Bench, turns: int) -> list[float]:
    lengths = []
    for _ in range(turns):
        bench.turn()
        pause = bench.store.pauses()[CHANNEL]
        lengths.append((pause.until - bench.clock()).total_seconds())
        bench.clock.now = pause.until
    return lengths


def test_pauses_of_a_throttled_number_double_up_to_five_minutes() -> None:
    bench = Bench(*[THROTTLED] * 10)
    bench.queue(a_delivery())
    assert pause_lengths(bench, 10) == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_channel_an_operator_must_mend_is_probed_every_minute() -> None:
    bench = Bench(*[REVOKED] * 4)
    bench.queue(a_delivery())
    assert pause_lengths(bench, 4) == [60, 60, 60, 60]


def test_refusals_of_tries_already_on_their_way_do_not_lengthen_the_pause() -> None:
    bench = Bench(*[THROTTLED] * 5)
    bench.queue(*(a_delivery(f"s{n}", conversation_id=f"c{n}") for n in range(5)))
    bench.turn()
    assert bench.store.pauses()[CHANNEL].until == NOW + 2 * SECOND


def refuse(bench: Bench, probing: bool) -> None:
    [head] = bench.store.due_heads(CHANNEL, bench.clock(), 1)
    bench.deliverer.attempt(head, probing=probing)


@pytest.mark.parametrize(
    ("answer", "prepare", "still_paused"),
    [
        (Sent("wamid.1"), lambda delivery: delivery, False),
        (Refused(REASON), lambda delivery: delivery, False),
        (LATER, lambda delivery: delivery, True),
        (UNSURE, lambda delivery: delivery, True),
        # Failing by itself, before the provider was asked, says nothing about the channel.
        (Sent("wamid.1"), lambda delivery: replace(delivery, window_expires_at=NOW), True),
    ],
    ids=["sent", "refused", "later", "unsure", "not even asked"],
)
def test_a_pause_ends_only_when_the_provider_dealt_with_a_message(
    answer: Outcome, prepare: Callable[[Delivery], Delivery], still_paused: bool
) -> None:
    bench = Bench(THROTTLED, answer)
    bench.queue(a_delivery("s1"))
    bench.turn()
    bench.queue(prepare(a_delivery("s2", conversation_id="c2")))
    bench.store.transact(
        lambda transaction: transaction.save(
            [replace(bench.store.delivery("s1"), due_at=NOW + timedelta(days=1))]
        )
    )
    bench.clock.now = bench.store.pauses()[CHANNEL].until
    refuse(bench, probing=True)
    assert (CHANNEL in bench.store.pauses()) is still_paused


def test_a_wait_is_never_shorter_than_asked_for_and_a_little_longer_by_lot() -> None:
    for chance, seconds in ((0.0, 10.0), (0.5, 11.0), (1.0, 12.0)):
        bench = Bench()
        bench.deliverer = a_deliverer(
            bench.store,
            {CHANNEL: ScriptedSender(replace(LATER, after_seconds=10))},
            bench.clock,
            counter("id"),
            chance=lambda chance=chance: chance,  # type: ignore[misc]
        )
        bench.queue(a_delivery())
        bench.turn()
        assert bench.store.delivery("s1").due_at == NOW + seconds * SECOND


def test_a_customer_who_had_the_burst_waits_without_a_try_being_counted() -> None:
    bench = Bench()
    bench.scripted.pair = PairLimit(2, 6.0)
    bench.queue(*(a_delivery(f"s{n}") for n in range(4)))
    bench.queue(a_delivery("other", conversation_id="c2", recipient=Recipient("whatsapp", "39999")))
    for _ in range(4):
        bench.turn()
    assert bench.scripted.asked == ["s0", "other", "s1"]
    assert bench.turn_after(5.9) == []
    assert bench.turn_after(0.2) == ["s2"]
    assert bench.store.delivery("s2").tries == 0
    bench.turn()
    assert bench.turn_after(6) == ["s3"]


def test_one_bucket_for_a_customer_whatever_the_conversation() -> None:
    bench = Bench()
    bench.scripted.pair = PairLimit(1, 6.0)
    bench.queue(a_delivery("s1"), a_delivery("s2", conversation_id="c2"))
    bench.turn()
    assert bench.scripted.asked == ["s1"]


def test_what_is_refused_unasked_takes_nothing_from_the_customers_share() -> None:
    bench = Bench()
    bench.scripted.pair = PairLimit(1, 6.0)
    bench.queue(a_delivery("late", window_expires_at=NOW), a_delivery("s2"))
    bench.turn()
    bench.turn()
    assert bench.scripted.asked == ["s2"]


def unsure_then_due(**changes: Any) -> Bench:
    """A delivery whose first try nobody knows the outcome of, due again."""
    bench = Bench(UNSURE)
    bench.queue(a_delivery(**changes))
    bench.turn()
    bench.clock.advance(61)
    return bench


def test_an_unknown_outcome_is_looked_up_before_it_is_sent_again() -> None:
    bench = unsure_then_due()
    bench.scripted.found = Sent("wamid.there")
    bench.turn()
    assert bench.scripted.asked == ["s1"]
    assert bench.store.delivery("s1").provider_message_id == "wamid.there"
    assert bench.change().state == "sent"
    [sought] = bench.scripted.sought
    assert sought.tried_at == NOW  # as old as the try that may have got there


def test_what_is_found_counts_though_its_window_closed_meanwhile() -> None:
    bench = unsure_then_due(window_expires_at=NOW + 30 * SECOND)
    bench.scripted.found = Sent("wamid.there")
    bench.turn()
    assert bench.change().state == "sent"


def test_what_a_look_up_does_not_find_is_sent_once_more() -> None:
    bench = unsure_then_due()
    bench.turn()
    assert (len(bench.scripted.sought), bench.scripted.asked) == (1, ["s1", "s1"])


def test_a_found_message_that_is_another_deliverys_is_not_taken_for_ours() -> None:
    bench = unsure_then_due()
    bench.queue(a_delivery("twin", stage=DONE, provider_message_id="wamid.twins", times={"sent": NOW}))
    bench.scripted.found = Sent("wamid.twins")
    bench.turn()
    assert bench.scripted.asked == ["s1", "s1"]


def test_when_nothing_can_be_looked_up_now_nothing_is_sent_blindly() -> None:
    bench = unsure_then_due()
    bench.scripted.found = ChannelTrouble(LATER)
    bench.turn()
    assert bench.scripted.asked == ["s1"]
    bench.scripted.found = Sent("wamid.there")
    assert bench.turn_after(6) == ["s1"]
    assert bench.scripted.asked == ["s1"]
    assert bench.scripted.sought[-1].tried_at == NOW
    assert bench.change().state == "sent"


def test_what_a_dead_process_may_have_sent_is_looked_up_as_of_its_try() -> None:
    bench = Bench()
    bench.queue(a_delivery(stage=SENDING, claim="dead", due_at=NOW, tried_at=NOW - 90 * SECOND))
    bench.turn()
    assert bench.scripted.sought == []
    bench.turn_after(61)
    assert bench.scripted.sought[0].tried_at == NOW - 90 * SECOND


@pytest.mark.parametrize(
    ("found", "state"),
    [(None, "failed"), (ChannelTrouble(LATER), "failed"), (Sent("wamid.there"), "sent")],
    ids=["not there", "nobody knows", "there"],
)
def test_a_process_that_dies_in_the_second_try_leads_to_no_third(
    found: Sent | ChannelTrouble | None, state: str
) -> None:
    bench = Bench()
    bench.queue(a_delivery(stage=SENDING, claim="dead", due_at=NOW, tried_at=NOW, unknowns=1))
    bench.scripted.found = found
    bench.turn()
    assert bench.turn_after(3_600) == []
    assert bench.scripted.asked == []
    assert bench.change().state == state


def test_a_delivery_with_files_is_claimed_for_longer() -> None:
    file = File("f", "image", "blob", "image/png", "a.png", 10, "0" * 64)
    claimed_until = []

    class Looking(ScriptedSender):
        def send(self, delivery: Delivery) -> Outcome:
            claimed_until.append(delivery.due_at)
            return super().send(delivery)

    bench = Bench(sender=Looking())
    bench.queue(a_delivery(), a_delivery("s2", content=Content("media", files=(file,)), conversation_id="c2"))
    bench.turn()
    assert claimed_until == [NOW + 90 * SECOND, NOW + 360 * SECOND]


def health(bench: Bench) -> list[tuple[str, str]]:
    told = [event.data for event in bench.store.events() if isinstance(event.data, ChannelReported)]
    return [(one.aspect, one.level) for one in told]


def test_a_channel_that_stops_is_reported_once_and_once_more_when_it_works_again() -> None:
    bench = Bench(REVOKED, REVOKED, THROTTLED, Sent("w"))
    bench.queue(a_delivery())
    for expected in ([("sending", "failing")], [("sending", "failing")], [("sending", "failing")]):
        refuse(bench, probing=True)
        assert health(bench) == expected
        bench.clock.now = bench.store.pauses()[CHANNEL].until
    refuse(bench, probing=True)
    assert health(bench) == [("sending", "failing"), ("sending", "ok")]


def test_a_throttled_channel_is_nothing_operators_are_told_of() -> None:
    bench = Bench(THROTTLED, Sent("w"))
    bench.queue(a_delivery())
    refuse(bench, probing=False)
    bench.clock.now = bench.store.pauses()[CHANNEL].until
    refuse(bench, probing=True)
    assert health(bench) == []
