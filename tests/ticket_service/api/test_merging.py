"""Merging over REST, and against messages that come at the same moment."""

from __future__ import annotations

import threading

import pytest

from services.ticket_service.acting import Desk
from services.ticket_service.apply import apply_messages
from services.ticket_service.store import collections as names
from services.ticket_service.store.mongo import MongoDeskStore
from shared.runtime.ids import new_id
from tests.ticket_service.api.rig import Rig, inbound

pytestmark = pytest.mark.integration
ANNA, BEA = "+393351032246", "+393351032247"


def texts(rig: Rig, number: str) -> list[tuple[int | None, str]]:
    items = rig.get(f"/tickets/{number}/actions?limit=100").get_json()["items"]
    return sorted(((each["number"], each["text"]) for each in items), key=lambda each: each[0] or 0)


def test_the_survivor_has_it_all_and_the_merged_ticket_says_where(rig: Rig) -> None:
    one, two = rig.hear("a0", phone=ANNA), rig.hear("b0", phone=BEA)
    rig.hear("b1", phone=BEA)
    rig.change(f"/tickets/{two}", {"tags": ["billing"], "cc": ["c@example.org"]})
    done = rig.post(f"/tickets/{two}/merge", {"into": one}, key="k")
    assert done.status_code == 200
    survivor = done.get_json()
    assert (survivor["number"], survivor["tags"], survivor["cc"]) == (one, ["billing"], ["c@example.org"])
    assert texts(rig, one) == [(None, "a0"), (1, "b0"), (2, "b1")]
    assert rig.get(f"/tickets/{two}").get_json()["merged_into"] == one
    again = rig.post(f"/tickets/{two}/merge", {"into": one}, key="k")
    assert (again.headers["Idempotency-Replayed"], again.get_json()) == ("true", survivor)


@pytest.mark.parametrize("path", ["notes", "replies"])
def test_nothing_more_is_said_on_a_merged_ticket(rig: Rig, path: str) -> None:
    one, two = rig.hear(phone=ANNA), rig.hear(phone=BEA)
    rig.post(f"/tickets/{two}/merge", {"into": one})
    refused = rig.post(f"/tickets/{two}/{path}", {"text": "hello"})
    assert (refused.status_code, refused.get_json()["merged_into"]) == (409, one)


@pytest.mark.parametrize(
    ("into", "status", "problem"),
    [("TT999", 422, "invalid"), ("itself", 422, "invalid"), ("internal", 409, "merge-into-internal")],
)
def test_what_cannot_be_merged(rig: Rig, into: str, status: int, problem: str) -> None:
    one, two = rig.hear(phone=ANNA), rig.hear(phone=BEA)
    if into == "internal":
        rig.change(f"/tickets/{two}", {"type": "internal"})
    target = {"itself": one, "internal": two}.get(into, into)
    refused = rig.post(f"/tickets/{one}/merge", {"into": target})
    assert refused.status_code == status
    assert refused.get_json()["type"].endswith(problem)
    assert rig.get(f"/tickets/{one}").get_json()["merged_into"] is None


def test_messages_that_come_while_tickets_are_merged_are_neither_lost_nor_left_behind(rig: Rig) -> None:
    """Both customers write on while one ticket is merged into the other."""
    one, two = rig.hear("a0", phone=ANNA), rig.hear("b0", phone=BEA)
    before = rig.db[names.TICKETS].count_documents({})
    go, failed = threading.Barrier(4), []

    def write(phone: str, name: str) -> None:
        store = MongoDeskStore(rig.db.client, rig.db)
        go.wait()
        try:
            for count in range(10):
                event = inbound(f"{name}{count + 1}", phone, at=rig.clock.now)
                apply_messages([event], Desk(store, rig.clock, new_id), {})
        except Exception as error:
            failed.append(error)

    def react() -> None:
        store = MongoDeskStore(rig.db.client, rig.db)
        go.wait()
        for _ in range(5):
            event = inbound("", BEA, at=rig.clock.now, kind="system")
            apply_messages([event], Desk(store, rig.clock, new_id), {})

    writers = [
        threading.Thread(target=write, args=(ANNA, "a")),
        threading.Thread(target=write, args=(BEA, "b")),
        threading.Thread(target=react),
    ]
    for writer in writers:
        writer.start()
    go.wait()
    assert rig.post(f"/tickets/{two}/merge", {"into": one}).status_code == 200
    for writer in writers:
        writer.join()
    assert failed == []
    survivor = rig.db[names.TICKETS].find_one({"number": one}) or {}
    merged = rig.db[names.TICKETS].find_one({"number": two}) or {}
    said = list(rig.db[names.MESSAGES].find({"ticket_id": survivor["_id"], "kind": "text"}))
    assert {each["text"] for each in said} == {f"{name}{count}" for name in "ab" for count in range(11)}
    numbers = sorted(each["number"] for each in said if each["number"] is not None)
    assert numbers == list(range(1, 22))
    assert survivor["comments_count"] == 21
    assert rig.db[names.MESSAGES].count_documents({"ticket_id": merged["_id"]}) == 0
    assert rig.db[names.TICKETS].count_documents({}) == before
