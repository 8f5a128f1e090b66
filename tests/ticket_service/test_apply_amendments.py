"""Reactions, edits, revokes, echoes and notices: what they do to messages and tickets, in every order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ticket_service.domain.message import Reaction
from services.ticket_service.domain.status import Workflow
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.contracts.message_received import Identity
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import ANNA, NOW, apply, at, changed, message
from tests.ticket_service.building_whatsapp import (
    BRUNO,
    answer,
    echo,
    edit,
    fetched,
    lost,
    number_change,
    picture,
    reaction,
    report,
    revoke,
    stored,
)

OTHER = "+393470000001"


@pytest.fixture
def store() -> MemoryDeskStore:
    return MemoryDeskStore()


def only(store: MemoryDeskStore, name: str) -> dict[str, Any]:
    (document,) = store.collections[name].values()
    return document


def said(store: MemoryDeskStore, key: str) -> dict[str, Any]:
    return store.collections["messages"][f"whatsapp_cloud:109:{key}"]


def move(store: MemoryDeskStore, status: str) -> None:
    """Set the only ticket's status as an agent would."""
    loaded = store.load_ticket(only(store, "tickets")["number"])
    assert loaded is not None
    assert loaded.conversation is not None
    found = Workflow(store.workflow().statuses).status(status)
    loaded.ticket.set_status(found, NOW)
    loaded.conversation.ticket_moved(loaded.ticket.id, "closed" in found.roles)
    changes = Changes()
    changes.touch(loaded.ticket, loaded.conversation)
    store.save(changes)


def emojis(document: dict[str, Any]) -> list[str]:
    return [each["emoji"] for each in document["reactions"]]


def facts(store: MemoryDeskStore) -> list[str]:
    return [decode(document["body"]).type for document in store.collections["outbox"].values()]


# --- every order


HAPPENED = {
    "message": picture("1", 0, text="first"),
    "reaction": reaction("2", "provider.1", "👍", 10),
    "removal": reaction("3", "provider.1", "", 20),
    "edit": edit("4", "provider.1", "second", 30),
    "revoke": revoke("5", "provider.1", 40),
    "stored": stored("1", seconds=5),
    "failed": lost("1", seconds=50),
}


def _bring(store: MemoryDeskStore, event: Event) -> None:
    if event.type.startswith("media."):
        fetched(store, event)
    else:
        apply(store, event)


def _final(store: MemoryDeskStore) -> dict[str, Any]:
    """What the desk shows in the end, without what only tells in which order it came."""
    target, file = said(store, "1"), only(store, "attachments")
    loaded = store.load_attachments([file["_id"]])[file["_id"]]
    return {
        "text": target["text"],
        "versions": target["versions"],
        "times": (target["edited_at"], target["revoked_at"]),
        "reactions": emojis(target),
        "placed": (target["part"], target["number"], target["attachments"]),
        "targets": [said(store, key)["target_id"] for key in "2345"],
        "tickets": {said(store, key)["ticket_id"] == target["ticket_id"] for key in "2345"},
        "numbers": {said(store, key)["number"] for key in "2345"},
        "waiting": [key for key in "2345" if "waits_for" in said(store, key)],
        "file": (loaded.state, loaded.blob_id, loaded.reference, loaded.filename, loaded.mime_type),
        "of": (loaded.message_id, loaded.conversation_id, loaded.ticket_id == target["ticket_id"]),
        "status": [
            (each["status"], each["comments_count"]) for each in store.collections["tickets"].values()
        ],
    }


def _applied(order: tuple[str, ...]) -> dict[str, Any]:
    store = MemoryDeskStore()
    for name in order:
        _bring(store, HAPPENED[name])
    final = _final(store)
    conversation_id = final["of"][1]
    assert conversation_id == only(store, "conversations")["_id"]
    return final | {"of": (final["of"][0], final["of"][2])}


EXPECTED = _applied(tuple(HAPPENED))


