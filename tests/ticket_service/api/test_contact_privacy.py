"""A person gets a copy of all that is kept of them, and is forgotten when they ask for it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from services.ticket_service.wiring.jobs_people import erasing_job
from shared.contracts.attachment import RemoteFile, attachment_id
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
PHONE = "+393351032246"
MESSAGE = "whatsapp_cloud:1:wamid.F"
FILE = RemoteFile(attachment_id(MESSAGE, 0), "document", "m1", "text/plain", "Lettera di Daniele.txt")
SECRETS = ("Daniele", "3351032246", "spalla", "Asmonti", "Lettera", "Kneipp", "preferisce")


def finish(rig: Rig) -> int:
    services = rig.web.services
    return erasing_job(services.desk, rig.db, services.blobs)(rig.clock.now)


def a_person(rig: Rig) -> tuple[str, str]:
    """A customer with a ticket, an answer, a note, a file and a second identity; contact and number."""
    number = rig.hear("Mi fa male la spalla", phone=PHONE)
    rig.post(f"/tickets/{number}/replies", {"text": "Buongiorno Daniele"})
    rig.post(f"/tickets/{number}/notes", {"text": "Kneipp?"})
    rig.change(f"/tickets/{number}", {"title": "Spalla di Daniele"})
    contact = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
    rig.post(f"/contacts/{contact}/notes", {"text": "preferisce la mattina"})
    rig.post(f"/contacts/{contact}/identities", {"kind": "email", "value": "daniele@example.org"})
    rig.hear("", phone=PHONE, message_id="wamid.F", kind="document", attachments=[FILE])
    rig.fetched(MESSAGE, b"Lettera di Daniele", "text/plain", "Lettera di Daniele.txt")
    rig.post(f"/tickets/{number}/interventions", {"report": "Kneipp per Daniele"})
    rig.post(f"/tickets/{number}/time-entries", {"minutes": 5, "worked_on": "2025-02-27", "note": "Kneipp"})
    return contact, number


def kept(rig: Rig) -> dict[str, str]:
    """All that the desk's database says, by collection, but for what is emptied by itself within days."""
    aside = {"outbox", "idempotency", "tombstones", "webhook_deliveries"}
    names = [name for name in rig.db.list_collection_names() if name not in aside]
    return {name: str([*rig.db[name].find({}, {"_id": 0})]) for name in names}


def test_an_erased_person_is_nowhere_and_the_ticket_keeps_its_shape(rig: Rig) -> None:
    contact, number = a_person(rig)
    before = rig.get(f"/tickets/{number}").get_json()
    other = rig.hear("Un altro", phone="+393330000000", name="Bice")
    assert rig.blobs._blobs
    erased = rig.post(f"/contacts/{contact}/erase", None)
    assert (erased.status_code, erased.get_json()["state"]) == (202, "running")
    assert finish(rig) == 1
    assert finish(rig) == 0
    assert rig.get(f"/contacts/{contact}/erasure").get_json()["state"] == "done"
    for collection, said in kept(rig).items():
        for secret in SECRETS:
            assert secret not in said, (collection, secret)
    assert rig.blobs._blobs == {}
    ticket = rig.get(f"/tickets/{number}").get_json()
    same = ("number", "status", "created_at", "comments_count", "type", "channel")
    assert {name: ticket[name] for name in same} == {name: before[name] for name in same}
    assert len(rig.get(f"/tickets/{number}/actions").get_json()["items"]) == 4
    assert rig.get(f"/tickets/{number}/history").status_code == 200
    assert rig.get("/contacts?q=daniele").get_json()["items"] == []
    assert rig.get("/tickets?q=spalla").get_json()["items"] == []
    assert rig.get(f"/tickets/{other}").get_json()["requester"]["name"] == "Bice"
    (entry,) = rig.get("/audit?what=contact").get_json()["items"]
    assert (entry["action"], entry["subject"]) == ("erased", contact)


def test_what_was_erased_does_not_come_back(rig: Rig) -> None:
    contact, number = a_person(rig)
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    refused = rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"})
    assert (refused.status_code, refused.get_json()["type"].split(":")[-1]) == (409, "not-reachable")
    count = rig.db["messages"].count_documents({})
    assert rig.hear("", phone=PHONE, message_id="wamid.F", kind="document", attachments=[FILE]) == number
    assert rig.db["messages"].count_documents({}) == count, "a message that is delivered again is known"
    rig.fetched(MESSAGE, b"Lettera di Daniele", "text/plain", "Lettera di Daniele.txt")
    assert "Lettera" not in kept(rig)["attachments"]
    again = rig.hear("Sono tornato", phone=PHONE)
    assert again != number
    assert rig.get(f"/tickets/{again}").get_json()["requester"]["id"] != contact
    assert rig.post(f"/contacts/{contact}/erase", None).status_code == 409


def test_a_ticket_of_an_erased_person_can_still_be_worked_on(rig: Rig) -> None:
    contact, number = a_person(rig)
    talk = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    assert rig.post(f"/tickets/{number}/notes", {"text": "Done."}).status_code == 201
    assert rig.change(f"/tickets/{number}", {"status": "closed"}).status_code == 200
    assert rig.post(f"/conversations/{talk}/presence", {"sign": "read"}).status_code < 500
    assert PHONE.lstrip("+") not in str(rig.requested("ticket.closed"))


def test_who_was_merged_into_an_erased_person_is_erased_as_well(rig: Rig) -> None:
    contact, _ = a_person(rig)
    rig.hear("Dall'altro telefono", phone="+393331112222", name="Daniele bis")
    other = rig.db["contacts"].find_one({"identities.value": "+393331112222"}) or {}
    rig.post(f"/contacts/{other['_id']}/merge", {"into": contact})
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    for collection, said in kept(rig).items():
        for secret in (*SECRETS, "3331112222", "telefono"):
            assert secret not in said, (collection, secret)


def test_a_person_gets_a_copy_of_everything(rig: Rig) -> None:
    contact, number = a_person(rig)
    rig.hear("Un altro", phone="+393330000000", name="Bice")
    answer = rig.get(f"/contacts/{contact}/export")
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    parts: dict[str, Any] = {
        name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")
    }
    assert [each["number"] for each in parts["tickets.json"]] == [number]
    said = [each["text"] for each in parts["messages.json"]]
    assert {"Mi fa male la spalla", "Buongiorno Daniele", "Kneipp?"} <= set(said)
    assert parts["notes.json"][0]["text"] == "preferisce la mattina"
    assert len(parts["contacts.json"][0]["identities"]) == 2
    (file,) = [name for name in archive.namelist() if name.startswith("files/")]
    assert archive.read(file) == b"Lettera di Daniele"
    assert "Bice" not in str(parts)
    (entry,) = rig.get("/audit?what=contact").get_json()["items"]
    assert entry["action"] == "exported"


def test_only_those_with_the_permission_export_and_erase(rig: Rig) -> None:
    contact, _ = a_person(rig)
    assert rig.get(f"/contacts/{contact}/export", token=OTHER_TOKEN).status_code == 403
    assert rig.post(f"/contacts/{contact}/erase", None, token=OTHER_TOKEN).status_code == 403
    assert rig.get("/contacts/nobody/export").status_code == 404
    assert rig.get(f"/contacts/{contact}/erasure").status_code == 404
    assert rig.post("/contacts/nobody/erase", None).status_code == 404
