"""Links to files: good as they were signed, safe for whoever opens them, and silent about all else."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient

from services.webhook_gateway.files import add_file_route
from shared.blobs.links import file_link
from shared.blobs.store import BlobStore
from shared.messaging.message import Unavailable
from shared.web.base import create_base_app
from tests.support.memory_blobs import MemoryBlobStore
from tests.webhook_gateway.media.building import NOW

SECRET = "a secret for links in tests"
CONTENT = b"<script>alert(1)</script>" * 10_000


class Served:
    """The route over a store in memory; `now` is the test's."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.blobs = MemoryBlobStore()
        self.opened = 0
        self.blobs.put("b1", [CONTENT], mime_type="text/html", max_bytes=1 << 20)
        app = create_base_app("webhook_gateway", {}, max_body=1000)
        add_file_route(app, SECRET, self._open, lambda: self.now)
        self.client: FlaskClient = app.test_client()

    def _open(self) -> BlobStore:
        self.opened += 1
        return self.blobs


@pytest.fixture
def served() -> Served:
    return Served()


def link(blob_id: str = "b1", filename: str = "fattura è.html", secret: str = SECRET) -> str:
    return urlsplit(file_link("https://gw", secret, blob_id, filename, NOW + timedelta(hours=1))).path


def test_a_good_link_gives_the_file_and_no_browser_runs_it(served: Served) -> None:
    answer = served.client.get(link())
    assert answer.status_code == 200
    assert answer.data == CONTENT
    assert answer.content_type == "text/html"
    assert answer.content_length == len(CONTENT)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert quote("fattura è.html") in answer.headers["Content-Disposition"]
    assert "store" in answer.headers["Cache-Control"]


def test_head_tells_the_same_without_the_content(served: Served) -> None:
    answer = served.client.head(link())
    assert (answer.status_code, answer.content_length, answer.data) == (200, len(CONTENT), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/files",
        "/files/",
        "/files/b1",
        "/files/b1/",
        link(secret="another secret of tests"),
        link().replace("/files/b1/", "/files/b2/"),
        link().replace("/files/b1/", "/files/B1/"),
        link()[:-1].replace("1740", "1741"),
        "/files/b1/99999999999/" + "0" * 64 + "/x",
        "/files/b1/1/" + "%C3%A8" * 64 + "/x",
        "/files/%00/1/x/x",
        "/files/../../etc/passwd/1/x/x",
    ],
)
def test_whatever_is_wrong_is_not_found_and_asks_no_store(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 404
    assert served.opened == 0
    assert b"b1" not in answer.data


def test_a_signed_link_to_nothing_looks_like_any_wrong_one(served: Served) -> None:
    nothing, wrong = served.client.get(link("b9")), served.client.get(link(secret="another secret of tests"))
    assert (nothing.status_code, nothing.data) == (wrong.status_code, wrong.data) == (404, wrong.data)


def test_a_link_ends_when_it_says(served: Served) -> None:
    served.now += timedelta(minutes=59, seconds=59)
    assert served.client.get(link()).status_code == 200
    served.now += timedelta(seconds=1)
    assert served.client.get(link()).status_code == 404


def test_a_name_in_the_address_cannot_write_headers(served: Served) -> None:
    for name in ('a"\r\nSet-Cookie: x=1;../b', 'a"\t;filename=b/../c', "\u202egpj.exe", "\U0001f4ce" * 100):
        answer = served.client.get(link().rpartition("/")[0] + "/" + quote(name))
        assert answer.status_code in {200, 404}
        assert "Set-Cookie" not in answer.headers
        assert answer.headers.get("Content-Disposition", "").isascii()


def test_a_store_that_is_away_is_said_to_be(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.blobs.fail()
    answer = served.client.get(link())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")

    def away(blob_id: str) -> BlobStore:
        raise Unavailable("no server")

    monkeypatch.setattr(served.blobs, "open", away)
    assert served.client.get(link()).status_code == 503


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_files_are_only_read(served: Served, method: str) -> None:
    assert served.client.open(link(), method=method).status_code == 405
