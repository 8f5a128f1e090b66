"""The gallery of a ticket, small pictures, which files are taken, and the virus scanner."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from services.ticket_service.act.scanning import AT_MOST, look_at_waiting
from services.ticket_service.api import context
from services.ticket_service.clamd import Clamd
from services.ticket_service.store import collections as names
from services.ticket_service.store.queries_files import FileQueries
from shared.contracts.attachment import RemoteFile, attachment_id
from shared.messaging.message import Unavailable
from tests.support.fake_clamd import MARKER, NAME, FakeClamd, running_clamd
from tests.ticket_service.api.rig import ANNA, Rig

pytestmark = pytest.mark.integration
POLICY = "/settings/attachment-policy"


@pytest.fixture
def clamd(rig: Rig) -> Iterator[FakeClamd]:
    """The desk has a virus scanner."""
    services = rig.web.services
    with running_clamd(most_bytes=100_000) as server:
        desk = replace(services.desk, scans=True)
        context.attach(rig.app, replace(services, desk=desk, scan=Clamd(server.address)))
        yield server
    context.attach(rig.app, services)


def _image(width: int = 800, height: int = 400, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#3366cc").save(out, kind)
    return out.getvalue()


def _brought(
    rig: Rig, content: bytes, mime_type: str = "image/png", name: str = "a.png", **options: Any
) -> tuple[str, str]:
    """A customer's file that was fetched: number of the ticket, id of the file."""
    rig.written += 1
    message_id = f"whatsapp_cloud:1:wamid.gallery{rig.written}"
    file = RemoteFile(attachment_id(message_id, 0), "document", "media", mime_type, name)
    number = rig.hear(
        "", kind="document", attachments=[file], message_id=f"wamid.gallery{rig.written}", **options
    )
    return number, rig.fetched(message_id, content, mime_type, name)


def _set_policy(rig: Rig, **wanted: Any) -> None:
    answer = rig.change(POLICY, wanted)
    assert answer.status_code == 200, answer.text


def _gallery(rig: Rig, number: str, query: str = "") -> list[Any]:
    answer = rig.get(f"/tickets/{number}/attachments?{query}")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.get_json()["items"]
    return items


def test_the_gallery_says_who_brought_each_file_and_with_what(rig: Rig) -> None:
    phone = "+393351110001"
    number, picture = _brought(rig, _image(), phone=phone)
    rig.clock.forward(minutes=1)
    _, letter = _brought(rig, b"dear all", "text/plain", "letter.txt", phone=phone)
    rig.clock.forward(minutes=1)
    sent = rig.upload(b"answer", "answer.txt")
    assert rig.post(f"/tickets/{number}/replies", {"attachments": [sent]}).status_code in (201, 202)
    found = _gallery(rig, number)
    assert [each["id"] for each in found] == [picture, letter, sent]
    shown = [(each["uploader"]["kind"], each["action"]["part"], each["action"]["number"]) for each in found]
    assert shown == [("customer", "description", None), ("customer", "comment", 1), ("agent", "comment", 2)]
    assert found[0]["thumbnail"] == f"/api/v1/attachments/{picture}/thumbnail"
    assert [each["thumbnail"] for each in found[1:]] == [None, None]


def test_the_gallery_is_sorted_narrowed_and_paged(rig: Rig) -> None:
    phone = "+393351110002"
    number, _ = _brought(rig, b"x" * 30, "text/plain", "b.txt", phone=phone)
    _brought(rig, _image(), phone=phone, name="c.png")
    _brought(rig, b"x" * 20, "text/plain", "a.txt", phone=phone)

    def shown(query: str) -> list[str]:
        return [each["filename"] for each in _gallery(rig, number, query)]

    assert shown("sort=name") == ["a.txt", "b.txt", "c.png"]
    assert shown("sort=size") == ["a.txt", "b.txt", "c.png"]
    assert shown("sort=size&order=newest") == ["c.png", "b.txt", "a.txt"]
    assert shown("sort=name&type=text/") == ["a.txt", "b.txt"]
    assert shown("min_size=25&max_size=35") == ["b.txt"]
    assert shown("state=stored&sort=type&order=newest")[-1] == "c.png"
    assert shown("state=pending") == shown("kind=audio") == shown(f"uploader={ANNA}") == []
    contact = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
    assert len(shown(f"uploader={contact}")) == 3
    for sort in ("created", "size", "name", "type"):
        for order in ("oldest", "newest"):
            whole = shown(f"sort={sort}&order={order}")
            first = rig.get(f"/tickets/{number}/attachments?sort={sort}&order={order}&limit=1").get_json()
            rest = shown(f"sort={sort}&order={order}&cursor={first['next']}")
            assert [first["items"][0]["filename"], *rest] == whole
    assert rig.get(f"/tickets/{number}/attachments?sort=colour").status_code == 422


