"""Answers that came too late for the reply window wait for the customer, and leave once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.apply import apply_channel_news
from services.ticket_service.domain.settings import PleaseAnswer
from services.ticket_service.ports import Changes, Conflict
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import WINDOW, a_desk, apply, at, changed, message
from tests.ticket_service.building_whatsapp import (
    answer,
    echo,
    edit,
    fetched,
    late,
    number_change,
    picture,
    reaction,
    report,
    requests,
    stored,
    template,
)

DAY = timedelta(hours=24)
ASKING = PleaseAnswer(
    "please_answer", "it", [{"type": "body", "parameters": [{"type": "text", "text": "Anna"}]}]
)


def ask_with(store: MemoryDeskStore, asking: PleaseAnswer | None) -> None:
    store.save(Changes(records=[replace(store.desk(), please_answer=asking)]))


@pytest.fixture
def store() -> MemoryDeskStore:
    """A desk where a customer wrote, and an agent answered a moment before the window closed."""
    store = MemoryDeskStore()
    ask_with(store, ASKING)
    apply_channel_news([template(1)], a_desk(store))
    apply(store, message("1"))
    answer(store, "s1", "Ciao", at(WINDOW - 1))
    return store


LATE = at(WINDOW + 1)


def delivery(store: MemoryDeskStore, send_id: str = "s1") -> tuple[str, int]:
    found = store.collections["messages"][send_id]["delivery"]
    return found["state"], found["attempt"]


def conversation(store: MemoryDeskStore) -> dict[str, Any]:
    (document,) = store.collections["conversations"].values()
    return document


def sent_again(store: MemoryDeskStore) -> list[tuple[str, int, str]]:
    """The answers (not the templates) that the desk asked to send."""
    return [
        (each.send_id, each.attempt, each.content.text)
        for each in requests(store)
        if each.content.kind != "template"
    ]


def asked(store: MemoryDeskStore) -> list[str]:
    """The templates the desk asked to send."""
    return [each.content.template.name for each in requests(store) if each.content.kind == "template"]


def test_a_late_answer_becomes_a_draft_and_the_customer_is_asked_to_write(store: MemoryDeskStore) -> None:
    report(store, late("s1"), now=LATE)
    assert delivery(store) == ("draft", 1)
    assert conversation(store)["drafts"] == ["s1"]
    (request,) = requests(store)
    assert (request.content.template.name, request.content.template.language) == ("please_answer", "it")
    assert request.content.template.components == ASKING.components
    shown = store.collections["messages"][request.send_id]
    assert (shown["kind"], shown["text"], shown["author"]["kind"]) == (
        "template",
        "Please answer, Anna",
        "system",
    )
    (ticket,) = store.collections["tickets"].values()
    assert (shown["ticket_id"], shown["number"], ticket["comments_count"]) == (ticket["_id"], 2, 2)


def test_when_the_customer_writes_the_draft_leaves_once(store: MemoryDeskStore) -> None:
    report(store, late("s1"), now=LATE)
    back = message("2", occurred=at(2 * WINDOW), received=at(2 * WINDOW))
    apply(store, back, now=at(2 * WINDOW + 1))
    assert sent_again(store) == [("s1", 1, "Ciao")]
    (request,) = [each for each in requests(store) if each.send_id == "s1"]
    assert request.window_expires_at == at(2 * WINDOW) + DAY
    assert (request.requested_at, request.author) == (at(2 * WINDOW + 1), "Bruno")
    assert delivery(store) == ("queued", 1)
    assert conversation(store)["drafts"] == []
    apply(store, back, message("3", occurred=at(2 * WINDOW + 2)), now=at(2 * WINDOW + 3))
    report(store, late("s1"), now=at(2 * WINDOW + 4))
    assert sent_again(store) == [("s1", 1, "Ciao")]
    assert delivery(store) == ("queued", 1)
    report(store, changed("s1", "sent", attempt=1, provider_message_ids=["p.1"]), now=at(2 * WINDOW + 5))
    assert delivery(store) == ("sent", 1)


def test_the_same_report_again_and_again_makes_one_draft_and_asks_once(store: MemoryDeskStore) -> None:
    report(store, late("s1"), late("s1"), now=LATE)
    report(store, late("s1"), now=LATE)
    assert (delivery(store), conversation(store)["drafts"]) == (("draft", 1), ["s1"])
    assert asked(store) == ["please_answer"]


def test_drafts_leave_in_the_order_in_which_they_were_written(store: MemoryDeskStore) -> None:
    answer(store, "s2", "second", at(WINDOW - 1))
    answer(store, "s0", "third", at(WINDOW - 0.5))
    report(store, late("s0"), late("s2"), now=LATE)
    report(store, late("s1"), now=LATE)
    apply(store, message("2", occurred=at(2 * WINDOW)), now=at(2 * WINDOW))
    assert [each[2] for each in sent_again(store)] == ["Ciao", "second", "third"]


def test_a_customer_is_asked_at_most_once_in_a_day(store: MemoryDeskStore) -> None:
    for position, hours in enumerate((0, 1, 23.9, 24, 25)):
        send_id = f"s{position + 2}"
        now = LATE + timedelta(hours=hours)
        answer(store, send_id, written=now)
        report(store, late(send_id), now=now)
    assert len(asked(store)) == 2
    assert len(conversation(store)["drafts"]) == 5


def test_without_a_template_for_it_nobody_is_asked(store: MemoryDeskStore) -> None:
    ask_with(store, None)
    report(store, late("s1"), now=LATE)
    assert (delivery(store), asked(store)) == (("draft", 1), [])


def test_a_template_the_desk_does_not_know_yet_is_asked_for_all_the_same(store: MemoryDeskStore) -> None:
    store.collections["templates"].clear()
    report(store, late("s1"), now=LATE)
    (request,) = requests(store)
    assert store.collections["messages"][request.send_id]["text"] == "[please_answer]"


@pytest.mark.parametrize(
    "event",
    [
        late("s1", code="131026"),
        changed("s1", "failed", error=None),
        changed("s1", "sent"),
    ],
)
def test_other_failures_stay_failures(store: MemoryDeskStore, event: Any) -> None:
    report(store, event, now=LATE)
    assert delivery(store) == (event.data.state, 0)
    assert (conversation(store)["drafts"], requests(store)) == ([], [])


@pytest.mark.parametrize("kind", ["template", "reaction"])
def test_templates_and_reactions_never_wait(store: MemoryDeskStore, kind: str) -> None:
    answer(store, "s2", kind=kind)
    report(store, late("s2"), now=LATE)
    assert delivery(store, "s2") == ("failed", 0)


@pytest.mark.parametrize(
    ("seconds", "leaves"),
    [(WINDOW - 1, True), (WINDOW + 1, False)],
    ids=["23:59:59 old", "24:00:01 old"],
)
def test_a_message_that_waited_in_the_queue_opens_the_window_by_the_providers_time(
    store: MemoryDeskStore, seconds: int, leaves: bool
) -> None:
    report(store, late("s1"), now=LATE)
    written = at(3 * WINDOW)
    apply(store, message("2", occurred=written, received=written), now=written + timedelta(seconds=seconds))
    assert (delivery(store)[0] == "queued") == leaves
    assert (conversation(store)["drafts"] == []) == leaves


@pytest.mark.parametrize(
    "event",
    [
        echo("2", seconds=WINDOW + 60),
        edit("2", "provider.1", "other", WINDOW + 60),
        number_change("2", "+393470000001", seconds=WINDOW + 60),
        message("2", occurred=at(-5), received=at(WINDOW + 60)),
    ],
)
def test_only_a_new_word_of_the_customer_lets_drafts_go(store: MemoryDeskStore, event: Any) -> None:
    report(store, late("s1"), now=LATE)
    apply(store, event, now=at(WINDOW + 61))
    assert (delivery(store), sent_again(store)) == (("draft", 1), [])


def test_a_reaction_opens_the_window_too(store: MemoryDeskStore) -> None:
    report(store, late("s1"), now=LATE)
    apply(store, reaction("2", "provider.1", "👍", WINDOW + 60), now=at(WINDOW + 61))
    assert sent_again(store) == [("s1", 1, "Ciao")]


def test_an_answer_that_is_reported_late_after_the_customer_wrote_leaves_at_once(
    store: MemoryDeskStore,
) -> None:
    apply(store, message("2", occurred=at(WINDOW + 5)), now=at(WINDOW + 6))
    report(store, late("s1"), now=at(WINDOW + 7))
    assert (delivery(store), conversation(store)["drafts"]) == (("queued", 1), [])
    assert (sent_again(store), asked(store)) == ([("s1", 1, "Ciao")], [])


def test_what_the_provider_refuses_again_waits_instead_of_going_round(store: MemoryDeskStore) -> None:
    apply(store, message("2", occurred=at(WINDOW + 5)), now=at(WINDOW + 6))
    report(store, late("s1"), now=at(WINDOW + 7))
    report(store, late("s1", attempt=1), now=at(WINDOW + 8))
    assert delivery(store) == ("draft", 2)
    apply(store, message("3", occurred=at(WINDOW + 9)), now=at(WINDOW + 10))
    assert sent_again(store) == [("s1", 1, "Ciao"), ("s1", 2, "Ciao")]


def test_a_late_answer_with_files_leaves_with_them(store: MemoryDeskStore) -> None:
    apply(store, picture("5", 1))
    fetched(store, stored("5"))
    (file,) = store.collections["attachments"]
    answer(store, "s2", "look", kind="media", attachments=[file])
    report(store, late("s2"), now=LATE)
    apply(store, message("6", occurred=at(2 * WINDOW)), now=at(2 * WINDOW))
    (request,) = [each for each in requests(store) if each.send_id == "s2"]
    assert [(each.blob_id, each.size) for each in request.content.attachments] == [(file, 1_234)]


SNAPSHOTS = [
    changed("s1", "sent", times={"sent": at(1)}, provider_message_ids=["a"]),
    late("s1"),
    changed("s1", "sent", attempt=1, times={"sent": at(50)}, provider_message_ids=["b"]),
    changed("s1", "read", attempt=1, times={"sent": at(50), "read": at(60)}, provider_message_ids=["b"]),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_latest_attempt_rules_in_every_order_of_reports(
    store: MemoryDeskStore, order: tuple[int, ...]
) -> None:
    for position in (*order, *order):
        report(store, SNAPSHOTS[position], now=LATE)
    found = store.collections["messages"]["s1"]
    assert (found["delivery"]["state"], found["delivery"]["attempt"]) == ("read", 1)
    assert found["delivery"]["times"] == {"sent": at(50), "read": at(60)}
    assert found["delivery"]["error"] is None
    assert found["provider_message_ids"] == ["a", "b"]


def test_when_somebody_is_faster_the_draft_still_leaves_once(store: MemoryDeskStore) -> None:
    report(store, late("s1"), now=LATE)
    rivals = [message("rival", occurred=at(2 * WINDOW))]

    def be_faster() -> None:
        if rivals:
            apply(store, rivals.pop(), now=at(2 * WINDOW))

    store._before_save = be_faster
    apply(store, message("2", occurred=at(2 * WINDOW)), now=at(2 * WINDOW))
    assert sent_again(store) == [("s1", 1, "Ciao")]


def test_what_was_sent_meanwhile_is_not_sent_again(store: MemoryDeskStore) -> None:
    report(store, late("s1"), now=LATE)
    store.collections["messages"]["s1"]["delivery"] |= {"state": "sent", "rank": 1}
    apply(store, message("2", occurred=at(2 * WINDOW)), now=at(2 * WINDOW))
    assert (sent_again(store), conversation(store)["drafts"]) == ([], [])


def test_a_draft_that_was_thrown_away_does_not_leave(store: MemoryDeskStore) -> None:
    report(store, late("s1"), now=LATE)
    store.save(Changes(discarded_drafts=["s1"]))
    apply(store, message("2", occurred=at(2 * WINDOW)), now=at(2 * WINDOW))
    assert (sent_again(store), conversation(store)["drafts"]) == ([], [])
    with pytest.raises(Conflict):
        store.save(Changes(discarded_drafts=["s1"]))
