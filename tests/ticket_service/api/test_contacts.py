"""Contacts, organizations and notes over REST, made and changed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
DANIELE = {
    "name": "Daniele Asmònti",
    "language": "it",
    "job_title": "Chef",
    "identities": [
        {"kind": "whatsapp", "value": "+39 335 103 2246"},
        {"kind": "email", "value": "Daniele@Acme.example"},
    ],
}


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].removeprefix("urn:sportello:problem:")


def test_who_was_added_by_hand_is_recognised_when_they_write(rig: Rig) -> None:
    made = rig.post("/contacts", DANIELE, key="k")
    assert made.status_code == 201
    contact = made.get_json()
    assert (contact["stage"], contact["language"], contact["job_title"]) == ("contact", "it", "Chef")
    assert contact["identities"][0] == {
        "kind": "whatsapp",
        "value": "+393351032246",
        "address": "393351032246",
    }
    number = rig.hear(phone="+393351032246", name="dani")
    assert rig.get(f"/tickets/{number}").get_json()["requester"]["id"] == contact["id"]
    assert rig.post("/contacts", DANIELE, key="k").get_json() == contact
    again = rig.post("/contacts", DANIELE)
    assert (problem(again), again.get_json()["owner"]) == ((409, "taken"), contact["id"])


def test_several_contacts_may_have_no_identity_at_all(rig: Rig) -> None:
    for name in ("Anna", "Bruno"):
        assert rig.post("/contacts", {"name": name}).status_code == 201


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("daniele", True),
        ("DANI asmonti", True),
        ("1032", True),
        ("335 103 2246", True),
        ("+393351032246", True),
        ("daniele@acme", True),
        ("bruno", False),
        ("9999", False),
        ("!!", False),
    ],
)
def test_contacts_are_found_by_words_and_parts_of_numbers(rig: Rig, query: str, found: bool) -> None:
    rig.post("/contacts", DANIELE)
    rig.post("/contacts", {"name": "Anna"})
    shown = rig.get("/contacts", query_string={"q": query}).get_json()["items"]
    assert [each["name"] for each in shown] == (["Daniele Asmònti"] if found else [])


def test_an_identity_is_added_and_taken_away(rig: Rig) -> None:
    rig.hear(phone="+393330000001")
    other = rig.get("/contacts").get_json()["items"][0]
    path = f"/contacts/{rig.post('/contacts', {'name': 'Anna'}).get_json()['id']}"
    taken = rig.post(f"{path}/identities", {"kind": "whatsapp", "value": "+39 333 0000001"})
    assert (problem(taken), taken.get_json()["owner"]) == ((409, "taken"), other["id"])
    assert rig.post(f"{path}/identities", {"kind": "phone", "value": "12"}).status_code == 422
    assert rig.post(f"{path}/identities", {"kind": "bsuid", "value": "x"}).status_code == 422
    added = rig.post(f"{path}/identities", {"kind": "whatsapp", "value": "+39 333 0000002"})
    assert (added.status_code, len(added.get_json()["identities"])) == (201, 1)
    etag = {"If-Match": rig.get(path).headers["ETag"]}
    gone = f"{path}/identities/whatsapp/+393330000002"
    assert rig.call("DELETE", gone).status_code == 428
    assert rig.call("DELETE", gone, headers=etag).get_json()["identities"] == []
    etag = {"If-Match": rig.get(path).headers["ETag"]}
    assert rig.call("DELETE", gone, headers=etag).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"stage": "boss"}, "stage"),
        ({"language": "Italian"}, "language"),
        ({"organization": "none"}, "organization"),
        ({"identities": [{"kind": "phone", "value": "12"}]}, "identities.0.value"),
        ({"identities": [{"kind": "fax", "value": "+39061234567"}]}, "identities.0.kind"),
    ],
)
def test_wrong_values_name_their_field_and_make_nobody(rig: Rig, wrong: dict[str, Any], field: str) -> None:
    refused = rig.post("/contacts", {**DANIELE, **wrong})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == [field]
    assert rig.db["contacts"].count_documents({}) == 0


def test_a_contact_belongs_to_the_organization_of_its_mail_domain(rig: Rig) -> None:
    acme = rig.post("/organizations", {"name": "Acme", "domains": ["ACME.example"]}).get_json()
    assert acme["domains"] == ["acme.example"]
    assert rig.post("/contacts", DANIELE).get_json()["organization"] == acme["id"]
    assert len(rig.get(f"/contacts?organization={acme['id']}").get_json()["items"]) == 1
    other = rig.post("/organizations", {"name": "Other", "domains": ["acme.example"]})
    assert (problem(other), other.get_json()["owner"]) == ((409, "taken"), acme["id"])
    path = f"/organizations/{acme['id']}"
    in_use = rig.call("DELETE", path, headers={"If-Match": rig.get(path).headers["ETag"]})
    assert problem(in_use) == (409, "in-use")
    assert rig.change(path, {"active": False}).get_json()["active"] is False
    assert [each["name"] for each in rig.get("/organizations?q=acm").get_json()["items"]] == ["Acme"]
    assert rig.get("/organizations?active=true").get_json()["items"] == []
    assert rig.post("/organizations", {"name": "X", "domains": ["not a domain"]}).status_code == 422


def test_notes_are_written_corrected_by_their_author_and_taken_away(rig: Rig) -> None:
    organization = rig.post("/organizations", {"name": "Acme"}).get_json()["id"]
    contact = rig.post("/contacts", {"name": "Anna"}).get_json()["id"]
    for owner in (f"/organizations/{organization}", f"/contacts/{contact}"):
        note = rig.post(f"{owner}/notes", {"text": "Calls after 17."}).get_json()
        path = f"{owner}/notes/{note['id']}"
        edited = rig.change(path, {"text": "Calls after 18."}).get_json()
        assert (edited["text"], edited["edited_at"] is None) == ("Calls after 18.", False)
        etag = {"If-Match": rig.get(path).headers["ETag"]}
        theirs = rig.call("PATCH", path, json={"text": "x"}, headers=etag, token=OTHER_TOKEN)
        assert problem(theirs) == (403, "not-yours")
        assert rig.call("DELETE", path, headers=etag).status_code == 204
        assert rig.get(f"{owner}/notes").get_json()["items"] == []
        assert rig.get(path).status_code == 404
    assert rig.post("/contacts/nobody/notes", {"text": "x"}).status_code == 404


def test_who_changed_a_contact_is_kept_but_not_what_names_the_person(rig: Rig) -> None:
    contact = rig.post("/contacts", DANIELE).get_json()["id"]
    rig.change(f"/contacts/{contact}", {"stage": "lead", "name": "Dani"})
    rig.change(f"/contacts/{contact}", {"stage": "lead"})
    rig.post(f"/contacts/{contact}/identities", {"kind": "email", "value": "dani@example.org"})
    entries = rig.get(f"/contacts/{contact}/history", token=OTHER_TOKEN).get_json()["items"]
    told = [
        (each["action"], {c["field"]: (c["before"], c["after"]) for c in each["changes"]}) for each in entries
    ]
    hidden = ("(hidden)", "(hidden)")
    assert told == [
        ("changed", {"identities": hidden}),
        ("changed", {"stage": ("contact", "lead"), "name": hidden}),
        ("created", {}),
    ]
    assert {each["who"]["name"] for each in entries} == {"anna"}
    assert rig.get("/contacts/0197f3c1-11aa-7c3e-9a44-52f0f1b7d003/history").status_code == 404


def test_the_changes_of_an_organization_are_kept(rig: Rig) -> None:
    made = rig.post("/organizations", {"name": "Acme"}).get_json()["id"]
    rig.change(f"/organizations/{made}", {"domains": ["acme.example"]})
    entries = rig.get(f"/organizations/{made}/history", token=OTHER_TOKEN).get_json()["items"]
    assert [each["action"] for each in entries] == ["changed", "created"]
    (change,) = entries[0]["changes"]
    assert (change["field"], change["after"]) == ("domains", "acme.example")


def test_a_contact_is_found_by_exactly_its_address(rig: Rig) -> None:
    luca = {"name": "Luca", "identities": [{"kind": "email", "value": "luca@bianchi.example"}]}
    other = {"name": "Gianluca", "identities": [{"kind": "email", "value": "gianluca@bianchi.example"}]}
    found = rig.post("/contacts", luca).get_json()
    rig.post("/contacts", other)
    for identity in ("email:luca@bianchi.example", "email: Luca@Bianchi.example"):
        listed = rig.get("/contacts", query_string={"identity": identity}).get_json()["items"]
        assert [each["id"] for each in listed] == [found["id"]]
    assert rig.get("/contacts?identity=bsuid:none").get_json()["items"] == []
    assert rig.get("/contacts?identity=email:nobody").status_code == 422
