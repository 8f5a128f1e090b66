"""Webhooks over REST: added, shown without their secret, changed, and what became of each delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.domain.webhook import Attempt, Webhook, WebhookDelivery
from services.ticket_service.store.webhook_queue import MongoWebhookQueue
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

PATH = "/settings/webhooks"
NEW = {"url": "https://hooks.example.com/sportello", "events": ["ticket.opened", "ticket.opened"]}


def added(rig: Rig, **more: Any) -> dict[str, Any]:
    answer = rig.post(PATH, {**NEW, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_secret_is_shown_once_and_never_again(rig: Rig) -> None:
    first = rig.post(PATH, NEW, key="k1")
    made = first.get_json()
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["ticket.opened"]
    again = rig.post(PATH, NEW, key="k1").get_json()
    assert (again["id"], again["secret"]) == (made["id"], None)
    shown = rig.get(f"{PATH}/{made['id']}").get_json()
    listed = rig.get(PATH).get_json()["items"]
    assert "secret" not in shown
    assert listed == [shown]
    for audited in rig.db["audit"].find():
        assert made["secret"] not in str(audited)


def test_an_event_waits_for_its_endpoint_once_it_is_saved(rig: Rig) -> None:
    made = added(rig)
    number = rig.hear("Buongiorno")
    [delivery] = rig.get(f"{PATH}/{made['id']}/deliveries").get_json()["items"]
    assert (delivery["event_type"], delivery["ticket_number"]) == ("ticket.opened", number)
    assert (delivery["state"], delivery["attempts"], delivery["due_at"] is not None) == ("pending", [], True)
    assert rig.get(f"{PATH}/{made['id']}/deliveries?state=failed").get_json()["items"] == []


def test_a_delivery_is_one_process_at_a_time_and_can_be_sent_again(rig: Rig) -> None:
    made = added(rig)
    rig.hear()
    queue, now = MongoWebhookQueue(rig.db), rig.clock.now
    claimed = queue.claim(now, now + timedelta(minutes=2), [])
    assert claimed is not None
    assert queue.claim(now, now + timedelta(minutes=2), []) is None
    assert queue.claim(now + timedelta(minutes=3), now + timedelta(minutes=5), [made["id"]]) is None
    claimed.tried(Attempt(now, 200, "", 12))
    assert queue.keep(claimed)
    assert not queue.keep(claimed)
    path = f"{PATH}/{made['id']}/deliveries"
    [shown] = rig.get(path).get_json()["items"]
    assert (shown["state"], shown["due_at"], shown["attempts"][0]["status"]) == ("delivered", None, 200)
    again = rig.post(f"{path}/{claimed.id}/resend", key="r1")
    assert (again.status_code, again.get_json()["state"]) == (202, "pending")
    assert rig.post(f"{path}/{claimed.id}/resend", key="r1").headers["Idempotency-Replayed"] == "true"
    taken = queue.claim(rig.clock.now, rig.clock.now + timedelta(minutes=2), [])
    assert taken is not None
    assert taken.id == claimed.id
    assert rig.post(f"{path}/nothing/resend").status_code == 404
    assert rig.post(f"{PATH}/other/deliveries/{claimed.id}/resend").status_code == 404


def test_an_endpoint_that_was_switched_off_begins_anew_when_it_is_switched_on(rig: Rig) -> None:
    made = added(rig)
    queue = MongoWebhookQueue(rig.db)
    queue.failed(made["id"], rig.clock.now)
    queue.failed(made["id"], rig.clock.now + timedelta(days=1))
    assert queue.health(made["id"]).failing_since == rig.clock.now
    path = f"{PATH}/{made['id']}"
    assert rig.change(path, {"active": False}).get_json()["active"] is False
    rig.hear()
    assert rig.store.records(WebhookDelivery, {}) == []
    assert rig.change(path, {"active": True}).get_json()["disabled_reason"] == ""
    assert queue.health(made["id"]).failing_since is None
    queue.failed(made["id"], rig.clock.now)
    queue.succeeded(made["id"])
    assert queue.health(made["id"]).failing_since is None


def test_rotating_gives_another_secret_and_keeps_the_former_for_a_day(rig: Rig) -> None:
    made = added(rig)
    rotated = rig.post(f"{PATH}/{made['id']}/rotate").get_json()
    assert rotated["secret"] != made["secret"]
    webhook = MongoWebhookQueue(rig.db).webhook(made["id"])
    assert webhook is not None
    assert webhook.secrets(rig.clock.now) == (rotated["secret"], made["secret"])
    assert webhook.secrets(rig.clock.now + timedelta(days=2)) == (rotated["secret"],)


def test_a_deleted_endpoint_is_gone(rig: Rig) -> None:
    made = added(rig)
    path = f"{PATH}/{made['id']}"
    etag = rig.get(path).headers["ETag"]
    assert rig.call("DELETE", path).status_code == 428
    assert rig.call("DELETE", path, headers={"If-Match": etag}).status_code == 204
    assert rig.get(path).status_code == 404
    assert rig.get(f"{path}/deliveries").status_code == 404
    assert rig.store.records(Webhook, {}) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://hooks.example.com"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://user:pw@hooks.example.com/"}, "url"),
        ({"url": "x" * 3_000}, "url"),
        ({"events": []}, "events"),
        ({"events": ["ticket.exploded"]}, "events.0"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_cannot_be_sent_to_is_refused(rig: Rig, wrong: dict[str, Any], field: str) -> None:
    refused = rig.post(PATH, {**NEW, **wrong})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == field
    assert rig.store.records(Webhook, {}) == []


def test_there_is_an_end_to_how_many_there_may_be(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ticket_service.act.webhooks.MOST", 1)
    added(rig)
    refused = rig.post(PATH, NEW)
    assert (refused.status_code, refused.get_json()["type"]) == (
        409,
        "urn:sportello:problem:too-many-webhooks",
    )


def test_an_agent_cannot_have_events_sent_anywhere(rig: Rig) -> None:
    assert rig.post(PATH, NEW, headers={}, token=OTHER_TOKEN).status_code == 403


def test_deliveries_are_found_by_indexes(rig: Rig) -> None:
    made = added(rig)
    deliveries = rig.db["webhook_deliveries"]
    for where, sort in (
        ({"state": "pending", "due_at": {"$lte": rig.clock.now}}, [("due_at", 1)]),
        ({"webhook_id": made["id"]}, [("created_at", -1), ("_id", -1)]),
        ({"webhook_id": made["id"], "state": "failed"}, [("created_at", -1), ("_id", -1)]),
    ):
        plan = str(deliveries.find(where).sort(sort).explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan
        assert "'SORT'" not in plan
