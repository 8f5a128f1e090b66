"""Contacts, conversations and settings over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ticket_service.api.rig import NOON, Rig

pytestmark = pytest.mark.integration


def test_a_lead_becomes_a_contact(rig: Rig) -> None:
    rig.hear(phone="+393351032246")
    (lead,) = rig.get("/contacts?stage=lead").get_json()["items"]
    assert (lead["name"], lead["stage"]) == ("Daniele Asmonti", "lead")
    path = f"/contacts/{lead['id']}"
    rig.clock.forward(minutes=1)
    contact = rig.change(path, {"stage": "contact", "name": "Daniele A."}).get_json()
    assert (contact["stage"], contact["name"]) == ("contact", "Daniele A.")
    assert contact["updated_at"] == "2025-02-27T12:01:00Z"
    assert rig.get("/contacts?stage=lead").get_json()["items"] == []
    assert rig.get("/contacts?stage=contact").get_json()["items"] == [contact]
    rig.hear(phone="+393351032246", name="dani!!")
    assert rig.get(path).get_json()["name"] == "Daniele A."


def test_a_contact_is_changed_only_as_it_was_read(rig: Rig) -> None:
    rig.hear()
    path = f"/contacts/{rig.get('/contacts').get_json()['items'][0]['id']}"
    etag = rig.get(path).headers["ETag"]
    assert rig.patch(path, {"name": "A"}, match=None).status_code == 428
    assert rig.patch(path, {"name": "A"}, match=etag).status_code == 200
    assert rig.patch(path, {"name": "B"}, match=etag).status_code == 412
    assert rig.change(path, {"stage": "customer"}).status_code == 422
    assert rig.change(path, {"name": " "}).status_code == 422
    assert rig.change(path, {}).status_code == 422
    assert rig.get("/contacts/nobody").status_code == 404
    assert rig.patch("/contacts/nobody", {"name": "A"}, match=etag).status_code == 404


def test_contacts_come_in_pages(rig: Rig) -> None:
    for _ in range(3):
        rig.hear()
    first = rig.get("/contacts?limit=2").get_json()
    second = rig.get("/contacts", query_string={"limit": 2, "cursor": first["next"]}).get_json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)


def test_a_conversation_says_how_long_the_desk_may_answer(rig: Rig) -> None:
    number = rig.hear(phone="+393351032246", at=NOON - timedelta(hours=1))
    (conversation,) = rig.get("/conversations").get_json()["items"]
    assert conversation["channel"] == "whatsapp-main"
    assert conversation["open_ticket"] == number
    assert conversation["contact"]["name"] == "Daniele Asmonti"
    assert conversation["window_open"] is True
    assert conversation["window_expires_at"] == "2025-02-28T11:00:00Z"
    path = f"/conversations/{conversation['id']}"
    assert rig.get(path).get_json() == conversation
    rig.clock.forward(hours=23)
    assert rig.get(path).get_json()["window_open"] is False
    assert rig.get("/conversations/none").status_code == 404
    assert rig.get("/conversations/none/messages").status_code == 404


def test_a_conversation_holds_both_sides(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone="+393351032246")
    rig.clock.forward(seconds=5)
    rig.post(f"/tickets/{number}/replies", {"text": "Salve"})
    conversation = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    said = rig.get(f"/conversations/{conversation}/messages").get_json()["items"]
    assert [(message["author"]["kind"], message["text"]) for message in said] == [
        ("customer", "Buongiorno"),
        ("agent", "Salve"),
    ]


def test_conversations_are_filtered_by_channel_and_contact(rig: Rig) -> None:
    rig.hear(phone="+391")
    rig.hear(phone="+391", channel_id="whatsapp-two")
    rig.hear(phone="+392")
    contact = rig.get("/conversations?channel=whatsapp-two").get_json()["items"][0]["contact"]["id"]
    assert len(rig.get("/conversations").get_json()["items"]) == 3
    assert len(rig.get(f"/conversations?contact={contact}").get_json()["items"]) == 2
    assert len(rig.get("/conversations?channel=whatsapp-main,whatsapp-two").get_json()["items"]) == 3


def test_the_statuses_are_listed_with_their_roles(rig: Rig) -> None:
    statuses = rig.get("/settings/statuses").get_json()["items"]
    assert [(status["key"], status["roles"]) for status in statuses] == [
        ("open", ["opening"]),
        ("waiting_for_response", ["waiting_customer"]),
        ("customer_responded", ["customer_replied"]),
        ("closed", ["closed"]),
    ]
