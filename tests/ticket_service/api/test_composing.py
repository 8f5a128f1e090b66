"""What somebody writes and has not sent: kept for that person alone, and never overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import OTHER_TOKEN, TOKEN, Rig

pytestmark = pytest.mark.integration

WRITTEN = {"mode": "note", "text": "Ho chiamato, "}


def keep(rig: Rig, number: str, document: Any, match: str | None, token: str = TOKEN) -> Any:
    headers = {"If-Match": match} if match else {}
    return rig.call("PUT", f"/tickets/{number}/composing", json=document, headers=headers, token=token)


def read(rig: Rig, number: str, token: str = TOKEN) -> Any:
    return rig.get(f"/tickets/{number}/composing", token=token)


def test_what_is_written_is_there_again_in_another_browser(rig: Rig) -> None:
    number, file_id = rig.hear(), rig.upload()
    empty = read(rig, number)
    assert (empty.status_code, empty.get_json()["empty"]) == (200, True)
    full = {
        "mode": "private",
        "text": "Serve il pezzo",
        "attachments": [file_id],
        "reply_to": "m1",
        "to": [{"email": "supplier@example.org"}],
        "template": {"name": "please_answer", "language": "it", "components": []},
    }
    saved = keep(rig, number, full, empty.headers["ETag"])
    assert saved.status_code == 200, saved.text
    again = read(rig, number)
    assert {name: again.get_json()[name] for name in full} == full
    assert again.headers["ETag"] == saved.headers["ETag"]


def test_two_windows_do_not_overwrite_each_other(rig: Rig) -> None:
    number = rig.hear()
    began = read(rig, number).headers["ETag"]
    first = keep(rig, number, WRITTEN, began)
    late = keep(rig, number, {"mode": "note", "text": "other words"}, began)
    assert late.status_code == 412
    assert read(rig, number).get_json()["text"] == WRITTEN["text"]
    assert keep(rig, number, WRITTEN, None).status_code == 428
    drop = f"/tickets/{number}/composing"
    assert rig.call("DELETE", drop, headers={"If-Match": began}).status_code == 412
    gone = rig.call("DELETE", drop, headers={"If-Match": first.headers["ETag"]})
    assert (gone.status_code, read(rig, number).get_json()["text"]) == (204, "")


def test_nobody_else_sees_it_not_even_an_administrator(rig: Rig) -> None:
    number = rig.hear()
    keep(rig, number, WRITTEN, read(rig, number, OTHER_TOKEN).headers["ETag"], OTHER_TOKEN)
    assert read(rig, number).get_json()["text"] == ""
    assert read(rig, number, OTHER_TOKEN).get_json()["text"] == WRITTEN["text"]


def test_it_changes_nothing_on_the_ticket_and_tells_nobody(rig: Rig) -> None:
    number = rig.hear()
    before, events = rig.get(f"/tickets/{number}").headers["ETag"], len(rig.outbox())
    keep(rig, number, WRITTEN, read(rig, number).headers["ETag"])
    assert rig.get(f"/tickets/{number}").headers["ETag"] == before
    assert len(rig.outbox()) == events


def test_it_goes_with_the_ticket(rig: Rig) -> None:
    number, into = rig.hear(), rig.hear()
    keep(rig, number, WRITTEN, read(rig, number).headers["ETag"])
    keep(rig, into, {"mode": "reply", "text": ""}, read(rig, into).headers["ETag"])
    rig.clock.forward(minutes=1)
    keep(rig, number, {**WRITTEN, "text": "newer"}, read(rig, number).headers["ETag"])
    assert rig.post(f"/tickets/{number}/merge", {"into": into}).status_code == 200
    assert read(rig, into).get_json()["text"] == "newer"


@pytest.mark.parametrize(
    "document",
    [
        {"text": "no mode"},
        {"mode": "shout"},
        {"mode": "reply", "text": "x" * 20_001},
        {"mode": "reply", "attachments": ["a"] * 11},
        {"mode": "private", "to": [{"user": "a", "email": "b@example.org"}]},
    ],
)
def test_what_does_not_fit_is_refused(rig: Rig, document: dict[str, Any]) -> None:
    number = rig.hear()
    assert keep(rig, number, document, read(rig, number).headers["ETag"]).status_code == 422


def test_there_is_none_for_a_ticket_that_is_not_there(rig: Rig) -> None:
    assert read(rig, "TT999").status_code == 404
    assert keep(rig, "TT999", WRITTEN, '"x"').status_code == 404


@pytest.mark.parametrize(
    ("mode", "path", "more"),
    [
        ("reply", "replies", {}),
        ("note", "notes", {}),
        ("private", "private-messages", {"to": [{"email": "supplier@example.org"}]}),
    ],
)
def test_what_was_sent_is_not_being_written_any_more(
    rig: Rig, mode: str, path: str, more: dict[str, Any]
) -> None:
    number = rig.hear()
    keep(rig, number, {"mode": mode, "text": "Domani alle 9 "}, read(rig, number).headers["ETag"])
    other = read(rig, number, OTHER_TOKEN).headers["ETag"]
    keep(rig, number, WRITTEN, other, OTHER_TOKEN)
    assert rig.post(f"/tickets/{number}/{path}", {"text": "Domani alle 9", **more}).status_code == 201
    assert read(rig, number).get_json()["empty"]
    assert not read(rig, number, OTHER_TOKEN).get_json()["empty"]


def test_what_was_written_since_stays(rig: Rig) -> None:
    number = rig.hear()
    keep(rig, number, {"mode": "reply", "text": "And another thing"}, read(rig, number).headers["ETag"])
    assert rig.post(f"/tickets/{number}/replies", {"text": "Domani alle 9"}).status_code == 201
    assert read(rig, number).get_json()["text"] == "And another thing"


def test_a_template_that_was_sent_is_not_being_filled_in_any_more(rig: Rig) -> None:
    number = rig.hear()
    rig.knows("please_answer")
    template = {"name": "please_answer", "language": "it", "components": []}
    keep(rig, number, {"mode": "reply", "template": template}, read(rig, number).headers["ETag"])
    assert rig.post(f"/tickets/{number}/replies", {"template": template}).status_code == 201
    assert read(rig, number).get_json()["empty"]


def test_a_note_sets_the_status_in_the_same_step(rig: Rig) -> None:
    number = rig.hear()
    note = {"text": "Solved by phone.", "status": "closed"}
    assert rig.post(f"/tickets/{number}/notes", note).status_code == 201
    assert rig.get(f"/tickets/{number}").get_json()["status"]["key"] == "closed"
    assert rig.post(f"/tickets/{number}/notes", {**note, "status": "nowhere"}).status_code == 422
    lone = {"text": "Why?", "justification": "Because."}
    assert rig.post(f"/tickets/{number}/notes", lone).status_code == 422
    assert len(rig.get(f"/tickets/{number}/notes").get_json()["items"]) == 1
