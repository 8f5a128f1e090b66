"""Publisher confirms: whoever waits hears the truth about each of their messages, and only about theirs."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.confirms import Confirms, Receipt


def _receipt(messages: int = 1) -> Receipt:
    return Receipt(messages, threading.Event())


def _woken(receipt: Receipt) -> bool:
    return bool(receipt.signal.wait(0))


def test_a_receipt_is_settled_when_all_its_messages_are_acked() -> None:
    confirms, receipt = Confirms(), _receipt(2)
    confirms.sent(receipt, b"one")
    confirms.sent(receipt, b"two")
    confirms.acked(1, multiple=False)
    assert not _woken(receipt)
    confirms.acked(2, multiple=False)
    assert _woken(receipt)
    assert receipt.failure is None


def test_a_multiple_ack_answers_for_all_before_it_and_none_after() -> None:
    confirms = Confirms()
    receipts = [_receipt() for _ in range(4)]
    for receipt in receipts:
        confirms.sent(receipt, b"same body")
    confirms.acked(3, multiple=True)
    assert [_woken(receipt) for receipt in receipts] == [True, True, True, False]


def test_a_nack_fails_the_call() -> None:
    confirms, receipt = Confirms(), _receipt()
    confirms.sent(receipt, b"x")
    confirms.nacked(1, multiple=False)
    assert _woken(receipt)
    assert receipt.failure == "refused by the broker"


def test_a_returned_message_is_a_failure_although_its_ack_follows() -> None:
    confirms, lost, fine = Confirms(), _receipt(), _receipt()
    confirms.sent(lost, b"nobody wants me")
    confirms.sent(fine, b"somebody does")
    confirms.returned(b"nobody wants me", "NO_ROUTE")
    confirms.acked(2, multiple=True)
    assert lost.failure == "returned: NO_ROUTE"
    assert fine.failure is None


def test_two_equal_messages_returned_fail_both_calls() -> None:
    confirms, first, second = Confirms(), _receipt(), _receipt()
    confirms.sent(first, b"equal")
    confirms.sent(second, b"equal")
    confirms.returned(b"equal", "NO_ROUTE")
    confirms.returned(b"equal", "NO_ROUTE")
    confirms.acked(2, multiple=True)
    assert first.failure is not None
    assert second.failure is not None


def test_a_lost_channel_fails_everybody_and_starts_counting_anew() -> None:
    confirms, lost = Confirms(), _receipt()
    confirms.sent(lost, b"x")
    confirms.fail_all("gone")
    assert _woken(lost)
    assert lost.failure == "gone"
    fresh = _receipt()
    confirms.sent(fresh, b"y")
    confirms.acked(1, multiple=False)
    assert _woken(fresh)
    assert fresh.failure is None


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.data())
def test_however_the_broker_groups_its_acks_every_call_ends_and_nothing_stays(
    calls: list[int], data: st.DataObject
) -> None:
    confirms = Confirms()
    receipts = [_receipt(messages) for messages in calls]
    for receipt, messages in zip(receipts, calls, strict=True):
        for _ in range(messages):
            confirms.sent(receipt, b"x")
    unanswered = set(range(1, sum(calls) + 1))
    while unanswered:
        tag = data.draw(st.sampled_from(sorted(unanswered)))
        multiple = data.draw(st.booleans())
        confirms.acked(tag, multiple)
        unanswered -= {known for known in unanswered if known == tag or (multiple and known < tag)}
    assert len(confirms) == 0
    assert all(_woken(receipt) and receipt.failure is None for receipt in receipts)
