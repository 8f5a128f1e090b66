"""The table behind the conformance suite: how each kind is addressed, signs, and what garbage looks like."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.webhook_gateway.ports import Answer, InboundChannel
from services.webhook_gateway.wiring import build_app
from shared.contracts.envelope import Event
from tests.support.memory_broker import MemoryBroker
from tests.webhook_gateway import twilio, whatsapp
from tests.webhook_gateway.whatsapp import RECEIVED_AT, FullSpool, payload_names


class Request(NamedTuple):
    """A request as a provider makes it, but for its signature."""

    path: str
    query: str
    body: bytes


class Provider(ABC):
    """One kind of channel as the suite sees it."""

    kind: str
    payloads: Path
    signature: str
    """The name of the header with the signature."""
    content_type: str
    secret: str
    wrong_secret = "a secret that nobody configured"
    secrets: tuple[str, ...]
    """Whatever must never be written anywhere."""
    accepted: Answer
    garbage: Sequence[bytes]
    """Bodies that are refused although they are signed."""
    wrong_charset: bytes

    @abstractmethod
    def channel(self) -> InboundChannel:
        """With all the numbers that the payload files are for."""

    @abstractmethod
    def elsewhere(self) -> InboundChannel:
        """With the same secrets, and none of these numbers."""

    @abstractmethod
    def request(self, document: Any) -> Request:
        """A payload file's content as a request."""

    @abstractmethod
    def headers(self, request: Request, secret: str) -> dict[str, str]:
        """The request's signature."""

    @abstractmethod
    def text(self, words: str) -> Any:
        """A payload with one text message."""

    @abstractmethod
    def of_unknown_kind(self) -> Any:
        """A payload with one message of a kind that nobody has heard of."""

    @abstractmethod
    def item(self, document: Any) -> list[Any]:
        """What may be the raw item of an event made of this payload."""

    @abstractmethod
    def set_aside(self, payload: str) -> Any:
        """What was set aside, readable in an expected file."""

    def names(self) -> list[str]:
        """Its payload files."""
        return payload_names(self.payloads)

    def payload(self, name: str) -> Any:
        """A payload file."""
        return json.loads((self.payloads / f"{name}.json").read_text())


class Cloud(Provider):
    """Meta's Cloud API: JSON, the raw body signed."""

    kind = "whatsapp_cloud"
    payloads = whatsapp.PAYLOADS
    signature = "X-Hub-Signature-256"
    content_type = "application/json"
    secret = whatsapp.SECRET
    secrets = (whatsapp.SECRET, whatsapp.OTHER_SECRET, whatsapp.TOKEN)
    accepted = Answer(b"", "")
    garbage = (
        b"",
        b"not json",
        b"{",
        b"[]",
        b'"text"',
        b"17",
        b"null",
        b'{"entry": NaN}',
        b'{"entry": Infinity}',
        b'{"entry": 1e999}',
        b'{"entry": ' + b"1" * 100_000 + b"}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"entry":' * 100_000,
        b'{"entry":' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"entry":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"109876543210987"},'
        b'"messages":[{"id":"w","from":"393351032246","type":"x","x":'
        + b"[" * 300
        + b"]" * 300
        + b"}]}}]}]}",
    )
    wrong_charset = '{"entry": "città"}'.encode("latin-1")

    def channel(self) -> InboundChannel:
        return whatsapp.cloud()

    def elsewhere(self) -> InboundChannel:
        numbers = (
            whatsapp.WhatsAppNumber(f"other-{at}", f"10000000000000{at}", secret, whatsapp.TOKEN)
            for at, secret in enumerate((whatsapp.SECRET, whatsapp.OTHER_SECRET))
        )
        return whatsapp.cloud(*numbers)

    def request(self, document: Any) -> Request:
        body = document if isinstance(document, bytes) else whatsapp.encoded(document)
        return Request(whatsapp.PATH, "", body)

    def headers(self, request: Request, secret: str) -> dict[str, str]:
        return {self.signature: whatsapp.sign(request.body, secret)}

    def text(self, words: str) -> Any:
        return whatsapp.webhook([whatsapp.message(text={"body": words})])

    def of_unknown_kind(self) -> Any:
        return whatsapp.webhook([whatsapp.message(type="hologram", hologram={"depth": 3})])

    def item(self, document: Any) -> list[Any]:
        values = [change["value"] for entry in document["entry"] for change in entry["changes"]]
        lists = [one for value in values for one in value.values() if isinstance(one, list)]
        return [item for one in lists for item in one]

    def set_aside(self, payload: str) -> Any:
        return json.loads(payload)