def test_images_and_pdfs_have_small_pictures_that_are_drawn_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = rig.upload(_image(), "a.png", "image/png")
    first = rig.get(f"/attachments/{file_id}/thumbnail")
    assert (first.status_code, first.content_type) == (200, "image/webp")
    assert Image.open(io.BytesIO(first.data)).size == (320, 160)
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in first.headers["Content-Security-Policy"]
    monkeypatch.setattr("services.ticket_service.render.confined.run", None)  # whoever draws again fails
    assert rig.get(f"/attachments/{file_id}/thumbnail").data == first.data
    again = rig.get(f"/attachments/{file_id}/thumbnail", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_what_cannot_be_drawn_has_no_picture_and_is_not_tried_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = rig.upload(_image()[:60] + b"garbage", "a.png", "image/png")
    assert rig.get(f"/attachments/{damaged}/thumbnail").status_code == 404
    monkeypatch.setattr("services.ticket_service.render.confined.run", None)
    assert rig.get(f"/attachments/{damaged}/thumbnail").status_code == 404
    assert rig.get(f"/attachments/{rig.upload(b'text')}/thumbnail").status_code == 404
    assert rig.get("/attachments/nothing/thumbnail").status_code == 404
    assert rig.get(f"/attachments/{damaged}/thumbnail?size=huge").status_code == 422


def test_an_administrator_decides_which_files_are_taken(rig: Rig) -> None:
    read = rig.get(POLICY)
    assert "exe" in read.get_json()["forbidden_endings"]
    assert rig.patch(POLICY, {"max_bytes": 10}, match=None).status_code == 428
    changed = rig.patch(POLICY, {"allowed_types": ["image/*", "image/*"]}, match=read.headers["ETag"])
    assert (changed.status_code, changed.get_json()["allowed_types"]) == (200, ["image/*"])
    assert rig.patch(POLICY, {"max_bytes": 10}, match=read.headers["ETag"]).status_code == 412
    for wrong in ({"max_bytes": 0}, {"allowed_types": ["png"]}, {"forbidden_endings": [".exe"]}, {}):
        assert rig.change(POLICY, wrong).status_code == 422
    assert rig.call("PATCH", POLICY, json={"max_bytes": 1}, token="x").status_code == 401


@pytest.mark.parametrize(
    ("policy", "name", "mime_type", "status"),
    [
        ({"allowed_types": ["image/*"]}, "a.txt", "text/plain", 422),
        ({"forbidden_types": ["text/plain"]}, "a.txt", "text/plain", 422),
        ({"forbidden_endings": ["txt"]}, "a.TXT", "text/plain", 422),
        ({"max_bytes": 5}, "a.txt", "text/plain", 413),
        ({}, "a.txt", "text/plain", 201),
    ],
)
def test_uploads_outside_the_policy_are_refused_and_not_kept(
    rig: Rig, policy: dict[str, Any], name: str, mime_type: str, status: int
) -> None:
    if policy:
        _set_policy(rig, **policy)
    data = {"file": (io.BytesIO(b"harmless"), name, mime_type)}
    answer = rig.call("POST", "/attachments", data=data)
    assert answer.status_code == status, answer.text
    assert len(rig.blobs._blobs) == rig.db[names.ATTACHMENTS].count_documents({}) == int(status == 201)


def test_what_the_policy_no_longer_allows_is_not_sent(rig: Rig) -> None:
    number, file_id = rig.hear(), rig.upload(b"x", "a.txt")
    _set_policy(rig, forbidden_types=["text/*"])
    answer = rig.post(f"/tickets/{number}/replies", {"attachments": [file_id]})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "attachments.0")


