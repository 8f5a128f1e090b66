"""Files: brought in, shown harmlessly, played from the middle, fetched again, forgotten."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.api import attachments as views
from services.ticket_service.api.file_content import POLICY
from services.ticket_service.api.uploads import KEPT_FOR
from services.ticket_service.app import create_app
from services.ticket_service.store import collections as names
from shared.blobs.gridfs import GridFsBlobStore
from shared.contracts.attachment import RemoteFile, attachment_id
from tests.ticket_service.api.rig import ANNA, TOKEN, Rig

pytestmark = pytest.mark.integration
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(300)
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(range(256)) * 4
HTML = b"<!doctype html><script>alert(1)</script>"
PROBLEM = "application/problem+json"


def _with_file(rig: Rig, **remote: Any) -> tuple[str, str, str]:
    """A customer's message with one file still at its provider: ticket number, message id, file id."""
    rig.written += 1
    message_id = f"whatsapp_cloud:1:wamid.file{rig.written}"
    file = RemoteFile(attachment_id(message_id, 0), "document", "media-id-1", "application/pdf", "a.pdf")
    number = rig.hear(
        "", kind="document", attachments=[file], message_id=f"wamid.file{rig.written}", **remote
    )
    return number, message_id, file.id


def test_an_upload_is_kept_under_an_id_of_ours_and_shown_by_its_clean_name(rig: Rig) -> None:
    data = {"file": (io.BytesIO(PNG), "../../\N{RIGHT-TO-LEFT OVERRIDE}foto 1.png", "image/png")}
    answer = rig.call("POST", "/attachments", data=data)
    file = answer.get_json()
    assert answer.status_code == 201
    assert (file["filename"], file["mime_type"], file["kind"]) == ("foto 1.png", "image/png", "image")
    assert (file["state"], file["size"], file["message_id"]) == ("stored", len(PNG), None)
    assert file["uploaded_by"]["id"] == ANNA
    assert file["url"] == f"/api/v1/attachments/{file['id']}/content"
    assert rig.get(f"/attachments/{file['id']}").get_json() == file
    with rig.blobs.open(file["id"]) as (blob, pieces):
        assert (b"".join(pieces), blob.sha256) == (PNG, file["sha256"])


def test_the_kind_may_be_chosen_where_the_type_fits(rig: Rig) -> None:
    voice = rig.get(f"/attachments/{rig.upload(OGG, 'a.ogg', 'audio/ogg; codecs=opus', kind='voice')}")
    assert (voice.get_json()["kind"], voice.get_json()["mime_type"]) == ("voice", "audio/ogg; codecs=opus")
    for kind in ("sticker", "film"):
        data = {"file": (io.BytesIO(PNG), "a.png", "image/png"), "kind": kind}
        answer = rig.call("POST", "/attachments", data=data)
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "kind")
    assert len(rig.blobs._blobs) == rig.db[names.ATTACHMENTS].count_documents({}) == 1


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"file": "a text"}, 422),
        ({"file": (io.BytesIO(b""), "empty.txt")}, 422),
        ({"picture": (io.BytesIO(b"x"), "a.txt")}, 422),
        ({"file": [(io.BytesIO(b"a"), "a.txt"), (io.BytesIO(b"b"), "b.txt")]}, 422),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "colour": "red"}, 422),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "kind": {"$ne": ""}}, 422),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "kind[$ne]": "x"}, 422),
        ({"file": (io.BytesIO(b"x" * 2_000), "a.txt")}, 413),
        ({"file": (io.BytesIO(b"x" * 200_000), "a.txt")}, 413),
    ],
    ids=lambda value: re.sub(r" object at 0x\w+", "", str(value)),
)
def test_what_is_no_upload_is_refused_and_leaves_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, data: dict[str, Any], status: int
) -> None:
    monkeypatch.setattr(views, "MAX_FILE_BYTES", 1_000)
    fields = {name: str(value) if isinstance(value, dict) else value for name, value in data.items()}
    answer = rig.call("POST", "/attachments", data=fields, content_type="multipart/form-data")
    assert (answer.status_code, answer.content_type) == (status, PROBLEM), answer.text
    assert rig.blobs._blobs == {}
    assert rig.db[names.ATTACHMENTS].count_documents({}) == 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x", "multipart/form-data", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
        (b"{}", "application/json", 415),
        (b"x", "", 415),
        (b"\xff" * 300_000, "multipart/form-data; boundary=x", 400),
    ],
)
def test_damaged_uploads_are_refused(rig: Rig, body: bytes, kind: str, status: int) -> None:
    answer = rig.call("POST", "/attachments", data=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.content_type) == (status, PROBLEM), answer.text