class Twilio(Provider):
    """Twilio: forms, the public address and the fields signed."""

    kind = "whatsapp_twilio"
    payloads = twilio.PAYLOADS
    signature = "X-Twilio-Signature"
    content_type = "application/x-www-form-urlencoded; charset=utf-8"
    secret = twilio.TOKEN
    secrets = (twilio.TOKEN, twilio.OTHER_TOKEN)
    accepted = Answer(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")
    garbage = (
        b"a=1&" * 400,
        b"AccountSid=%ff%fe",
        b"\xff\xfe\x00",
        b"=" + b"&=" * 500,
    )
    wrong_charset = b"AccountSid=" + twilio.SID.encode() + b"&Body=citt%E0"

    def channel(self) -> InboundChannel:
        return twilio.twilio()

    def elsewhere(self) -> InboundChannel:
        return twilio.twilio(
            twilio.TwilioNumber("other-0", twilio.SID, twilio.TOKEN, "+390550000090", twilio.URL),
            twilio.TwilioNumber("other-1", twilio.OTHER_SID, twilio.OTHER_TOKEN, "+390550000091", twilio.URL),
        )

    def request(self, document: Any) -> Request:
        if isinstance(document, bytes):
            return Request(twilio.MESSAGES, "", document)
        return Request(document["path"], document["query"], twilio.encoded(document["form"]))

    def headers(self, request: Request, secret: str) -> dict[str, str]:
        fields = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        place = request.path + (f"?{request.query}" if request.query else "")
        return {self.signature: twilio.sign(twilio.URL + place, fields, secret)}

    def text(self, words: str) -> Any:
        return {"path": twilio.MESSAGES, "query": "", "form": twilio.incoming(Body=words)}

    def of_unknown_kind(self) -> Any:
        form = twilio.incoming(MessageType="hologram", Body="", HologramDepth="3")
        return {"path": twilio.MESSAGES, "query": "", "form": form}

    def item(self, document: Any) -> list[Any]:
        return [document["form"]]

    def set_aside(self, payload: str) -> Any:
        return dict(parse_qsl(payload, keep_blank_values=True))


PROVIDERS: Final[tuple[Provider, ...]] = (Cloud(), Twilio())


class Conversation:
    """A gateway in memory for one kind, and its provider."""

    def __init__(self, provider: Provider, channel: InboundChannel | None = None) -> None:
        self.provider = provider
        self.broker = MemoryBroker()
        self._channel = channel or provider.channel()
        app = build_app([self._channel], self.broker.publisher(), FullSpool(), lambda: RECEIVED_AT)
        self.client: FlaskClient = app.test_client()

    def post(self, document: Any, secret: str | None = None) -> TestResponse:
        """A payload, signed."""
        request = self.provider.request(document)
        return self.send(request, self.provider.headers(request, secret or self.provider.secret))

    def send(self, request: Request, headers: dict[str, str]) -> TestResponse:
        """A request with exactly these headers, besides the content type."""
        return self.client.post(
            request.path,
            query_string=request.query,
            data=request.body,
            headers=headers,
            content_type=self.provider.content_type,
        )

    def events(self, event_type: str | None = None) -> Sequence[Event]:
        """Everything published so far, as its readers see it."""
        return self.broker.events(event_type)