def test_a_customers_file_outside_the_policy_is_kept_but_blocked_until_it_is_allowed(rig: Rig) -> None:
    _set_policy(rig, forbidden_types=["text/*"])
    number, file_id = _brought(rig, b"letter", "text/plain", "letter.txt")
    shown = _gallery(rig, number, "state=blocked")[0]
    assert (shown["state"], shown["error"]["code"], shown["url"]) == ("blocked", "type-not-allowed", None)
    refused = rig.get(f"/attachments/{file_id}/content")
    assert (refused.status_code, refused.get_json()["state"]) == (409, "blocked")
    assert len(rig.blobs._blobs) == 1
    assert rig.post(f"/attachments/{file_id}/check", key="k").get_json()["state"] == "blocked"
    _set_policy(rig, forbidden_types=[])
    assert rig.post(f"/attachments/{file_id}/check").get_json()["state"] == "stored"
    assert rig.get(f"/attachments/{file_id}/content").data == b"letter"
    assert rig.post("/attachments/nothing/check").status_code == 404


def test_a_file_that_is_not_here_cannot_be_checked(rig: Rig) -> None:
    rig.written += 1
    message_id = f"whatsapp_cloud:1:wamid.away{rig.written}"
    file = RemoteFile(attachment_id(message_id, 0), "document", "media", "text/plain", "a.txt")
    rig.hear("", kind="document", attachments=[file], message_id=f"wamid.away{rig.written}")
    answer = rig.post(f"/attachments/{file.id}/check")
    assert (answer.status_code, answer.get_json()["state"]) == (409, "pending")


def test_a_file_is_served_only_after_the_scanner_has_seen_it(rig: Rig, clamd: FakeClamd) -> None:
    _, file_id = _brought(rig, b"harmless", "text/plain", "a.txt")
    assert rig.get(f"/attachments/{file_id}").get_json()["scanned_at"] is None
    assert rig.get(f"/attachments/{file_id}/content").data == b"harmless"
    assert rig.get(f"/attachments/{file_id}/content").data == b"harmless"
    assert clamd.scanned == [8]
    assert rig.get(f"/attachments/{file_id}").get_json()["scanned_at"] == "2025-02-27T12:00:00Z"


def test_an_infected_file_is_never_served_and_shown_so(rig: Rig, clamd: FakeClamd) -> None:
    number, file_id = _brought(rig, b"!" + MARKER, "image/png", "a.png")
    for path in ("content", "thumbnail"):
        assert rig.get(f"/attachments/{file_id}/{path}").status_code in (404, 409)
    shown = _gallery(rig, number)[0]
    assert (shown["state"], shown["error"]["code"], shown["url"]) == ("blocked", "infected", None)
    assert NAME in shown["error"]["detail"]
    assert rig.post(f"/attachments/{file_id}/check").get_json()["state"] == "blocked"


def test_what_a_scanner_found_stays_blocked_when_there_is_none_any_more(rig: Rig) -> None:
    _, file_id = _brought(rig, MARKER, "text/plain", "a.txt")
    services = rig.web.services
    with running_clamd() as server:
        context.attach(rig.app, replace(services, scan=Clamd(server.address)))
        assert rig.get(f"/attachments/{file_id}/content").status_code == 409
    context.attach(rig.app, services)
    assert rig.get(f"/attachments/{file_id}/content").status_code == 409
    assert rig.post(f"/attachments/{file_id}/check").get_json()["error"]["code"] == "infected"


def test_uploads_are_scanned_before_they_are_kept(rig: Rig, clamd: FakeClamd) -> None:
    clean = rig.upload(b"harmless")
    assert rig.get(f"/attachments/{clean}").get_json()["scanned_at"] is not None
    for content, problem in ((b"!" + MARKER, "infected"), (b"x" * 100_001, "unscannable")):
        data = {"file": (io.BytesIO(content), "a.txt", "text/plain")}
        answer = rig.call("POST", "/attachments", data=data)
        assert (answer.status_code, answer.get_json()["code"]) == (422, problem)
    assert len(rig.blobs._blobs) == rig.db[names.ATTACHMENTS].count_documents({}) == 1


