"""What every template store must do; run on the real one and on its in-memory twin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from services.notifier.announce import Teller
from services.notifier.domain.delivery import Failure
from services.notifier.domain.template import ChannelTemplate, TemplateSubmission
from services.notifier.domain.template_task import TemplateTask, reading, submitting
from services.notifier.ports import TemplateStore, TemplateTransaction
from services.notifier.store.templates import MongoTemplateStore
from tests.notifier.building import CHANNEL, KIND, NOW, SECOND, a_template
from tests.support.memory_template_store import MemoryTemplateStore

LATER = NOW + 300 * SECOND
SUBMISSION = TemplateSubmission(
    "request-1", CHANNEL, KIND, "hello", "it", "UTILITY", ({"type": "BODY", "$x": 2**70},), NOW
)
FAILURE = Failure("100", "Invalid parameter", "detail", "remedy")


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> TemplateStore:
    if request.param == "memory":
        return MemoryTemplateStore()
    found: MongoTemplateStore = request.getfixturevalue("mongo_templates")
    return found


def ask(store: TemplateStore, *tasks: TemplateTask) -> None:
    for task in tasks:
        store.transact(lambda transaction, task=task: transaction.ask(task))  # type: ignore[misc]


def claim(store: TemplateStore) -> TemplateTask | None:
    return store.claim([CHANNEL], NOW, LATER)


def known(store: TemplateStore) -> list[ChannelTemplate]:
    found = store.transact(lambda transaction: transaction.templates(CHANNEL))
    return sorted(found, key=lambda template: template.key)


def test_a_template_comes_back_as_it_was_saved_and_replaces_the_one_of_its_name(store: TemplateStore) -> None:
    first = a_template("hello", error=FAILURE, request_id="r")
    components = ({"type": "BODY", "text": "è {{1}}", "$weird.key": {"n": 2**70}},)
    second = replace(first, record=replace(first.record, components=components), revision=2, error=None)
    other = a_template("hello", "en_US")
    elsewhere = replace(first, channel_id="other")
    for saved in ([first, other, elsewhere], [second]):
        store.transact(lambda transaction, saved=saved: transaction.save_templates(saved))  # type: ignore[misc]
    assert known(store) == [other, second]
    assert store.template(CHANNEL, "hello", "it") == second
    assert store.template("other", "hello", "it") == elsewhere
    assert store.template(CHANNEL, "hello", "de") is None


def test_a_transaction_that_raises_leaves_nothing_behind(store: TemplateStore) -> None:
    def work(transaction: TemplateTransaction) -> None:
        transaction.save_templates([a_template("hello")])
        transaction.ask(reading(CHANNEL, NOW))
        transaction.announce([Teller(lambda: NOW, lambda: "e").template(a_template("", revision=0))])

    with pytest.raises(ValueError, match="breaks its contract"):
        store.transact(work)
    assert known(store) == []
    assert claim(store) is None


def test_a_task_is_claimed_by_one_and_due_again_when_its_claim_ends(store: TemplateStore) -> None:
    ask(store, submitting(SUBMISSION, NOW))
    with ThreadPoolExecutor(8) as pool:
        claims = [future.result() for future in [pool.submit(claim, store) for _ in range(8)]]
    [task] = [one for one in claims if one is not None]
    assert (task.submission, task.claims, task.due_at) == (SUBMISSION, 1, LATER)
    again = store.claim([CHANNEL], LATER, LATER + SECOND)
    assert again is not None
    assert again.claims == 2


def test_only_what_is_due_on_ones_own_channels_is_claimed_the_longest_due_first(store: TemplateStore) -> None:
    ask(
        store, reading("other", NOW - 9 * SECOND), submitting(SUBMISSION, NOW), reading(CHANNEL, NOW - SECOND)
    )
    claims = [claim(store) for _ in range(3)]
    assert [task and task.id for task in claims] == [f"read:{CHANNEL}", "submit:request-1", None]


def test_a_submission_that_comes_again_is_not_done_again(store: TemplateStore) -> None:
    ask(store, submitting(SUBMISSION, NOW))
    task = claim(store)
    assert task is not None
    store.transact(lambda transaction: transaction.finish(replace(task, due_at=None)))
    ask(store, submitting(SUBMISSION, NOW))
    assert claim(store) is None


def test_a_reading_goes_on_for_ever_and_can_be_brought_forward(store: TemplateStore) -> None:
    ask(store, reading(CHANNEL, NOW))
    task = claim(store)
    assert task is not None
    done = replace(task, due_at=LATER, tries=2, troubled=True)
    store.transact(lambda transaction: transaction.finish(done))
    assert claim(store) is None
    ask(store, reading(CHANNEL, LATER + SECOND), reading(CHANNEL, NOW))
    again = claim(store)
    assert again is not None
    assert (again.tries, again.troubled, again.claims) == (2, True, 2)


def test_a_wish_during_a_reading_is_not_lost(store: TemplateStore) -> None:
    ask(store, reading(CHANNEL, NOW))
    task = claim(store)
    assert task is not None
    ask(store, reading(CHANNEL, NOW))
    store.transact(lambda transaction: transaction.finish(replace(task, due_at=LATER)))
    assert claim(store) is not None
