"""However the broker cuts, repeats and mixes what it brings, the desk ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import apply, at, counting_ids, message, phone, scoped
from tests.ticket_service.building_whatsapp import remote_file

PEOPLE = [
    [phone("+393350000001")],
    [phone("+393350000001"), scoped("IT.1")],
    [scoped("IT.1")],
    [phone("+393350000002")],
    [scoped("IT.3"), phone("+393350000003")],
    [phone("+393350000003")],
]
AUTOMATIC = {"whatsapp-quiet": False}

Said = tuple[int, str, str, int, str, int]

SAID = st.tuples(
    st.integers(0, len(PEOPLE) - 1),
    st.sampled_from(["whatsapp-main", "whatsapp-main", "whatsapp-quiet"]),
    st.sampled_from(["", "Anna", "Bruno"]),
    st.integers(-100_000, 100_000),
    st.sampled_from(
        ["text", "text", "text", "image", "reaction", "removal", "edit", "revoke", "echo", "system"]
    ),
    st.integers(0, 24),
)


def events(said: Sequence[Said]) -> list[Event]:
    """What people say; whatever is about a message may be about a later one, its own or none at all."""
    return [_event(n, *each) for n, each in enumerate(said)]


def _event(n: int, person: int, channel: str, name: str, seconds: int, what: str, target: int) -> Event:
    more: dict[str, Any] = {}
    if what in ("reaction", "removal"):
        more = {"target": f"provider.{target}", "content": {"emoji": "👍" if what == "reaction" else ""}}
    elif what in ("edit", "revoke"):
        more = {"target": f"provider.{target}", "window": None}
    elif what == "echo":
        more = {"direction": "out", "window": None}
    elif what == "system":
        more = {"window": None}
    elif what == "image":
        more = {"attachments": [remote_file(str(n), 0), remote_file(str(n), 1)]}
    kind = {"removal": "reaction", "echo": "text"}.get(what, what)
    return message(
        str(n),
        sender=PEOPLE[person],
        channel=channel,
        name=name,
        occurred=at(seconds),
        text=f"#{n}",
        kind=kind,
        **more,
    )


def state(store: MemoryDeskStore) -> dict[str, Any]:
    """All the desk has, without what says how many steps it took: versions, and the outbox' own ids."""
    seen: dict[str, Any] = {
        name: {key: {**document, "version": None} for key, document in documents.items()}
        for name, documents in store.collections.items()
        if name != "outbox" and documents
    }
    outbox = [decode(document["body"]) for document in store.collections["outbox"].values()]
    return seen | {"outbox": [(event.id, event.type, event.data) for event in outbox]}


def applied(batches: Sequence[Sequence[Event]]) -> dict[str, Any]:
    store, new_id = MemoryDeskStore(), counting_ids()
    for batch in batches:
        if batch:
            apply(store, *batch, new_id=new_id, automatic=AUTOMATIC)
    return state(store)


@given(st.lists(SAID, min_size=1, max_size=25), st.data())
@settings(max_examples=100)
def test_any_cut_into_batches_with_any_repetition_ends_as_one_by_one(
    said: list[Said], choices: st.DataObject
) -> None:
    fresh = events(said)
    batches: list[list[Event]] = []
    taken = 0
    while taken < len(fresh):
        size = choices.draw(st.integers(1, len(fresh) - taken))
        again = choices.draw(st.lists(st.sampled_from(fresh[: taken + size]), max_size=3))
        batches.append(_mixed(fresh[taken : taken + size], again, choices))
        taken += size
    assert applied(batches) == applied([[event] for event in fresh])


def _mixed(fresh: list[Event], again: list[Event], choices: st.DataObject) -> list[Event]:
    """Repetitions anywhere behind what they repeat: the broker keeps the order, it only says things twice."""
    batch = list(fresh)
    for event in again:
        first = batch.index(event) + 1 if event in batch else 0
        batch.insert(choices.draw(st.integers(first, len(batch))), event)
    return batch


@given(st.lists(SAID, min_size=1, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_how_conversations_are_mixed_changes_no_conversation(said: list[Said], random: Any) -> None:
    fresh = [event for event in events(said) if len(event.data.sender.identities) == 1]
    by_sender: dict[str, list[Event]] = {}
    for event in fresh:
        by_sender.setdefault(event.data.contact_key, []).append(event)
    mixed: list[Event] = []
    queues = [list(queue) for queue in by_sender.values()]
    while queues:
        queue = random.choice(queues)
        mixed.append(queue.pop(0))
        queues = [each for each in queues if each]
    assert _by_conversation(mixed) == _by_conversation(fresh)


def _by_conversation(order: Sequence[Event]) -> dict[str, Any]:
    store = MemoryDeskStore()
    if order:
        apply(store, *order, automatic=AUTOMATIC)
    keys = {each["_id"]: each["contact_key"] for each in store.collections["conversations"].values()}
    seen: dict[str, Any] = {key: [] for key in keys.values()}
    for each in store.collections["messages"].values():
        seen[keys[each["conversation_id"]]].append((each["text"], each["part"], each["number"]))
    for each in store.collections["conversations"].values():
        seen[each["contact_key"]].append((each["recipient"], each["last_inbound_at"]))
    return seen