def test_a_body_without_a_length_is_limited_too(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_FILE_BYTES", 1_000)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    answer = rig.client.post(
        "/api/v1/attachments",
        input_stream=io.BytesIO(head + b"y" * 300_000 + b"\r\n--x--\r\n"),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "multipart/form-data; boundary=x"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.content_type) == (413, PROBLEM)


def test_a_repeated_upload_is_kept_once(rig: Rig) -> None:
    def send(content: bytes) -> Any:
        data = {"file": (io.BytesIO(content), "a.txt", "text/plain")}
        return rig.call("POST", "/attachments", data=data, headers={"Idempotency-Key": "k"})

    first, again, other = send(b"one"), send(b"one"), send(b"two")
    assert (first.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.get_json()["type"]) == (
        422,
        "urn:sportello:problem:idempotency-key-reused",
    )
    assert list(rig.blobs._blobs) == [first.get_json()["id"]]
    bad = rig.call(
        "POST",
        "/attachments",
        data={"file": (io.BytesIO(b"x"), "a")},
        headers={"Idempotency-Key": "é"},
    )
    assert (bad.status_code, len(rig.blobs._blobs)) == (400, 1)


@pytest.mark.parametrize(
    ("content", "name", "mime_type", "how"),
    [
        (PNG, "foto.png", "image/png", "inline"),
        (OGG, "voce.ogg", "audio/ogg", "inline"),
        (HTML, "pagina.html", "text/html", "attachment"),
        (HTML, "foto.png", "image/png", "attachment"),
        (b"<svg onload='alert(1)'/>", "a.svg", "image/svg+xml", "attachment"),
        (b"%PDF-1.7\n", "caffè ☕.pdf", "application/pdf", "attachment"),
    ],
)
def test_content_is_harmless_to_browsers(
    rig: Rig, content: bytes, name: str, mime_type: str, how: str
) -> None:
    answer = rig.get(f"/attachments/{rig.upload(content, name, mime_type)}/content")
    assert (answer.status_code, answer.data) == (200, content)
    assert answer.headers["Content-Disposition"].startswith(f"{how}; filename=")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Content-Length"] == str(len(content))
    if how == "attachment" and mime_type.startswith("image"):
        assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=1000-999999", 206, slice(1000, None)),
        ("bytes=999999-", 416, None),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=9-1", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
        ("nonsense", 200, slice(None)),
    ],
)
def test_players_get_the_part_they_ask_for(rig: Rig, wanted: str, status: int, part: slice | None) -> None:
    file = rig.upload(OGG, "a.ogg", "audio/ogg")
    answer = rig.get(f"/attachments/{file}/content", headers={"Range": wanted})
    assert answer.status_code == status
    if part is None:
        assert answer.headers["Content-Range"] == f"bytes */{len(OGG)}"
        assert answer.content_type == PROBLEM
        return
    assert answer.data == OGG[part]
    assert answer.headers["Content-Length"] == str(len(OGG[part]))
    etag = answer.headers["ETag"]
    for if_range, expected in ((etag, status), ('"another"', 200)):
        headers = {"Range": wanted, "If-Range": if_range}
        assert rig.get(f"/attachments/{file}/content", headers=headers).status_code == expected


def test_files_in_the_database_come_back_whole_and_in_parts(rig: Rig) -> None:
    client, name = rig.db.client, f"{rig.db.name}_blobs"
    services = replace(rig.web.services, blobs=GridFsBlobStore(client, name))
    here = replace(rig, app=create_app(replace(rig.web, services=services)))
    content = bytes(range(256)) * 12_000
    try:
        kind = 'form-data; name="file"; filename="film.ogg"\r\nContent-Type: video/ogg'
        body = f"--x\r\nContent-Disposition: {kind}\r\n\r\n".encode() + OGG[:200] + content + b"\r\n--x--\r\n"
        sort = {"Content-Type": "multipart/form-data; boundary=x"}
        file = here.call("POST", "/attachments", data=body, headers=sort).get_json()["id"]
        assert here.get(f"/attachments/{file}/content").data == OGG[:200] + content
        headers = {"Range": f"bytes={2**20 - 5}-{2**20 + 4}"}
        part = here.get(f"/attachments/{file}/content", headers=headers)
        assert (part.status_code, part.data) == (206, (OGG[:200] + content)[2**20 - 5 : 2**20 + 5])
        head = here.call("HEAD", f"/attachments/{file}/content")
        assert (head.data, head.headers["Content-Length"]) == (b"", str(len(content) + 200))
    finally:
        client.drop_database(name)