def test_in_the_order_in_which_it_happened_everything_is_there() -> None:
    assert EXPECTED["text"] == "second"
    assert EXPECTED["versions"] == [{"text": "first", "at": at(0)}]
    assert EXPECTED["times"] == (at(30), at(40))
    assert EXPECTED["reactions"] == []
    assert EXPECTED["targets"] == 4 * ["whatsapp_cloud:109:1"]
    assert EXPECTED["file"][0] == "stored"
    assert EXPECTED["file"][2:] == ("media-1-0", "photo.png", "image/png")
    assert (EXPECTED["numbers"], EXPECTED["waiting"], EXPECTED["status"]) == ({None}, [], [("open", 0)])


@given(st.permutations(list(HAPPENED)), st.lists(st.sampled_from(list(HAPPENED)), max_size=4))
@settings(max_examples=150)
def test_in_any_order_with_any_repetition_it_ends_the_same(order: list[str], again: list[str]) -> None:
    assert _applied((*order, *again)) == EXPECTED


@given(st.permutations([name for name in HAPPENED if name not in ("stored", "failed")]), st.data())
@settings(max_examples=60)
def test_in_any_batches_it_ends_the_same(order: list[str], choices: st.DataObject) -> None:
    store = MemoryDeskStore()
    fetched(store, HAPPENED["stored"], HAPPENED["failed"])
    left = [HAPPENED[name] for name in order]
    while left:
        size = choices.draw(st.integers(1, len(left)))
        apply(store, *left[:size])
        left = left[size:]
    final = _final(store)
    assert final | {"of": (final["of"][0], final["of"][2])} == EXPECTED


def test_edits_count_by_their_time_and_every_version_is_kept(store: MemoryDeskStore) -> None:
    edits = [edit(str(n), "provider.0", f"version {n}", 10 * n) for n in range(1, 4)]
    for number, order in enumerate(itertools.permutations(edits)):
        store = MemoryDeskStore()
        apply(store, message("0", text="version 0"), *order[:1])
        apply(store, *order[1:])
        shown = said(store, "0")
        assert (shown["text"], shown["edited_at"]) == ("version 3", at(30)), number
        assert [(each["text"], each["at"]) for each in shown["versions"]] == [
            (f"version {n}", at(10 * n)) for n in range(3)
        ]


def test_an_older_reaction_that_comes_late_changes_nothing(store: MemoryDeskStore) -> None:
    apply(store, message("1"), reaction("2", "provider.1", "❤", 20))
    apply(store, reaction("3", "provider.1", "👍", 10))
    assert emojis(said(store, "1")) == ["❤"]
    apply(store, reaction("4", "provider.1", "", 15))
    assert emojis(said(store, "1")) == ["❤"]


# --- who may change what


