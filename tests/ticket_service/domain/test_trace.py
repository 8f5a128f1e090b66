"""A trace says how far a message came, when, and where and why it stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.ticket_service.domain import trace as traces
from services.ticket_service.domain.attachment import Attachment, AttachmentError
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor
from services.ticket_service.domain.message import IN, NOTE, OUT, PUBLIC, Delivery, DeliveryError, Message
from services.ticket_service.domain.quarantine import DISCARDED, HELD, REPLAYED, QuarantineItem
from services.ticket_service.domain.trace import DONE, OPEN, STOPPED, trace_of_item, trace_of_message

NOON = datetime(2025, 2, 27, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=2)
HEARD = Message(
    *("m1", IN, PUBLIC, Actor(CUSTOMER, "c", "Daniele"), "text", "hello", NOON, LATER),
    received_at=NOON + timedelta(seconds=1),
    trace_id="abc",
)
ANSWER = replace(HEARD, id="m2", direction=OUT, author=Actor(AGENT, "a", "Anna"), received_at=None)
REFUSED = DeliveryError("131026", "Undeliverable", "No such number.", "Call the customer.")


def states(trace: traces.Trace) -> dict[str, str]:
    return {step.name: step.state for step in trace.steps}


def test_a_message_that_is_there_made_every_step_of_its_way() -> None:
    trace = trace_of_message(HEARD)
    assert (trace.kind, trace.trace_id, trace.stopped_at) == (traces.INBOUND, "abc", None)
    assert set(states(trace).values()) == {DONE}
    times = {step.name: step.at for step in trace.steps}
    assert (times[traces.RECEIVED], times[traces.APPLIED]) == (HEARD.received_at, LATER)
    known = [at for at in times.values() if at]
    assert known == sorted(known)


@pytest.mark.parametrize(
    ("state", "times", "error", "expected", "stopped"),
    [
        ("draft", {}, None, {"published": OPEN, "sent": OPEN}, None),
        ("queued", {}, None, {"published": DONE, "notified": OPEN, "sent": OPEN}, None),
        ("sent", {"sent": LATER}, None, {"notified": DONE, "sent": DONE, "delivered": OPEN}, None),
        ("read", {"read": LATER}, None, {"sent": DONE, "delivered": DONE, "read": DONE}, None),
        ("failed", {"failed": LATER}, REFUSED, {"notified": DONE, "sent": STOPPED, "read": OPEN}, "sent"),
        (
            "failed",
            {"sent": NOON, "failed": LATER},
            REFUSED,
            {"sent": DONE, "delivered": STOPPED, "read": OPEN},
            "delivered",
        ),
        ("failed", {"failed": LATER}, None, {"sent": STOPPED}, "sent"),
    ],
)
def test_an_answer_is_followed_as_far_as_the_provider_reported(
    state: str,
    times: dict[str, datetime],
    error: DeliveryError | None,
    expected: dict[str, str],
    stopped: str | None,
) -> None:
    trace = trace_of_message(replace(ANSWER, delivery=Delivery(state, 0, times, NOON, error)))
    assert trace.kind == traces.OUTBOUND
    assert expected.items() <= states(trace).items()
    assert trace.stopped_at == stopped
    if error is not None:
        step = next(each for each in trace.steps if each.state == STOPPED)
        assert (step.code, step.remedy, step.at) == ("131026", "Call the customer.", LATER)
        assert "No such number." in step.detail


def test_a_file_that_could_not_be_fetched_says_why() -> None:
    why = AttachmentError("too-large", "It is big.", "Ask for a smaller one.")
    file = Attachment("f1", "document", "whatsapp-main", "whatsapp_cloud", NOON, failure=why, failed_at=LATER)
    step = trace_of_message(HEARD, [file]).steps[-1]
    assert (step.name, step.state, step.at, step.code) == (traces.FETCHED, STOPPED, LATER, "too-large")
    waiting = replace(file, failure=None, failed_at=None)
    assert trace_of_message(HEARD, [waiting]).steps[-1].state == OPEN
    stored = replace(waiting, blob_id="b", stored_at=LATER)
    assert trace_of_message(HEARD, [stored]).steps[-1].state == DONE


def test_a_note_has_no_way_to_go() -> None:
    trace = trace_of_message(replace(HEARD, direction=NOTE, received_at=None))
    assert (trace.kind, [step.name for step in trace.steps]) == (traces.INSIDE, ["written", "applied"])


def item(service: str) -> QuarantineItem:
    return QuarantineItem("q1", service, "unknown-channel", "No channel has that id.", "{}", NOON, None)


@pytest.mark.parametrize(
    ("service", "stop", "before"),
    [
        ("webhook_gateway", "normalised", {"received": DONE, "verified": DONE, "applied": OPEN}),
        ("ticket_service", "applied", {"normalised": DONE, "published": DONE}),
        ("notifier", "notified", {"applied": DONE}),
        ("broker", "applied", {"published": DONE}),
    ],
)
def test_what_was_put_aside_stopped_where_it_was_put_aside(
    service: str, stop: str, before: dict[str, str]
) -> None:
    trace = trace_of_item(item(service), HELD, None)
    assert trace.stopped_at == stop
    assert before.items() <= states(trace).items()
    step = next(each for each in trace.steps if each.state == STOPPED)
    assert (step.at, step.code, step.detail) == (NOON, "unknown-channel", "No channel has that id.")


def test_what_was_decided_on_it_is_part_of_its_way() -> None:
    replayed = trace_of_item(item("ticket_service"), REPLAYED, LATER)
    assert (replayed.stopped_at, replayed.decision, replayed.decided_at) == (None, REPLAYED, LATER)
    assert trace_of_item(item("ticket_service"), DISCARDED, LATER).stopped_at == "applied"