def test_a_customers_file_is_pending_until_it_is_fetched(rig: Rig) -> None:
    number, message_id, file_id = _with_file(rig)
    (action,) = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    (file,) = action["attachments"]
    assert (file["id"], file["state"], file["url"]) == (file_id, "pending", None)
    refused = rig.get(f"/attachments/{file_id}/content")
    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:sportello:problem:not-stored")
    assert rig.post(f"/attachments/{file_id}/retry").status_code == 409
    rig.fetched(message_id, b"%PDF-1.7\n", "application/pdf", "a.pdf")
    assert rig.get(f"/attachments/{file_id}/content").data == b"%PDF-1.7\n"
    (listed,) = rig.get(f"/tickets/{number}/attachments").get_json()["items"]
    assert (listed["state"], listed["message_id"]) == ("stored", message_id)


def test_a_file_that_could_not_be_fetched_says_why_and_can_be_asked_for_again(rig: Rig) -> None:
    number, message_id, file_id = _with_file(rig)
    rig.not_fetched(message_id)
    failed = rig.get(f"/attachments/{file_id}").get_json()
    assert (failed["state"], failed["error"]["remedy"]) == ("failed", "Ask for a smaller one.")
    rig.clock.forward(seconds=5)
    rig.db["outbox"].delete_many({})
    answer = rig.post(f"/attachments/{file_id}/retry", key="k")
    assert (answer.status_code, answer.get_json()["state"]) == (202, "pending")
    assert rig.post(f"/attachments/{file_id}/retry", key="k").data == answer.data
    (asked,) = rig.requested("media.requested")
    assert (asked.file.id, asked.file.reference, asked.message_id) == (file_id, "media-id-1", message_id)
    entry = rig.get(f"/tickets/{number}/history").get_json()["items"][-1]
    assert (entry["what"], entry["from"], entry["to"]) == ("file_requested_again", "too-large", "a.pdf")
    assert rig.post(f"/attachments/{file_id}/retry").get_json()["state"] == "pending"


def test_what_a_person_uploaded_is_not_asked_for_at_a_provider(rig: Rig) -> None:
    assert rig.post(f"/attachments/{rig.upload()}/retry").status_code == 404


def test_a_file_whose_content_is_gone_says_so(rig: Rig) -> None:
    file = rig.upload()
    rig.blobs.delete(file)
    answer = rig.get(f"/attachments/{file}/content")
    assert (answer.status_code, answer.content_type) == (404, PROBLEM)


def test_a_store_that_is_away_is_no_internal_error(rig: Rig) -> None:
    file = rig.upload()
    rig.blobs.fail()
    assert rig.get(f"/attachments/{file}/content").status_code == 503
    rig.blobs.fail()
    data = {"file": (io.BytesIO(b"x"), "a.txt")}
    assert rig.call("POST", "/attachments", data=data).status_code == 503


def test_uploads_that_nobody_sent_are_forgotten_and_only_those(rig: Rig) -> None:
    number, _, customers = _with_file(rig)
    unsent, sent = rig.upload(b"unsent"), rig.upload(b"sent")
    assert rig.post(f"/tickets/{number}/replies", {"attachments": [sent]}).status_code == 201
    rig.clock.forward(seconds=(KEPT_FOR - timedelta(seconds=1)).total_seconds())
    rig.upload(b"a little early")
    assert rig.get(f"/attachments/{unsent}").status_code == 200
    rig.clock.forward(seconds=2)
    rig.upload(b"later")
    assert rig.get(f"/attachments/{unsent}").status_code == 404
    assert unsent not in rig.blobs._blobs
    for kept in (sent, customers):
        assert rig.get(f"/attachments/{kept}").status_code == 200