def _look(rig: Rig, address: str) -> int:
    """The job that shows the scanner what it has not seen."""
    services = rig.web.services
    waiting = FileQueries(rig.db).unscanned
    return look_at_waiting(services.desk, waiting, services.blobs, Clamd(address), rig.clock.now)


def test_files_are_scanned_before_anybody_opens_them(rig: Rig, clamd: FakeClamd) -> None:
    number, infected = _brought(rig, b"!" + MARKER)
    _, clean = _brought(rig, b"harmless", "text/plain", "a.txt")
    _, gone = _brought(rig, b"gone", "text/plain", "b.txt")
    rig.blobs.delete(gone)
    assert _look(rig, clamd.address) == 3
    assert _gallery(rig, number)[0]["error"]["code"] == "infected"
    assert rig.get(f"/attachments/{infected}").get_json()["state"] == "blocked"
    assert rig.get(f"/attachments/{clean}").get_json()["scanned_at"] is not None
    assert clamd.scanned == [len(MARKER) + 1, 8]
    assert _look(rig, clamd.address) == 0
    assert len(clamd.scanned) == 2


def test_while_the_scanner_is_away_files_wait_for_it(rig: Rig, clamd: FakeClamd) -> None:
    _, file_id = _brought(rig, b"harmless", "text/plain", "a.txt")
    with pytest.raises(Unavailable):
        _look(rig, "tcp://127.0.0.1:1")
    assert rig.get(f"/attachments/{file_id}").get_json()["scanned_at"] is None
    assert _look(rig, clamd.address) == 1


def test_the_job_ends_in_time_for_others_and_goes_on_with_the_rest(rig: Rig, clamd: FakeClamd) -> None:
    for _ in range(3):
        _brought(rig, b"harmless", "text/plain", "a.txt")
        rig.clock.forward(seconds=1)
    waiting, began = FileQueries(rig.db).unscanned, rig.clock.now - 2 * AT_MOST
    services = rig.web.services
    assert look_at_waiting(services.desk, waiting, services.blobs, Clamd(clamd.address), began) == 1
    stored = [each.stored_at for each in waiting(10)]
    assert stored == sorted(stored, key=str)
    assert (len(stored), len(waiting(1))) == (2, 1)


def test_an_upload_from_before_there_was_a_scanner_is_seen_before_it_is_sent(rig: Rig) -> None:
    number, early = rig.hear(), rig.upload(b"harmless")
    services = rig.web.services
    with running_clamd() as server:
        scanning = replace(services, desk=replace(services.desk, scans=True), scan=Clamd(server.address))
        context.attach(rig.app, scanning)
        try:
            for path in ("replies", "notes"):
                refused = rig.post(f"/tickets/{number}/{path}", {"text": "x", "attachments": [early]})
                assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (
                    422,
                    "attachments.0",
                )
            assert _look(rig, server.address) == 1
            sent = rig.post(f"/tickets/{number}/replies", {"attachments": [early]})
            assert sent.status_code == 201
        finally:
            context.attach(rig.app, services)


def test_while_the_scanner_is_away_nothing_nothing_unseen_is_taken_or_shown(rig: Rig) -> None:
    _, file_id = _brought(rig, b"harmless", "text/plain", "a.txt")
    services = rig.web.services
    context.attach(rig.app, replace(services, scan=Clamd("tcp://127.0.0.1:1")))
    try:
        answer = rig.get(f"/attachments/{file_id}/content")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        data = {"file": (io.BytesIO(b"x"), "a.txt", "text/plain")}
        assert rig.call("POST", "/attachments", data=data).status_code == 503
    finally:
        context.attach(rig.app, services)
    assert len(rig.blobs._blobs) == 1
    assert rig.get(f"/attachments/{file_id}/content").status_code == 200


def test_a_file_that_comes_before_its_message_is_judged_by_the_name_the_message_gives_it(rig: Rig) -> None:
    rig.written += 1
    message_id = f"whatsapp_cloud:1:wamid.early{rig.written}"
    file_id = rig.fetched(message_id, b"MZ", "application/octet-stream")
    file = RemoteFile(file_id, "document", "media", "application/octet-stream", "setup.exe")
    rig.hear("", kind="document", attachments=[file], message_id=f"wamid.early{rig.written}")
    assert rig.get(f"/attachments/{file_id}").get_json()["state"] == "blocked"
