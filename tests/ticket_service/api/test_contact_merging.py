"""Merging contacts over REST, with everything that is theirs, also while they write; and undoing it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration
ANNA_PHONE, BOB_PHONE = "+393351000001", "+393351000002"


def contact(rig: Rig, phone: str) -> str:
    found: dict[str, Any] = rig.db["contacts"].find_one({"identities.value": phone}) or {}
    return str(found["_id"])


def merge(rig: Rig, other: str, into: str) -> Any:
    return rig.post(f"/contacts/{other}/merge", {"into": into})


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].removeprefix("urn:sportello:problem:")


def picture(rig: Rig) -> dict[str, Any]:
    """What a person sees of everybody, whatever counts the saves."""
    unseen = {"updated_at", "version", "joined_from"}
    kinds = ("contacts", "conversations", "tickets", "messages", "notes")
    return {
        kind: [
            {name: value for name, value in each.items() if name not in unseen and value is not None}
            for each in rig.db[kind].find().sort("_id", 1)
        ]
        for kind in kinds
    }


def two_people(rig: Rig) -> tuple[str, str]:
    rig.hear("Sono Anna", phone=ANNA_PHONE, name="Anna")
    rig.clock.forward(minutes=1)
    rig.hear("Sono ancora Anna", phone=BOB_PHONE, name="A. Rossi")
    rig.hear("E sull'altro numero", phone=BOB_PHONE, channel_id="whatsapp-two")
    anna, bob = contact(rig, ANNA_PHONE), contact(rig, BOB_PHONE)
    rig.change(f"/contacts/{bob}", {"job_title": "Chef"})
    rig.post(f"/contacts/{bob}/notes", {"text": "Calls after 17."})
    return anna, bob


def test_everything_moves_and_an_undo_restores_it_exactly(rig: Rig) -> None:
    anna, bob = two_people(rig)
    before = picture(rig)
    done = merge(rig, bob, anna).get_json()
    moved = ("identities", "conversations", "tickets", "notes")
    assert [done[name] for name in moved] == [1, 2, 2, 1]
    survivor = rig.get(f"/contacts/{anna}").get_json()
    assert {each["value"] for each in survivor["identities"]} == {ANNA_PHONE, BOB_PHONE}
    assert (survivor["name"], survivor["job_title"]) == ("Anna", "Chef")
    assert rig.get(f"/contacts/{bob}").get_json()["merged_into"] == anna
    assert [each["id"] for each in rig.get("/contacts").get_json()["items"]] == [anna]
    talks = rig.get(f"/conversations?contact={anna}").get_json()["items"]
    assert len(talks) == 2
    main = next(each for each in talks if each["channel"] == "whatsapp-main")
    said = rig.get(f"/conversations/{main['id']}/messages").get_json()["items"]
    assert [each["text"] for each in said] == ["Sono Anna", "Sono ancora Anna"]
    assert {each["requester"]["id"] for each in rig.get("/tickets").get_json()["items"]} == {anna}
    assert rig.get(f"/contacts/{anna}/notes").get_json()["items"][0]["text"] == "Calls after 17."
    undone = rig.post(f"/contacts/{anna}/merges/{done['id']}/undo", None)
    assert undone.get_json()["undone_at"] is not None
    assert picture(rig) == before


def test_a_customer_of_two_numbers_is_one_person_from_then_on(rig: Rig) -> None:
    anna, bob = two_people(rig)
    theirs = rig.get(f"/tickets?requester={bob}").get_json()["items"][0]["number"]
    merge(rig, bob, anna)
    rig.clock.forward(minutes=1)
    number = rig.hear("Ancora io", phone=ANNA_PHONE)
    assert rig.hear("E da qui", phone=BOB_PHONE) == number
    reply = rig.post(f"/tickets/{number}/replies", {"text": "Salve"})
    assert reply.status_code == 201
    assert rig.requested()[-1].recipient.address == BOB_PHONE.lstrip("+"), "who wrote last is answered"
    assert rig.post(f"/tickets/{theirs}/replies", {"text": "Eccomi"}).status_code == 201


def test_what_was_said_on_tickets_that_go_back_goes_with_them(rig: Rig) -> None:
    rig.hear("Sono Anna", phone=ANNA_PHONE)
    number = rig.hear("Sono Bob", phone=BOB_PHONE, at=rig.clock.now)
    anna, bob = contact(rig, ANNA_PHONE), contact(rig, BOB_PHONE)
    done = merge(rig, bob, anna).get_json()
    rig.post(f"/tickets/{number}/replies", {"text": "Salve Bob"})
    rig.post(f"/contacts/{anna}/merges/{done['id']}/undo", None)
    (talk,) = rig.get(f"/conversations?contact={bob}").get_json()["items"]
    said = rig.get(f"/conversations/{talk['id']}/messages").get_json()["items"]
    assert [each["text"] for each in said] == ["Sono Bob", "Salve Bob"]
    assert rig.get(f"/tickets/{number}").get_json()["requester"]["id"] == bob
    assert rig.hear("Grazie", phone=BOB_PHONE) == number


def test_messages_that_come_during_a_merge_are_on_the_survivor(rig: Rig) -> None:
    anna, bob = two_people(rig)
    start = threading.Barrier(3)

    def write(channel: str) -> None:
        start.wait()
        for part in range(6):
            rig.hear(f"{channel} {part}", phone=BOB_PHONE, channel_id=channel)

    with ThreadPoolExecutor(3) as pool:
        # One of the channels is new to them: a conversation is made while the contact goes away.
        writers = [pool.submit(write, channel) for channel in ("whatsapp-main", "whatsapp-three")]
        start.wait()
        assert merge(rig, bob, anna).status_code == 200
        for writer in writers:
            writer.result()
    shells = {each["_id"] for each in rig.db["conversations"].find({"merged_into": {"$ne": None}})}
    assert rig.db["conversations"].count_documents({"contact_id": bob, "merged_into": None}) == 0
    assert rig.db["tickets"].count_documents({"requester_id": bob}) == 0
    assert rig.db["messages"].count_documents({"conversation_id": {"$in": list(shells)}}) == 0
    assert rig.db["messages"].count_documents({"direction": "in"}) == 3 + 12


@pytest.mark.parametrize("wrong", ["same", "unknown", "twice"])
def test_what_cannot_be_merged_is_refused(rig: Rig, wrong: str) -> None:
    anna, bob = two_people(rig)
    if wrong == "same":
        assert problem(merge(rig, anna, anna)) == (422, "invalid")
    elif wrong == "unknown":
        assert merge(rig, anna, "nobody").status_code == 404
    else:
        merge(rig, bob, anna)
        assert problem(merge(rig, bob, anna)) == (409, "not-in-use")
        assert problem(rig.change(f"/contacts/{bob}", {"name": "X"})) == (409, "not-in-use")


def test_merges_are_undone_from_the_last_and_not_for_ever(rig: Rig) -> None:
    anna, bob = two_people(rig)
    rig.hear("Terzo", phone="+393351000003")
    third = contact(rig, "+393351000003")
    first = merge(rig, bob, anna).get_json()["id"]
    rig.clock.forward(minutes=1)
    second = merge(rig, third, anna).get_json()["id"]
    early = rig.post(f"/contacts/{anna}/merges/{first}/undo", None)
    assert (problem(early), early.get_json()["merge"]) == ((409, "later-merge-first"), second)
    assert rig.post(f"/contacts/{anna}/merges/{second}/undo", None).status_code == 200
    assert problem(rig.post(f"/contacts/{anna}/merges/{second}/undo", None)) == (409, "not-in-effect")
    rig.clock.forward(days=30)
    assert problem(rig.post(f"/contacts/{anna}/merges/{first}/undo", None)) == (409, "undo-too-late")
    listed = rig.get(f"/contacts/{anna}/merges").get_json()["items"]
    assert [each["id"] for each in listed] == [second, first]
    assert rig.post(f"/contacts/{bob}/merges/{first}/undo", None).status_code == 404
