"""A sandbox with a Twilio account, a gateway that writes down what it is sent, and Twilio's own client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
import pytest
from flask import Flask
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioClient

from sandbox.app import create_app
from sandbox.config import Settings, TwilioAccount
from tests.sandbox.conftest import ACCOUNT as META
from tests.sandbox.conftest import Client, FakeGateway

ACCOUNT = TwilioAccount(
    account_sid="AC" + "0123456789abcdef" * 2,
    auth_token="the auth token",
    number="+390550000002",
    webhook_url="https://desk.example.test/base",
)
AUTH = (ACCOUNT.account_sid, ACCOUNT.auth_token)
API = f"/twilio/2010-04-01/Accounts/{ACCOUNT.account_sid}"
CALLBACK = f"{ACCOUNT.webhook_url}/webhooks/twilio/status?delivery=d-1"
DANIELE = "whatsapp:+393351032246"


class Desk(FakeGateway):
    """The gateway behind the public address, as Twilio meets it."""

    def forms(self, path: str) -> list[dict[str, str]]:
        """The forms that came to this path, in order, each checked for its signature."""
        found = []
        for request in list(self.requests):
            if request.url.path == path:
                form = dict(parse_qsl(request.content.decode(), keep_blank_values=True, strict_parsing=True))
                public = ACCOUNT.webhook_url + request.url.raw_path.decode()
                signature = request.headers["X-Twilio-Signature"]
                assert RequestValidator(ACCOUNT.auth_token).validate(public, form, signature)
                found.append(form)
        return found

    def incoming(self) -> list[dict[str, str]]:
        return self.forms("/webhooks/twilio/whatsapp")

    def callbacks(self, sid: str) -> list[dict[str, str]]:
        return [f for f in self.forms("/webhooks/twilio/status") if f["MessageSid"] == sid]

    def statuses(self, message_id: str) -> list[Any]:
        return [form["MessageStatus"] for form in self.callbacks(message_id)]


class Retarget(TwilioHttpClient):
    """Sends to the sandbox in this process what is meant for Twilio's hosts."""

    def __init__(self, app: Flask) -> None:
        super().__init__(timeout=5)
        self._client = app.test_client()

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        parts = urlsplit(url)
        path = urlunsplit(("", "", "/twilio" + parts.path, parts.query, ""))
        is_json = (headers or {}).get("Content-Type") == "application/json"
        sent: dict[str, Any] = {"json": data} if is_json else {"data": data}
        headers = {k: v for k, v in (headers or {}).items() if k != "Content-Type"}
        answer = self._client.open(
            path, method=method, query_string=params or None, headers=headers, auth=auth, **sent
        )
        return Response(answer.status_code, answer.text)


@pytest.fixture
def gateway() -> Desk:
    return Desk()


@pytest.fixture
def app(gateway: Desk) -> Flask:
    settings = Settings(gateway_url="http://gateway.test", meta=META, twilio=ACCOUNT)
    # The public base has a path of its own; what lies behind it has not.
    return create_app(settings, gateway)


@pytest.fixture
def client(app: Flask) -> Client:
    """A client of a sandbox that sends no callbacks by itself."""
    client = app.test_client()
    client.post("/api/twilio/receipts", json={"mode": "off", "delay_ms": 0})
    return client


@pytest.fixture
def twilio(app: Flask, client: Client) -> TwilioClient:
    """The client that the desk sends with."""
    return TwilioClient(*AUTH, http_client=Retarget(app))


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """Sends a message as the desk does; without arguments a text to Daniele."""

    def send(**change: Any) -> Any:
        form: dict[str, Any] = {"To": DANIELE, "From": f"whatsapp:{ACCOUNT.number}", "Body": "grazie"}
        form = {k: v for k, v in (form | change).items() if v is not None}
        return client.post(f"{API}/Messages.json", data=form, auth=AUTH)

    return send


def file_at(content: bytes, mime_type: str) -> Callable[[httpx.Request], httpx.Response]:
    """A desk that offers one file and takes every webhook."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=content, headers={"Content-Type": mime_type})
        return httpx.Response(200)

    return answer