def test_a_customer_can_not_edit_or_revoke_what_the_desk_wrote(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    answer(store, "s1", "Ciao")
    report(store, changed("s1", "sent", provider_message_ids=["provider.out"]))
    apply(store, edit("2", "provider.out", "forged", 5), revoke("3", "provider.out", 6))
    reply = store.collections["messages"]["s1"]
    assert (reply["text"], reply["edited_at"], reply["revoked_at"]) == ("Ciao", None, None)
    assert said(store, "2")["target_id"] is None


def test_what_is_about_a_message_of_another_conversation_has_no_effect_there(store: MemoryDeskStore) -> None:
    apply(store, message("1"), reaction("2", "provider.1", "👍", sender=OTHER))
    assert emojis(said(store, "1")) == []
    assert (said(store, "2")["target_id"], said(store, "2")["target"]) == (None, "provider.1")


def test_two_customers_reactions_do_not_disturb_each_other_and_the_desk_has_one(
    store: MemoryDeskStore,
) -> None:
    apply(store, message("1"), reaction("2", "provider.1", "👍"))
    target = store.load_messages(["whatsapp_cloud:109:1"])["whatsapp_cloud:109:1"]
    for position, who in enumerate((BRUNO, BRUNO)):
        target.react(Reaction("✅" if position else "👀", who, at(position), f"r{position}"))
    changes = Changes()
    changes.touch(target)
    store.save(changes)
    assert emojis(said(store, "1")) == ["👍", "✅"]


@pytest.mark.parametrize("together", [True, False])
def test_what_is_about_a_reaction_is_about_nothing(store: MemoryDeskStore, together: bool) -> None:
    events = [message("1"), reaction("2", "provider.1", "👍"), edit("3", "provider.2", "x", 5)]
    for batch in [events] if together else [[event] for event in events]:
        apply(store, *batch)
    assert (said(store, "2")["text"], said(store, "3")["target_id"]) == ("👍", None)


# --- an answer's reactions


@pytest.mark.parametrize("reaction_first", [False, True])
def test_a_reaction_to_an_answer_finds_it_also_before_the_answers_receipt(
    store: MemoryDeskStore, reaction_first: bool
) -> None:
    apply(store, message("1"))
    answer(store, "s1")
    events = [
        lambda: report(store, changed("s1", "sent", provider_message_ids=["part.1", "part.2"])),
        lambda: apply(store, reaction("2", "part.2", "👍", 9)),
    ]
    for event in reversed(events) if reaction_first else events:
        event()
    assert emojis(store.collections["messages"]["s1"]) == ["👍"]
    assert said(store, "2")["target_id"] == "s1"
    assert "waits_for" not in said(store, "2")
    report(store, changed("s1", "read", provider_message_ids=["part.1", "part.2"]))
    assert store.collections["messages"]["s1"]["delivery"]["state"] == "read"
    assert emojis(store.collections["messages"]["s1"]) == ["👍"]


# --- tickets


@pytest.mark.parametrize(
    ("event", "status", "after"),
    [
        (reaction("2", "provider.1", "👍"), "waiting_for_response", "customer_responded"),
        (reaction("2", "provider.1", "👍"), "open", "open"),
        (reaction("2", "provider.unknown", "👍"), "waiting_for_response", "customer_responded"),
        (reaction("2", "provider.1", "👍"), "closed", "closed"),
        (reaction("2", "provider.1", ""), "waiting_for_response", "waiting_for_response"),
        (edit("2", "provider.1", "other"), "waiting_for_response", "waiting_for_response"),
        (edit("2", "provider.1", "other"), "closed", "closed"),
        (revoke("2", "provider.1"), "waiting_for_response", "waiting_for_response"),
        (revoke("2", "provider.1"), "closed", "closed"),
        (number_change("2", OTHER), "waiting_for_response", "waiting_for_response"),
        (number_change("2", OTHER), "closed", "closed"),
    ],
)
def test_only_an_emoji_on_an_open_ticket_counts_as_an_answer(
    store: MemoryDeskStore, event: Event, status: str, after: str
) -> None:
    apply(store, message("1"))
    move(store, status)
    known = len(facts(store))
    apply(store, event, now=at(60))
    ticket = only(store, "tickets")
    assert (ticket["status"], ticket["comments_count"]) == (after, 0)
    placed = said(store, "2")
    assert (placed["ticket_id"], placed["part"], placed["number"]) == (ticket["_id"], None, None)
    answered = ticket_fact.CUSTOMER_REPLIED in facts(store)[known:]
    assert answered == (event.data.kind == "reaction" and event.data.text == "👍" and status != "closed")


@pytest.mark.parametrize(
    "event",
    [
        reaction("1", "provider.0", "👍"),
        edit("1", "provider.0", "other"),
        revoke("1", "provider.0"),
        number_change("1", OTHER),
        echo("1"),
    ],
)
def test_nothing_but_a_message_of_the_customer_opens_a_ticket(store: MemoryDeskStore, event: Event) -> None:
    apply(store, event)
    assert store.collections["tickets"] == {}
    assert said(store, "1")["ticket_id"] is None
    assert only(store, "conversations")["recipient"]["address"] != ""
    apply(store, message("9"))
    assert only(store, "tickets")["number"] == "TT1"


def test_an_unknown_targets_edit_is_kept_with_its_text(store: MemoryDeskStore) -> None:
    apply(store, message("1"), edit("2", "provider.lost", "what I meant"))
    kept = said(store, "2")
    assert (kept["kind"], kept["text"], kept["target_id"]) == ("edit", "what I meant", None)
    assert kept["ticket_id"] == only(store, "tickets")["_id"]


# --- echoes


def test_what_the_business_writes_on_its_phone_is_a_comment_of_the_ticket(store: MemoryDeskStore) -> None:
    apply(store, message("1", occurred=at(-100), received=at(-99)))
    apply(store, echo("2", "we are on it", 5), now=at(6))
    shown, ticket = said(store, "2"), only(store, "tickets")
    assert (shown["direction"], shown["part"], shown["number"]) == ("out", "comment", 1)
    assert shown["author"] == {"kind": "phone", "id": None, "name": "WhatsApp app"}
    assert (shown["delivery"], shown["provider_message_ids"]) == (None, ["provider.2"])
    assert (ticket["status"], ticket["last_customer_message_at"]) == ("waiting_for_response", at(-100))
    assert only(store, "conversations")["last_inbound_at"] == at(-100)
    assert facts(store)[-2:] == [ticket_fact.STATUS_CHANGED, ticket_fact.AGENT_REPLIED]


def test_an_echo_on_a_closed_ticket_leaves_it_closed(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    move(store, "closed")
    apply(store, echo("2"))
    ticket = only(store, "tickets")
    assert (ticket["status"], ticket["comments_count"]) == ("closed", 1)
    assert said(store, "2")["ticket_id"] == ticket["_id"]


def test_after_an_echo_alone_the_customer_may_not_be_written_to_freely(store: MemoryDeskStore) -> None:
    apply(store, echo("1"))
    (conversation,) = store.load_inbound([f"whatsapp:{ANNA}"], ["whatsapp-main"]).conversations.values()
    assert not conversation.window_open(NOW)
    apply(store, message("2"))
    (conversation,) = store.load_inbound([f"whatsapp:{ANNA}"], ["whatsapp-main"]).conversations.values()
    assert conversation.window_open(NOW)


def test_the_business_edits_and_revokes_its_own_echoes(store: MemoryDeskStore) -> None:
    apply(store, message("1"), echo("2", "we are on ti"))
    apply(store, edit("3", "provider.2", "we are on it", 9, direction="out"))
    apply(store, revoke("4", "provider.2", 12, direction="out"))
    assert (said(store, "2")["text"], said(store, "2")["revoked_at"]) == ("we are on it", at(12))


# --- who it is


def test_a_changed_number_is_the_same_contact_and_the_same_conversation(store: MemoryDeskStore) -> None:
    apply(store, message("1"))
    apply(store, number_change("2", OTHER, seconds=10))
    assert only(store, "conversations")["recipient"] == {
        "kind": "whatsapp",
        "address": OTHER.removeprefix("+"),
        "name": "Anna",
    }
    assert only(store, "conversations")["last_inbound_at"] == NOW
    apply(store, message("3", sender=OTHER, occurred=at(20)))
    assert {each["key"] for each in only(store, "contacts")["identities"]} == {
        f"whatsapp:{ANNA}",
        f"whatsapp:{OTHER}",
    }
    assert only(store, "tickets")["comments_count"] == 1
    assert said(store, "3")["conversation_id"] == said(store, "1")["conversation_id"]


def test_a_changed_user_id_is_added_to_the_contact(store: MemoryDeskStore) -> None:
    old, new = Identity("whatsapp_user", "IT.1", "IT.1"), Identity("whatsapp_user", "IT.2", "IT.2")
    apply(store, message("1", sender=[old]))
    apply(store, message("2", kind="system", sender=[new, old], text="id changed", window=None))
    apply(store, message("3", sender=[new]))
    assert only(store, "tickets")["comments_count"] == 1
    assert [each["value"] for each in only(store, "contacts")["identities"]] == ["IT.1", "IT.2"]


def test_a_reaction_moves_the_window_and_an_edit_does_not(store: MemoryDeskStore) -> None:
    apply(store, message("1", occurred=at(-1000), received=at(-1000)))
    apply(store, edit("2", "provider.1", "x", -500))
    assert only(store, "conversations")["last_inbound_at"] == at(-1000)
    assert only(store, "conversations")["reply_window_seconds"] == 86_400
    apply(store, reaction("3", "provider.1", "👍", -100))
    assert only(store, "conversations")["last_inbound_at"] == at(-100)


def test_quoted_and_referred_messages_are_ordinary_ones(store: MemoryDeskStore) -> None:
    referral = {"referral": {"source_url": "https://fb.me/1", "headline": "Offer"}}
    apply(store, message("1", content=referral, reply_to="provider.0"))
    assert (said(store, "1")["content"], said(store, "1")["reply_to"]) == (referral, "provider.0")
    assert only(store, "tickets")["number"] == "TT1"
