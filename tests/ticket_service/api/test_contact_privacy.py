"""A person gets a copy of all that is kept of them, and is forgotten when they ask for it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from services.ticket_service.apply import apply_quarantine
from services.ticket_service.domain.quarantine import QuarantineItem, Replay
from services.ticket_service.wiring.jobs_people import erasing_job
from shared.contracts.attachment import RemoteFile, attachment_id
from shared.runtime.ids import new_id
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
PHONE = "+393351032246"
MESSAGE = "whatsapp_cloud:1:wamid.F"
FILE = RemoteFile(attachment_id(MESSAGE, 0), "document", "m1", "text/plain", "Lettera di Daniele.txt")
SECRETS = ("Daniele", "3351032246", "spalla", "Asmonti", "Lettera", "Kneipp", "preferisce")


def finish(rig: Rig) -> int:
    services = rig.web.services
    return erasing_job(services.desk, rig.db, services.blobs)(rig.clock.now)


def put_aside(rig: Rig, payload: str) -> str:
    """Something is quarantined; its id."""
    replay = Replay("sportello.inbound", "inbound.1", payload.encode())
    item = QuarantineItem(
        new_id(), "webhook_gateway", "malformed", f"In {payload}", payload, rig.clock.now, replay
    )
    apply_quarantine([item], rig.web.services.desk)
    return item.id


def a_person(rig: Rig) -> tuple[str, str]:
    """A customer with a ticket, an answer, a note, a file and a second identity; contact and number."""
    number = rig.hear("Mi fa male la spalla", phone=PHONE)
    reply = rig.post(f"/tickets/{number}/replies", {"text": "Buongiorno Daniele"}).get_json()["id"]
    rig.post(f"/tickets/{number}/notes", {"text": "Kneipp?"})
    rig.change(f"/tickets/{number}", {"title": "Spalla di Daniele"})
    contact = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
    rig.post(f"/contacts/{contact}/notes", {"text": "preferisce la mattina"})
    rig.post(f"/contacts/{contact}/identities", {"kind": "email", "value": "daniele@example.org"})
    rig.hear("", phone=PHONE, message_id="wamid.F", kind="document", attachments=[FILE])
    rig.fetched(MESSAGE, b"Lettera di Daniele", "text/plain", "Lettera di Daniele.txt")
    rig.post(f"/tickets/{number}/interventions", {"report": "Kneipp per Daniele"})
    rig.post(f"/tickets/{number}/time-entries", {"minutes": 5, "worked_on": "2025-02-27", "note": "Kneipp"})
    rig.delivered(reply, "failed", rig.clock.now)
    asked = {"question": "Daniele, il codice?", "fields": [{"key": "a", "label": "Codice di Daniele"}]}
    rig.post(f"/tickets/{number}/confidential-requests", asked)
    return contact, number


def kept(rig: Rig) -> dict[str, str]:
    """All that the desk's database says, by collection, but for what is emptied by itself within days."""
    aside = {"outbox", "idempotency", "tombstones"}
    names = [name for name in rig.db.list_collection_names() if name not in aside]
    return {name: str([*rig.db[name].find({}, {"_id": 0})]) for name in names}


def test_an_erased_person_is_nowhere_and_the_ticket_keeps_its_shape(rig: Rig) -> None:
    contact, number = a_person(rig)
    before = rig.get(f"/tickets/{number}").get_json()
    written = len(rig.get(f"/tickets/{number}/actions").get_json()["items"])
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
    assert len(rig.get(f"/tickets/{number}/actions").get_json()["items"]) == written
    assert rig.get(f"/tickets/{number}/history").status_code == 200
    assert rig.get("/contacts?q=daniele").get_json()["items"] == []
    assert rig.get("/tickets?q=spalla").get_json()["items"] == []
    assert rig.get(f"/tickets/{other}").get_json()["requester"]["name"] == "Bice"
    entry, *_ = rig.get("/audit?what=contact").get_json()["items"]
    assert (entry["action"], entry["subject"]) == ("erased", contact)


def test_what_others_were_to_be_told_by_webhook_is_forgotten(rig: Rig) -> None:
    hook = {"url": "https://example.org/hook", "events": ["ticket.opened", "ticket.customer_replied"]}
    made = rig.post("/settings/webhooks", hook).get_json()["id"]
    contact, _ = a_person(rig)
    rig.hear("Un altro", phone="+393330000000", name="Bice")
    deliveries = rig.db["webhook_deliveries"]
    done = deliveries.find_one({"event_type": "ticket.opened"}) or {}
    deliveries.update_one({"_id": done["_id"]}, {"$set": {"state": "delivered"}})
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    said = kept(rig)["webhook_deliveries"]
    assert not any(secret in said for secret in SECRETS)
    assert "Bice" in said
    path = f"/settings/webhooks/{made}/deliveries"
    states = sorted(each["state"] for each in rig.get(path).get_json()["items"])
    assert states == ["delivered", "failed", "pending"], "nothing empty is sent"
    again = rig.post(f"{path}/{done['_id']}/resend", None)
    assert (again.status_code, again.get_json()["type"].split(":")[-1]) == (409, "not-kept")


