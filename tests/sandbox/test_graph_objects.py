"""The rest of the fake Graph API: media, templates, the number, and what is not there."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.sandbox.conftest import ACCOUNT, GRAPH, TOKEN, Client

UPLOAD = f"{GRAPH}/{ACCOUNT.phone_number_id}/media"
TEMPLATES = f"{GRAPH}/{ACCOUNT.waba_id}/message_templates"


def upload(client: Client, content: bytes, mime_type: str = "image/png", **fields: str) -> Any:
    form = {"messaging_product": "whatsapp", "type": mime_type, **fields}
    request = httpx.Request("POST", "http://x", data=form, files={"file": ("a.png", content, mime_type)})
    headers = TOKEN | {"Content-Type": request.headers["Content-Type"]}
    return client.post(UPLOAD, headers=headers, data=request.read())


def test_an_upload_can_be_looked_up_fetched_and_deleted(client: Client) -> None:
    content = bytes(range(256)) * 40
    media_id = upload(client, content).json["id"]

    about = client.get(f"{GRAPH}/{media_id}", headers=TOKEN).json
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    assert (about["mime_type"], about["file_size"], about["id"]) == ("image/png", len(content), media_id)

    path = urlsplit(about["url"]).path
    assert client.get(path).status_code == 401
    fetched = client.get(path, headers=TOKEN)
    assert (fetched.data, fetched.mimetype) == (content, "image/png")
    assert fetched.headers["Content-Disposition"] == "attachment"

    assert client.delete(f"{GRAPH}/{media_id}", headers=TOKEN).json == {"success": True}
    assert client.get(path, headers=TOKEN).json["error"]["code"] == 100


@pytest.mark.parametrize(
    ("content", "mime_type", "fields", "code"),
    [
        pytest.param(b"", "image/png", {}, 131053, id="empty"),
        pytest.param(b"x" * (5 * 2**20 + 1), "image/png", {}, 131053, id="image too large"),
        pytest.param(b"x", "png", {}, 100, id="no MIME type"),
        pytest.param(b"x", "image/png", {"messaging_product": "x"}, 100, id="no product"),
    ],
)
def test_a_bad_upload_is_refused(
    client: Client, content: bytes, mime_type: str, fields: dict[str, str], code: int
) -> None:
    answer = upload(client, content, mime_type, **fields)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)


def test_an_upload_beyond_every_limit_is_refused(client: Client) -> None:
    answer = upload(client, b"x" * (26 * 2**20), "application/pdf")
    assert (answer.status_code, answer.json["error"]["code"]) == (413, 100)


def test_an_upload_is_recorded_without_its_bytes(client: Client) -> None:
    upload(client, b"secret bytes")
    [call] = client.get("/api/requests").json["items"]
    assert call["body"]["fields"]["type"] == "image/png"
    assert call["body"]["files"][0]["size"] == 12
    assert call["body"]["files"][0]["sha256"] == hashlib.sha256(b"secret bytes").hexdigest()


def test_old_media_make_room_for_new_ones(client: Client) -> None:
    ids = [upload(client, b"x" * (16 * 2**20), "video/mp4").json["id"] for _ in range(5)]
    assert client.get(f"{GRAPH}/{ids[0]}", headers=TOKEN).status_code == 400
    assert client.get(f"{GRAPH}/{ids[-1]}", headers=TOKEN).status_code == 200


def test_the_templates_have_what_a_desk_must_cope_with(client: Client) -> None:
    items = client.get(TEMPLATES, headers=TOKEN).json["data"]
    assert {t["status"] for t in items} >= {"APPROVED", "PAUSED", "REJECTED"}
    assert "nl_BE" in {t["language"] for t in items}
    assert {t["parameter_format"] for t in items} == {"POSITIONAL", "NAMED"}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_templates_join_without_gap_or_repeat(client: Client, limit: int) -> None:
    everything = [t["id"] for t in client.get(TEMPLATES, headers=TOKEN).json["data"]]
    seen: list[str] = []
    url: str | None = f"{TEMPLATES}?limit={limit}"
    while url:
        page = client.get(url, headers=TOKEN).json
        seen += [t["id"] for t in page["data"]]
        following = page["paging"].get("next")
        url = following and f"{urlsplit(following).path}?{urlsplit(following).query}"
    assert seen == everything


def test_templates_are_filtered_and_cut_to_the_fields_asked_for(client: Client) -> None:
    query = {"status": "APPROVED", "language": "it", "name": "ticket", "fields": "name,status"}
    page = client.get(TEMPLATES, headers=TOKEN, query_string=query).json
    assert [set(t) for t in page["data"]] == [{"id", "name", "status"}]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=99999", "after=%21", "after=eA==", "before=YXQ6eA=="]
)
def test_a_bad_page_request_is_error_100(client: Client, query: str) -> None:
    answer = client.get(f"{TEMPLATES}?{query}", headers=TOKEN)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)


def test_the_number_tells_about_itself(client: Client) -> None:
    number = client.get(f"{GRAPH}/{ACCOUNT.phone_number_id}", headers=TOKEN).json
    assert number["id"] == ACCOUNT.phone_number_id
    assert number["display_phone_number"] == ACCOUNT.display_number


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{GRAPH}/404", 400, 100),
        ("DELETE", f"{GRAPH}/404", 400, 100),
        ("GET", f"{GRAPH}/404/message_templates", 400, 100),
        ("POST", f"{GRAPH}/404/media", 400, 100),
        ("POST", f"{GRAPH}/{ACCOUNT.phone_number_id}/register", 400, 100),
        ("GET", "/graph/26/404", 400, 2500),
        ("GET", "/graph/v26.0", 400, 100),
        ("GET", f"{GRAPH}/a/b/c/d", 400, 100),
        ("GET", "/graph/v26.0%0d%0aX:%20y/%00", 400, 2500),
        ("PUT", f"{GRAPH}/{ACCOUNT.phone_number_id}/messages", 400, 100),
    ],
)
def test_what_is_not_there_is_refused_in_metas_words(
    client: Client, method: str, path: str, status: int, code: int
) -> None:
    answer = client.open(path, method=method, headers=TOKEN)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
