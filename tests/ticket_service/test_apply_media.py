"""Files of messages, templates and channels' health: news in any order, kept once."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from services.ticket_service.announce import Cause
from services.ticket_service.announce_requests import media_requested_for
from services.ticket_service.apply import apply_channel_news
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.metrics import show_channel_health
from services.ticket_service.ports import Changes
from shared.contracts.delivery_reported import DeliveryError
from shared.messaging.message import Unavailable
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import CHANNEL, NOW, a_desk, apply, at, counting_ids, message
from tests.ticket_service.building_whatsapp import (
    DIGEST,
    edit,
    fetched,
    health,
    lost,
    picture,
    reaction,
    remote_file,
    stored,
    template,
)


@pytest.fixture
def store() -> MemoryDeskStore:
    return MemoryDeskStore()


def files(store: MemoryDeskStore) -> list[Attachment]:
    found = store.load_attachments(list(store.collections["attachments"]))
    return sorted(found.values(), key=lambda each: each.reference)


def test_a_messages_files_wait_in_their_order_and_are_then_stored(store: MemoryDeskStore) -> None:
    apply(store, picture("1", files=3, text="look"))
    said = store.collections["messages"]["whatsapp_cloud:109:1"]
    pending = files(store)
    assert said["attachments"] == [each.id for each in pending]
    assert [each.state for each in pending] == 3 * ["pending"]
    assert {(each.message_id, each.ticket_id, each.conversation_id) for each in pending} == {
        (said["_id"], said["ticket_id"], said["conversation_id"])
    }
    fetched(store, stored("1", 0), lost("1", 2))
    first, second, third = files(store)
    assert (first.state, first.blob_id, first.size, first.sha256) == ("stored", first.id, 1_234, DIGEST)
    assert (second.state, second.mime_type) == ("pending", "image/jpeg")
    assert (third.state, third.error and third.error.code) == ("failed", "gone")


NEWS = {
    "message": picture("1"),
    "lost": lost("1", seconds=1, code="first"),
    "lost again": lost("1", seconds=2, code="second"),
    "stored": stored("1", seconds=3),
}


@pytest.mark.parametrize("order", list(itertools.permutations(NEWS)))
@pytest.mark.parametrize("with_success", [True, False])
def test_the_best_and_latest_news_of_a_file_counts(
    store: MemoryDeskStore, order: tuple[str, ...], with_success: bool
) -> None:
    for name in (*order, *order):
        if name == "message":
            apply(store, NEWS[name])
        elif with_success or name != "stored":
            fetched(store, NEWS[name])
    (file,) = files(store)
    assert (file.reference, file.message_id) == ("media-1-0", "whatsapp_cloud:109:1")
    if with_success:
        assert (file.state, file.error, file.mime_type) == ("stored", None, "image/png")
    else:
        assert (file.state, file.error and file.error.code, file.mime_type) == (
            "failed",
            "second",
            "image/jpeg",
        )


def test_a_file_asked_for_again_is_pending_until_there_is_newer_news(store: MemoryDeskStore) -> None:
    apply(store, picture("1"))
    fetched(store, lost("1", seconds=1))
    (file,) = files(store)
    file.ask_again(at(60))
    changes = Changes()
    changes.touch(file)
    changes.events.append(media_requested_for(file, at(60), Cause("00-a-b-01")))
    store.save(changes)
    assert files(store)[0].state == "pending"
    fetched(store, lost("1", seconds=1))
    assert files(store)[0].state == "pending"
    fetched(store, lost("1", seconds=61))
    assert files(store)[0].state == "failed"
    request = changes.events[0].data
    assert (request.file, request.message_id) == (remote_file("1"), "whatsapp_cloud:109:1")


def test_an_uploaded_file_can_not_be_asked_for() -> None:
    with pytest.raises(ValueError, match="does not lie with a provider"):
        media_requested_for(Attachment("a1", "image", "", "", NOW), NOW, Cause("00-a-b-01"))


def test_hostile_file_names_are_stored_harmless(store: MemoryDeskStore) -> None:
    hostile = remote_file("1", filename="a\x00b\ud800.pdf", mime_type="\ud800")
    apply(store, message("1", kind="document", text="", attachments=[hostile]))
    (file,) = files(store)
    assert file.filename == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}.pdf"
    file.filename.encode()
    file.mime_type.encode()


# --- templates and channels


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_highest_revision_of_a_template_is_kept(store: MemoryDeskStore, order: tuple[int, ...]) -> None:
    error = DeliveryError("2388040", "Field exceeds the limit", "", "Shorten it.")
    revisions = [template(1, "pending"), template(2, "rejected", reason="X", error=error), template(3)]
    for position in (*order, *order):
        apply_channel_news([revisions[position]], a_desk(store))
    found = store.load_template(f"{CHANNEL}:please_answer:it")
    assert found is not None
    assert (found.status, found.revision, found.template_id) == ("approved", 3, "17")


def test_a_removed_template_is_kept_with_its_status(store: MemoryDeskStore) -> None:
    apply_channel_news([template(1), template(2, "removed"), template(1, name="other")], a_desk(store))
    found = store.load_template(f"{CHANNEL}:please_answer:it")
    assert found is not None
    assert found.status == "removed"
    assert len(store.collections["templates"]) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_latest_statement_on_an_aspect_counts(store: MemoryDeskStore, order: tuple[int, ...]) -> None:
    said = [
        health("failing", 1, title="refused"),
        health("ok", 2, title="fine"),
        health("warning", 1, "quality"),
    ]
    for position in order:
        apply_channel_news([said[position]], a_desk(store))
    assert [(each.aspect, each.level, each.title) for each in store.channel_aspects()] == [
        ("quality", "warning", "t"),
        ("sending", "ok", "fine"),
    ]


def test_channels_health_is_a_metric_also_while_the_database_is_away(store: MemoryDeskStore) -> None:
    registry = CollectorRegistry()
    show_channel_health(store.channel_aspects, registry)
    apply_channel_news(
        [health("failing", 1), health("warning", 1, "quality"), health("ok", 1, "name")], a_desk(store)
    )
    shown = generate_latest(registry).decode()
    assert f'sportello_channel_health{{aspect="sending",channel_id="{CHANNEL}"}} 2.0' in shown
    assert f'sportello_channel_health{{aspect="quality",channel_id="{CHANNEL}"}} 1.0' in shown
    assert f'sportello_channel_health{{aspect="name",channel_id="{CHANNEL}"}} 0.0' in shown
    store.away = True
    assert generate_latest(registry).decode() == shown


def test_registering_the_metric_asks_nothing_of_the_database() -> None:
    def away() -> list[Aspect]:
        raise Unavailable("away")

    registry = CollectorRegistry()
    show_channel_health(away, registry)
    assert b"sportello_channel_health{" not in generate_latest(registry)


# --- what a batch costs


class Counting(MemoryDeskStore):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith(("load_", "save", "reserve_")):
            object.__getattribute__(self, "asked").append(name)
        return object.__getattribute__(self, name)


def test_a_batch_of_texts_costs_the_same_few_queries_whatever_its_size() -> None:
    store, new_id = Counting(), counting_ids()
    texts = [message(str(n), sender=f"+39335{n % 50:07d}", occurred=at(n)) for n in range(200)]
    apply(store, *texts, new_id=new_id)
    assert sorted(store.asked) == ["load_arrivals", "load_inbound", "reserve_numbers", "save"]
    store.asked.clear()
    apply(store, *[message(f"more {n}", sender=f"+39335{n % 50:07d}") for n in range(200)], new_id=new_id)
    assert sorted(store.asked) == ["load_arrivals", "load_inbound", "save"]


def test_only_what_needs_more_asks_for_more() -> None:
    store = Counting()
    apply(store, picture("1"), message("2"))
    store.asked.clear()
    apply(
        store,
        reaction("3", "provider.1", "👍"),
        edit("4", "provider.2", "x"),
        reaction("5", "provider.4", "?"),
    )
    assert sorted(store.asked) == ["load_arrivals", "load_inbound", "load_targets", "save"]