def test_what_was_asked_in_confidence_is_withdrawn_at_once(rig: Rig) -> None:
    contact, number = a_person(rig)
    (asked,) = rig.get(f"/tickets/{number}/confidential-requests").get_json()["items"]
    assert asked["state"] == "waiting"
    rig.post(f"/contacts/{contact}/erase", None)
    (left,) = rig.get(f"/tickets/{number}/confidential-requests").get_json()["items"]
    assert (left["state"], left["question"], left["fields"]) == ("withdrawn", "", [])


def test_a_blocked_person_stays_blocked_without_what_was_said_of_them(rig: Rig) -> None:
    contact, _ = a_person(rig)
    blocked = {"kind": "whatsapp", "value": PHONE, "reason": "Daniele insulta"}
    assert rig.post("/settings/blocked-senders", blocked).status_code == 201
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    (left,) = rig.get("/settings/blocked-senders").get_json()["items"]
    assert (left["value"], left["reason"], left["ticket"]) == (PHONE, "", None)
    assert not any("Daniele" in said for said in kept(rig).values())
    count = rig.db["tickets"].count_documents({})
    rig.store._cached.clear()  # type: ignore[attr-defined]
    with pytest.raises(KeyError):
        rig.hear("Sono ancora io", phone=PHONE)
    assert rig.db["tickets"].count_documents({}) == count


def test_what_was_put_aside_and_names_the_person_is_emptied(rig: Rig) -> None:
    contact, _ = a_person(rig)
    mine = [
        put_aside(rig, '{"from": "393351032246", "text": "spalla"}'),
        put_aside(rig, "From=whatsapp%3A%2B393351032246&Body=spalla"),
        put_aside(rig, "daniele%40EXAMPLE.org, Lettera"),
    ]
    other = put_aside(rig, '{"from": "393330000000", "text": "Bice"}')
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    items = {each["_id"]: each for each in rig.db["quarantine"].find()}
    assert not any(secret in str(items[each]) for each in mine for secret in (*SECRETS, "393351032246"))
    assert {items[each]["state"] for each in mine} == {"discarded"}
    assert (items[other]["state"], "Bice" in items[other]["payload"]) == ("held", True)
    assert rig.post(f"/quarantine/{mine[0]}/replay", None).status_code == 409


def test_the_notifier_is_told_whom_to_forget(rig: Rig) -> None:
    contact, number = a_person(rig)
    talk = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    rig.post(f"/contacts/{contact}/erase", None)
    (told,) = rig.requested("contact.erased")
    assert (told.contact_id, told.conversation_ids) == (contact, [talk])
    assert {PHONE, PHONE.lstrip("+"), "daniele@example.org"} <= set(told.addresses)


def test_a_file_that_is_fetched_only_afterwards_is_deleted(rig: Rig) -> None:
    contact, _ = a_person(rig)
    late = "whatsapp_cloud:1:wamid.L"
    file = RemoteFile(attachment_id(late, 0), "document", "m2", "text/plain", "Lettera.txt")
    rig.hear("", phone=PHONE, message_id="wamid.L", kind="document", attachments=[file])
    rig.post(f"/contacts/{contact}/erase", None)
    finish(rig)
    for _ in range(2):
        rig.fetched(late, b"Lettera di Daniele", "text/plain", "Lettera.txt")
        assert rig.blobs._blobs == {}
    assert "Lettera" not in kept(rig)["attachments"]


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
    assert rig.blobs._blobs == {}
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
    entry, *_ = rig.get("/audit?what=contact").get_json()["items"]
    assert entry["action"] == "exported"


def test_only_those_with_the_permission_export_and_erase(rig: Rig) -> None:
    contact, _ = a_person(rig)
    assert rig.get(f"/contacts/{contact}/export", token=OTHER_TOKEN).status_code == 403
    assert rig.post(f"/contacts/{contact}/erase", None, token=OTHER_TOKEN).status_code == 403
    assert rig.get("/contacts/nobody/export").status_code == 404
    assert rig.get(f"/contacts/{contact}/erasure").status_code == 404
    assert rig.post("/contacts/nobody/erase", None).status_code == 404
