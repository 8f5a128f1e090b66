"""A mail as it came goes when its sender is erased, its ticket is purged, or its time is over."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.apply import apply_messages, apply_quarantine
from services.ticket_service.domain.quarantine import QuarantineItem
from services.ticket_service.wiring.jobs_people import erasing_job, retention_job
from services.ticket_service.wiring.jobs_relations import purge_job
from shared.runtime.ids import new_id
from tests.support.received_mail import mail_event
from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration
SECRETS = ("luca@bianchi", "Bianchi", "terminale", "ferma", "collega@bianchi")


def get_mail(rig: Rig, text: str, **options: Any) -> str:
    """A mail comes in, and what it was made of is kept; the message's id."""
    event = mail_event(text, at=rig.clock.now, **options)
    raw = f"mail-{event.data.dedupe_key[-12:]}"
    object.__setattr__(event.data.mail, "raw_blob", raw)
    rig.blobs.put(raw, [b"raw"], mime_type="message/rfc822", max_bytes=10)
    apply_messages([event], rig.web.services.desk, {})
    return str(event.data.dedupe_key)


def number_of(rig: Rig, message_id: str) -> str:
    ticket = rig.db["messages"].find_one({"_id": message_id}, {"ticket_id": 1})
    assert ticket is not None
    found = rig.db["tickets"].find_one({"_id": ticket["ticket_id"]})
    assert found is not None
    return str(found["number"])


def keep(rig: Rig, **days: int | None) -> None:
    assert rig.change("/settings/retention", days).status_code == 200


def forget_old(rig: Rig) -> int:
    services = rig.web.services
    return retention_job(services.desk, rig.db, services.blobs)(rig.clock.now)


def put_aside(rig: Rig, raw: str, payload: str) -> None:
    rig.blobs.put(raw, [b"raw"], mime_type="message/rfc822", max_bytes=10)
    item = QuarantineItem(
        new_id(), "mail_collector", "took-too-long", payload, payload, rig.clock.now, None, raw_blob=raw
    )
    apply_quarantine([item], rig.web.services.desk)


def test_of_an_erased_person_no_mail_is_left_neither_in_triage_nor_in_quarantine(rig: Rig) -> None:
    placed = get_mail(rig, "Il terminale", cc=["collega@bianchi.example"])
    get_mail(rig, "Sono in ferie", subject="La stampante ferma", automatic="out-of-office")
    put_aside(rig, "mail-q1", "From: luca@bianchi.example")
    put_aside(rig, "mail-q2", "From: other@example.org")
    assert rig.db["triage"].count_documents({}) == 1
    contact = rig.get(f"/tickets/{number_of(rig, placed)}").get_json()["requester"]["id"]
    assert rig.post(f"/contacts/{contact}/erase", None).status_code == 202
    services = rig.web.services
    assert erasing_job(services.desk, rig.db, services.blobs)(rig.clock.now) == 1
    assert set(rig.blobs._blobs) == {"mail-q2"}
    aside = {"outbox", "idempotency", "tombstones"}
    for name in set(rig.db.list_collection_names()) - aside:
        said = str([*rig.db[name].find({}, {"_id": 0})])
        for secret in SECRETS:
            assert secret not in said, (name, secret)


def test_a_purged_ticket_takes_its_mails_along_and_they_do_not_come_back(rig: Rig) -> None:
    came = rig.clock.now
    message_id = get_mail(rig, "Il terminale", message_id="a@bianchi.example")
    number = number_of(rig, message_id)
    assert rig.call("DELETE", f"/tickets/{number}").status_code == 204
    rig.clock.forward(days=400)
    services = rig.web.services
    assert purge_job(services.desk, rig.db, services.blobs)(rig.clock.now) == 1
    assert rig.blobs._blobs == {}
    rig.clock.now = came
    get_mail(rig, "Il terminale", message_id="a@bianchi.example")
    assert rig.db["messages"].count_documents({}) == rig.db["tickets"].count_documents({}) == 0


def test_mails_go_when_their_time_is_over(rig: Rig) -> None:
    get_mail(rig, "Il terminale")
    get_mail(rig, "Sono in ferie", automatic="out-of-office")
    put_aside(rig, "mail-q1", "From: luca@bianchi.example")
    keep(rig, raw_payloads=30, quarantine=30)
    rig.clock.forward(days=31)
    young = get_mail(rig, "Un altro")
    assert forget_old(rig) == 3
    assert forget_old(rig) == 0
    assert len(rig.blobs._blobs) == 1
    keep(rig, messages=10)
    rig.clock.forward(days=11)
    assert rig.change(f"/tickets/{number_of(rig, young)}", {"status": "closed"}).status_code == 200
    assert forget_old(rig) == 2
    assert rig.blobs._blobs == {}
    assert rig.db["triage"].count_documents({}) == 0
