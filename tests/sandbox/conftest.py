"""A sandbox in the test's own process, and a gateway that writes down what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from flask import Flask
from werkzeug.serving import make_server

from sandbox.app import create_app
from sandbox.config import MetaAccount, Settings

ACCOUNT = MetaAccount(
    app_secret="the app's secret",
    verify_token="the verify token",
    access_token="EAAthe-access-token",
    phone_number_id="109876543210987",
    waba_id="204123456789012",
    display_number="+39 02 8088 1234",
)
TOKEN = {"Authorization": f"Bearer {ACCOUNT.access_token}"}
GRAPH = "/graph/v26.0"
MESSAGES = f"{GRAPH}/{ACCOUNT.phone_number_id}/messages"
DANIELE = "393351032246"
Client = Any  # a FlaskClient; its answers' `json` is typed as possibly None


class FakeGateway(httpx.BaseTransport):
    """Stands where the network is; `answer` decides what the next requests get."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200)
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            request.read()
            self.requests.append(request)
            return self.answer(request)

    def values(self) -> list[dict[str, Any]]:
        """The `value` of every webhook, in the order in which they came."""
        return [json.loads(r.content)["entry"][0]["changes"][0]["value"] for r in list(self.requests)]

    def statuses(self, message_id: str) -> list[dict[str, Any]]:
        """The receipts for one message, in the order in which they came."""
        found = [s for value in self.values() for s in value.get("statuses", [])]
        return [s for s in found if s["id"] == message_id]

    def refuse(self, status: int) -> None:
        """Answer everything with this status from now on."""
        self.answer = lambda _: httpx.Response(status)


def refused_connection(_: httpx.Request) -> httpx.Response:
    """What a client sees of a gateway that is not there."""
    raise httpx.ConnectError("nobody listens")


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def app(gateway: FakeGateway) -> Flask:
    return create_app(Settings(gateway_url="http://gateway.test", meta=ACCOUNT), gateway)


@pytest.fixture
def client(app: Flask) -> Client:
    """A client of a sandbox that sends no receipts by itself."""
    client = app.test_client()
    client.post("/api/receipts", json={"mode": "off", "delay_ms": 0})
    return client


@pytest.fixture
def address(app: Flask, client: Client) -> Iterator[str]:
    """Where the same sandbox is served over HTTP."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    app.extensions["sandbox"].events.closing = True
    server.shutdown()
    thread.join()
    server.server_close()


def form(
    content: bytes, mime_type: str = "image/png", name: str = "foto.png", **fields: str
) -> dict[str, Any]:
    """A multipart form with one file, for the test client: in memory, whatever its size."""
    request = httpx.Request("POST", "http://x", data=fields, files={"file": (name, content, mime_type)})
    return {"data": request.read(), "content_type": request.headers["Content-Type"]}


@pytest.fixture
def upload(client: Client) -> Callable[..., str]:
    """Puts a customer's file into the sandbox; returns its id."""

    def upload(content: bytes = b"\x89PNG", mime_type: str = "image/png", name: str = "foto.png") -> str:
        answer = client.post("/api/meta/media", **form(content, mime_type, name))
        assert answer.status_code == 201
        media_id: str = answer.json["media_id"]
        return media_id

    return upload


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """Sends a message through the fake Graph API as the desk does; without arguments a text to Daniele."""

    def send(**change: Any) -> Any:
        body = {"messaging_product": "whatsapp", "to": DANIELE, "type": "text", "text": {"body": "grazie"}}
        body |= change
        return client.post(MESSAGES, headers=TOKEN, json={k: v for k, v in body.items() if v is not None})

    return send
