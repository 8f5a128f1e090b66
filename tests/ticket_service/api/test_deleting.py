"""The bin over REST, and the purge on the real database."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.acting import Desk
from services.ticket_service.apply import apply_messages
from services.ticket_service.store import collections as names
from services.ticket_service.wiring.jobs_relations import purge_job
from shared.runtime.ids import new_id
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig, inbound

pytestmark = pytest.mark.integration
ANNA = "+393351032246"


def test_deleted_restored_and_the_list_between(rig: Rig) -> None:
    number = rig.hear(phone=ANNA)
    assert rig.call("DELETE", f"/tickets/{number}").status_code == 204
    assert rig.call("DELETE", f"/tickets/{number}").status_code == 404
    assert rig.get("/tickets").get_json()["items"] == []
    for path in ("actions", "notes", "history", "relations"):
        assert rig.get(f"/tickets/{number}/{path}").status_code == 404, path
    assert rig.post(f"/tickets/{number}/notes", {"text": "hello"}).status_code == 404
    back = rig.post(f"/tickets/{number}/restore")
    assert (back.status_code, back.get_json()["number"]) == (200, number)
    assert [each["number"] for each in rig.get("/tickets").get_json()["items"]] == [number]


def test_it_needs_the_permission(rig: Rig) -> None:
    number = rig.hear()
    refused = rig.call("DELETE", f"/tickets/{number}", token=OTHER_TOKEN)
    assert (refused.status_code, refused.get_json()["permission"]) == (403, "tickets.delete")


def test_purged_nothing_is_left_and_the_same_message_stays_away(rig: Rig) -> None:
    event = inbound("Guardi", ANNA, at=rig.clock.now, message_id="wamid.again")
    apply_messages([event], Desk(rig.store, rig.clock, new_id), {})
    (ticket,) = rig.db[names.TICKETS].find()
    number = ticket["number"]
    rig.post(f"/tickets/{number}/replies", {"attachments": [rig.upload(b"secret")], "text": "ecco"})
    (file,) = rig.db[names.ATTACHMENTS].find()
    assert file["blob_id"] in rig.blobs._blobs
    rig.call("DELETE", f"/tickets/{number}")
    purge = purge_job(rig.web.services.desk, rig.db, rig.blobs)
    assert purge(rig.clock.now) == 0
    rig.clock.forward(days=30)
    assert rig.post(f"/tickets/{number}/restore").get_json()["type"].endswith("too-late-to-restore")
    assert purge(rig.clock.now) == 1
    assert purge(rig.clock.now) == 0
    for name in (names.TICKETS, names.MESSAGES, names.ATTACHMENTS, names.HISTORY, "deleted_tickets"):
        assert rig.db[name].count_documents({}) == 0, name
    assert rig.blobs._blobs == {}
    apply_messages([event], Desk(rig.store, rig.clock, new_id), {})
    assert rig.db[names.MESSAGES].count_documents({}) == 0
    assert rig.hear("Sono ancora qui", phone=ANNA) != number


def test_how_long_is_a_setting(rig: Rig) -> None:
    assert rig.get("/settings/deletion").get_json() == {"keep_days": 30}
    etag = rig.get("/settings/deletion").headers["ETag"]
    put: dict[str, Any] = {"json": {"keep_days": 1}, "headers": {"If-Match": etag}}
    assert rig.call("PUT", "/settings/deletion", **put).get_json() == {"keep_days": 1}
    assert rig.call("PUT", "/settings/deletion", **put).status_code == 412
    number = rig.hear()
    rig.call("DELETE", f"/tickets/{number}")
    rig.clock.forward(days=1)
    assert rig.post(f"/tickets/{number}/restore").status_code == 409
