"""A POST repeated with its Idempotency-Key."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.ticket_service.ports import Conflict
from services.ticket_service.store import collections as names
from shared.contracts.attachment import RemoteFile, attachment_id
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration


def test_the_same_request_gets_the_same_answer_and_no_second_effect(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}/replies"
    first = rig.post(path, {"text": "Eccomi", "status": "closed"}, key="k-1")
    before = len(rig.outbox())
    again = rig.post(path, {"status": "closed", "text": "Eccomi"}, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(rig.outbox()) == before
    assert len(rig.get(path).get_json()["items"]) == 1


def test_the_answer_is_repeated_even_when_things_have_changed_since(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}/replies"
    first = rig.post(path, {"text": "Eccomi"}, key="k-1")
    rig.clock.forward(hours=25)  # a new text would need a template now
    assert rig.post(path, {"text": "Eccomi"}, key="k-1").data == first.data


def test_a_key_used_for_something_else_is_refused(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}/replies"
    rig.post(path, {"text": "Eccomi"}, key="k-1")
    answer = rig.post(path, {"text": "Something else"}, key="k-1")
    assert (answer.status_code, answer.get_json()["type"]) == (
        422,
        "urn:sportello:problem:idempotency-key-reused",
    )
    assert len(rig.get(path).get_json()["items"]) == 1


def test_a_key_belongs_to_its_token_and_its_path(rig: Rig) -> None:
    number, other = rig.hear(), rig.hear()
    answers = [
        rig.post(f"/tickets/{number}/replies", {"text": "a"}, key="k"),
        rig.post(f"/tickets/{other}/replies", {"text": "a"}, key="k"),
        rig.post(f"/tickets/{number}/notes", {"text": "a"}, key="k"),
        rig.post(f"/tickets/{number}/replies", {"text": "a"}, key="k", token=OTHER_TOKEN),
    ]
    assert len({answer.get_json()["id"] for answer in answers}) == 4


def test_twenty_equal_requests_at_once_make_one_reply(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}/replies"
    rig.db["outbox"].delete_many({})
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: rig.post(path, {"text": "Eccomi"}, key="same"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert len(rig.get(path).get_json()["items"]) == 1
    sends = [entry for entry in rig.outbox() if entry["routing_key"] == "reply.requested"]
    assert len(sends) == 1


def test_nothing_is_remembered_when_nothing_was_saved(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/tickets/{rig.hear()}/replies"
    monkeypatch.setattr("services.ticket_service.conflicts.LONGEST_PAUSE_SECONDS", 0.001)

    def always_too_late(changes: Any) -> None:
        raise Conflict("somebody was faster")

    with monkeypatch.context() as patched:
        patched.setattr(rig.store, "save", always_too_late)
        busy = rig.post(path, {"text": "Eccomi"}, key="k-1")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
    answer = rig.post(path, {"text": "Eccomi"}, key="k-1")
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


def test_a_refusal_is_not_remembered(rig: Rig) -> None:
    number = rig.hear(phone="+393351032246")
    path = f"/tickets/{number}/replies"
    rig.clock.forward(hours=25)
    assert rig.post(path, {"text": "Eccomi"}, key="k-1").status_code == 409
    rig.hear("Back again", phone="+393351032246")
    assert rig.post(path, {"text": "Eccomi"}, key="k-1").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "é", "a\x7f"])
def test_a_key_that_is_none_is_refused(rig: Rig, key: str) -> None:
    number = rig.hear()
    answer = rig.post(f"/tickets/{number}/replies", {"text": "a"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.get_json()["type"]) == (
        400,
        "urn:sportello:problem:invalid-idempotency-key",
    )


def test_a_new_tokens_secret_is_not_kept_for_repeats(rig: Rig) -> None:
    path = "/settings/api-tokens"
    first = rig.post(path, {"name": "sync"}, key="k-1").get_json()
    again = rig.post(path, {"name": "sync"}, key="k-1").get_json()
    assert again == {**first, "token": None}
    assert len(rig.get(path).get_json()["items"]) == 2  # with the one the test itself uses
    kept = json.dumps([str(document) for document in rig.db[names.IDEMPOTENCY].find()])
    assert first["token"] not in kept


def test_every_post_of_the_interface_takes_the_key(rig: Rig) -> None:
    picture = RemoteFile(attachment_id("whatsapp_cloud:1:wamid.1", 0), "image", "media-id", "image/jpeg")
    number = rig.hear(attachments=[picture], message_id="wamid.1")
    item, other = rig.quarantine(), rig.quarantine()
    failed = rig.post(f"/tickets/{number}/replies", {"text": "a"}).get_json()
    rig.delivered(failed["id"], "failed", rig.clock.now)
    (file,) = rig.get(f"/tickets/{number}/attachments").get_json()["items"]
    rig.not_fetched(file["message_id"])
    rig.clock.forward(seconds=1)
    rig.knows("known")
    template = rig.get("/templates").get_json()["items"][0]["id"]
    body = {"type": "BODY", "text": "Ciao."}
    new = {"channel": "whatsapp-main", "name": "new", "language": "it", "category": "UTILITY"}
    posts: dict[str, Any] = {
        f"/tickets/{number}/replies": {"text": "a"},
        f"/tickets/{number}/notes": {"text": "a"},
        "/settings/api-tokens": {"name": "a"},
        f"/quarantine/{item}/replay": None,
        f"/quarantine/{other}/discard": None,
        f"/tickets/{number}/replies/{failed['id']}/resend": {},
        f"/attachments/{file['id']}/retry": None,
        f"/conversations/{failed['conversation_id']}/presence": {"sign": "read"},
        "/templates": {**new, "components": [body]},
        "/templates/sync": {"channel": "whatsapp-main"},
        f"/templates/{template}/preview": {},
    }
    for path, document in posts.items():
        assert rig.post(path, document, key="k").status_code in (200, 201, 202), path
        assert rig.post(path, document, key="k").headers["Idempotency-Replayed"] == "true", path
