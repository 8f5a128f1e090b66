"""Each kind of data is forgotten after the days that the desk chose, and nothing that is still worked on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.wiring.jobs_people import retention_job
from shared.contracts.attachment import RemoteFile, attachment_id
from shared.contracts.visitor import Page, Visitor
from tests.ticket_service.api.rig import NOON, OTHER_TOKEN, Rig
from tests.ticket_service.building_chat import chat_message

pytestmark = pytest.mark.integration
PATH = "/settings/retention"


def keep(rig: Rig, **days: int | None) -> None:
    assert rig.change(PATH, days).status_code == 200


def run(rig: Rig) -> int:
    services = rig.web.services
    return retention_job(services.desk, rig.db, services.blobs)(rig.clock.now)


def with_file(rig: Rig, name: str) -> str:
    message = f"whatsapp_cloud:1:wamid.{name}"
    file = RemoteFile(attachment_id(message, 0), "document", name, "text/plain", f"{name}.txt")
    number = rig.hear(f"Ecco {name}", kind="document", message_id=f"wamid.{name}", attachments=[file])
    rig.fetched(message, name.encode(), "text/plain", f"{name}.txt")
    return number


def close(rig: Rig, number: str) -> None:
    assert rig.change(f"/tickets/{number}", {"status": "closed"}).status_code == 200


def texts(rig: Rig, number: str) -> list[str]:
    return [each["text"] for each in rig.get(f"/tickets/{number}/actions").get_json()["items"]]


def test_without_a_choice_nothing_is_forgotten(rig: Rig) -> None:
    close(rig, with_file(rig, "uno"))
    rig.clock.forward(days=5_000)
    assert set(rig.get(PATH).get_json().values()) == {None}
    assert run(rig) == 0


def test_texts_and_files_of_closed_tickets_go_and_those_of_open_ones_stay(rig: Rig) -> None:
    open_, closed = with_file(rig, "aperto"), with_file(rig, "chiuso")
    close(rig, closed)
    keep(rig, messages=30, attachments=30)
    rig.clock.forward(days=29)
    assert run(rig) == 0
    rig.clock.forward(days=2)
    young = with_file(rig, "nuovo")
    close(rig, young)
    assert run(rig) == 2
    assert run(rig) == 0
    assert (texts(rig, open_), texts(rig, closed), texts(rig, young)) == (
        ["Ecco aperto"],
        [""],
        ["Ecco nuovo"],
    )
    assert "chiuso" not in rig.get(f"/tickets/{closed}").get_json()["description"]
    assert sorted(contents(rig)) == [b"aperto", b"nuovo"]


def test_what_visitors_looked_at_goes_and_stays_while_their_ticket_is_open(rig: Rig) -> None:
    seen = Visitor(language="it", campaign={"source": "ad"}, pages=[Page("https://shop.example/cart", NOON)])
    for who in ("v-open", "v-closed"):
        rig.take(chat_message("1", who, visitor=seen, occurred=rig.clock.now))
    close(rig, "TT2")
    keep(rig, messages=30)
    rig.clock.forward(days=31)
    rig.take(chat_message("1", "v-young", visitor=seen, occurred=rig.clock.now))
    close(rig, "TT3")
    assert run(rig) == 2
    talks = {each["contact_key"]: each for each in rig.db["conversations"].find()}
    kept = {key.partition(":")[2]: bool(talk["visit"]) for key, talk in talks.items()}
    assert kept == {"v-open": True, "v-closed": False, "v-young": True}
    rig.take(chat_message("2", "v-closed", visitor=seen, occurred=rig.clock.now))
    shown = rig.get("/conversations", query_string={"chat": True}).get_json()["items"]
    assert all(each["visit"]["campaign"] == {"source": "ad"} for each in shown)


def contents(rig: Rig) -> list[bytes]:
    ids = [each["blob_id"] for each in rig.db["attachments"].find({"blob_id": {"$ne": None}})]
    found = []
    for blob_id in ids:
        with rig.blobs.open(blob_id) as (_, content):
            found.append(b"".join(content))
    assert set(rig.blobs._blobs) == set(ids)
    return found


def test_closed_tickets_go_with_everything_and_open_ones_stay(rig: Rig) -> None:
    open_, closed = rig.hear("aperto"), rig.hear("chiuso")
    close(rig, closed)
    keep(rig, closed_tickets=365)
    rig.clock.forward(days=364)
    assert run(rig) == 0
    rig.clock.forward(days=2)
    assert run(rig) == 1
    assert rig.get(f"/tickets/{closed}", token=OTHER_TOKEN).status_code == 404
    assert rig.get(f"/tickets/{closed}").get_json()["deleted_at"] is not None
    assert rig.get(f"/tickets/{open_}").status_code == 200


def test_what_providers_sent_the_log_and_what_was_put_aside_go(rig: Rig) -> None:
    rig.hear("Ciao", raw='{"everything": "as it came"}')
    rig.quarantine()
    keep(rig, raw_payloads=10, audit=10, quarantine=10)
    rig.clock.forward(days=11)
    assert run(rig) == 3
    assert rig.db["messages"].count_documents({"raw": {"$gt": ""}}) == 0
    assert (rig.db["quarantine"].count_documents({}), rig.db["audit"].count_documents({})) == (0, 0)


def test_confidential_answers_go(rig: Rig) -> None:
    answered = {"sealed": "x", "answered_at": NOON, "delete_at": NOON + timedelta(days=900), "version": 1}
    rig.db["confidential_requests"].insert_one({"_id": "c", "link_hash": "h", "ticket_id": "t", **answered})
    keep(rig, confidential=10)
    rig.clock.forward(days=11)
    assert run(rig) == 1
    found: dict[str, Any] = rig.db["confidential_requests"].find_one({"_id": "c"}) or {}
    assert (found["sealed"], found["deleted_at"]) == ("", rig.clock.now)


@pytest.mark.parametrize("wrong", [{"messages": 0}, {"messages": "30"}, {"audit": 40_000}, {"mails": 3}, {}])
def test_wrong_days_are_refused(rig: Rig, wrong: dict[str, Any]) -> None:
    assert rig.change(PATH, wrong).status_code == 422


def test_the_choice_is_the_administrators_and_written_down(rig: Rig) -> None:
    keep(rig, messages=30)
    (entry,) = rig.get("/audit?what=retention").get_json()["items"]
    assert {"field": "messages", "before": None, "after": "30"} in entry["changes"]
    etag = rig.get(PATH).headers["ETag"]
    refused = rig.call("PATCH", PATH, json={"messages": 1}, headers={"If-Match": etag}, token=OTHER_TOKEN)
    assert refused.status_code == 403
    assert rig.patch(PATH, {"messages": 1}, match=None).status_code == 428
