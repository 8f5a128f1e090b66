"""What every kind of channel must do, whoever its provider is: the same cases for each line of the table."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from prometheus_client import REGISTRY as METRICS

from services.webhook_gateway.channels import REGISTRY
from services.webhook_gateway.wiring import build_replayer
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.envelope import Event
from shared.contracts.routes import queues_of
from shared.contracts.times import format_utc
from shared.messaging.message import Outgoing
from tests.webhook_gateway.channels.providers import PROVIDERS, Conversation, Provider
from tests.webhook_gateway.channels.wire import by_hand_and_by_contract
from tests.webhook_gateway.whatsapp import RECEIVED_AT

REPLAYS = "webhook_gateway.replays"

each_kind = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)
each_payload = pytest.mark.parametrize(
    ("provider", "name"),
    [(provider, name) for provider in PROVIDERS for name in provider.names()],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)


def test_every_kind_is_in_the_table() -> None:
    assert {provider.kind for provider in PROVIDERS} == set(REGISTRY)


def counted(provider: Provider, result: str) -> float:
    labels = {"channel_kind": provider.kind, "result": result}
    return METRICS.get_sample_value("sportello_webhooks_total", labels) or 0.0


def shown(event: Event, provider: Provider) -> dict[str, Any]:
    """An event as the expected files have it: without what is the same or random in all of them."""
    data: dict[str, Any] = CONTRACTS[event.type].schema.dump(event.data)
    if event.type == "item.quarantined":
        return {
            "type": event.type,
            "reason": data["reason"],
            "detail": data["detail"],
            "replayable": data["replay"] is not None,
            "payload": provider.set_aside(data["payload"]),
        }
    data.pop("raw", None)
    for other in ("mail", "visitor"):  # what only mailboxes and live chats have
        if data.get(other, "absent") is None:
            del data[other]
    head = {"type": event.type, "id": event.id, "time": format_utc(event.time), "subject": event.subject}
    return head | {"data": data}


# --- payload files ---


@dataclass(frozen=True)
class Taken:
    """What a gateway made of a payload: only looked at."""

    answer: tuple[int, bytes]
    events: Sequence[Event]
    published: tuple[bytes, ...]
    happened: list[tuple[str, Any]]


@cache
def taken(provider: Provider, name: str) -> Taken:
    """Posted once for all who look at it: the same gateway six times over was half of the work here."""
    gateway = Conversation(provider)
    answer = gateway.post(provider.payload(name))
    published = tuple(message.body for message in gateway.broker.published)
    return Taken((answer.status_code, answer.data), gateway.events(), published, happened(gateway))


@each_payload
def test_payload_becomes_exactly_the_expected_events(provider: Provider, name: str) -> None:
    assert taken(provider, name).answer == (200, provider.accepted.body)
    expected = json.loads((provider.payloads / f"{name}.expected.json").read_text())
    assert [shown(event, provider) for event in taken(provider, name).events] == expected


@each_kind
def test_there_are_payloads_and_none_lacks_its_expectation(provider: Provider) -> None:
    expectations = {path.name for path in provider.payloads.glob("*.expected.json")}
    assert len(provider.names()) > 40
    assert expectations == {f"{name}.expected.json" for name in provider.names()}


@each_payload
def test_raw_is_the_item_as_it_came(provider: Provider, name: str) -> None:
    document = provider.payload(name)
    for event in taken(provider, name).events:
        raw = getattr(event.data, "raw", None)
        if raw is not None:
            assert json.loads(raw) in provider.item(document)


@each_payload
def test_what_is_delivered_again_makes_the_same_events(provider: Provider, name: str) -> None:
    gateway = Conversation(provider)
    gateway.post(provider.payload(name))
    first = [event.id for event in gateway.events()]
    gateway.post(provider.payload(name))
    assert [event.id for event in gateway.events()] == first * 2
    assert len(set(first)) == len(first)


@each_payload
def test_what_is_written_by_hand_is_what_the_contracts_write(provider: Provider, name: str) -> None:
    for body in taken(provider, name).published:
        written, contract = by_hand_and_by_contract(body)
        assert written == contract


@each_payload
def test_nothing_happened_in_the_future(provider: Provider, name: str) -> None:
    events = taken(provider, name).events
    assert all(event.time <= RECEIVED_AT + timedelta(minutes=1) for event in events)


@each_payload
def test_every_file_is_asked_for_behind_its_message(provider: Provider, name: str) -> None:
    events = taken(provider, name).events
    wanted = [
        (f"{file.id}:requested", file, event.data.dedupe_key, event.data.channel_id)
        for event in events
        if event.type == "message.received"
        for file in event.data.attachments
    ]
    asked = [event for event in events if event.type == "media.requested"]
    assert [(e.id, e.data.file, e.data.message_id, e.data.channel_id) for e in asked] == wanted
    places = {event.id: place for place, event in enumerate(events)}
    assert all(places[event.data.message_id] < places[event.id] for event in asked)


@each_payload
def test_what_was_set_aside_for_an_unknown_number_is_the_same_once_it_is_known(
    provider: Provider, name: str
) -> None:
    gateway = Conversation(provider, provider.elsewhere())
    gateway.post(provider.payload(name))
    kept = list(gateway.events("item.quarantined"))
    assert len(kept) == len(gateway.events())
    gateway.broker.published.clear()
    for event in kept:
        replay = event.data.replay
        gateway.broker.take([Outgoing(replay.exchange, replay.routing_key, replay.body.encode())])
    replayer = build_replayer([provider.channel()], gateway.broker.publisher(), lambda: RECEIVED_AT)
    gateway.broker.drain(queues_of("webhook_gateway.worker"), replayer.handle, replayer.park)
    assert happened(gateway) == taken(provider, name).happened


def happened(gateway: Conversation) -> list[tuple[str, Any]]:
    """The events that are neither set aside nor replays, each without its envelope."""
    dumped = [
        (event.id, CONTRACTS[event.type].schema.dump(event.data))
        for event in gateway.events()
        if event.type not in ("item.quarantined", "webhook.replayed")
    ]
    return sorted(dumped, key=lambda one: one[0])


@each_kind
def test_an_unknown_kind_is_a_placeholder_with_all_that_came(provider: Provider) -> None:
    gateway = Conversation(provider)
    assert gateway.post(provider.of_unknown_kind()).status_code == 200
    (event,) = gateway.events()
    assert (event.data.kind, event.data.content["type"]) == ("unsupported", "hologram")
    assert event.data.text == "[unsupported message]"
    assert "depth" in event.data.raw.lower()


def test_one_person_is_one_identity_and_another_channel_everywhere() -> None:
    found = []
    for provider in PROVIDERS:
        gateway = Conversation(provider)
        gateway.post(provider.text("Buongiorno"))
        found.append(gateway.events()[0].data)
    assert len({data.sender.identities[0].key for data in found}) == 1
    assert len({data.channel_id for data in found}) == len({data.contact_key for data in found}) == len(found)


# --- signatures ---


@each_kind
@pytest.mark.parametrize("secret", ["wrong", "tampered", "other body"])
def test_what_is_not_signed_by_a_configured_secret_is_refused_without_hints(
    provider: Provider, secret: str
) -> None:
    gateway = Conversation(provider)
    request = provider.request(provider.text("Buongiorno"))
    headers = provider.headers(request, provider.wrong_secret if secret == "wrong" else provider.secret)
    if secret == "tampered":
        request = request._replace(body=request.body.replace(b"Buongiorno", b"Buongiorni"))
    if secret == "other body":
        request = provider.request(provider.payload("image"))
    before = counted(provider, "wrong-signature")
    answer = gateway.send(request, headers)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert answer.json == {"type": "urn:sportello:problem:forbidden", "title": "Forbidden", "status": 403}
    assert (gateway.events(), counted(provider, "wrong-signature")) == ([], before + 1)


@each_kind
@pytest.mark.parametrize(
    "signature", [None, "", "x", "x" * 5_000, "é" * 28, "é" * 71, "sha256=" + "é" * 64, "\x80\xff"]
)
def test_without_a_usable_signature_a_request_is_refused(provider: Provider, signature: str | None) -> None:
    gateway = Conversation(provider)
    headers = {} if signature is None else {provider.signature: signature}
    answer = gateway.send(provider.request(provider.text("Buongiorno")), headers)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.json == {
        "type": "urn:sportello:problem:unauthorized",
        "title": "Unauthorized",
        "status": 401,
    }
    assert gateway.events() == []


@each_kind
def test_no_secret_no_signature_and_no_words_of_a_customer_are_logged(
    provider: Provider, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = Conversation(provider)
    request = provider.request(provider.text("parole di un cliente"))
    forged = provider.headers(request, provider.wrong_secret)
    with caplog.at_level(logging.DEBUG):
        for name in provider.names():
            gateway.post(provider.payload(name))
        for body in (*provider.garbage, provider.wrong_charset):
            gateway.post(body)
        quiet = caplog.text + "".join(capsys.readouterr())
        gateway.send(request, forged)
        gateway.send(request, {})
        gateway.send(request, {provider.signature: "é" * 40})
        gateway.broker.fail(1)
        gateway.post(provider.text("parole di un cliente"))
    written = quiet + caplog.text + "".join(capsys.readouterr())
    assert written.count("webhook refused") >= len(provider.garbage) + 3
    right = provider.headers(request, provider.secret)[provider.signature]
    for word in (
        *provider.secrets,
        right[-20:],
        forged[provider.signature][-20:],
        "parole",
        "Buongiorno",
        "é",
    ):
        assert word not in written


@each_kind
def test_success_is_not_logged(
    provider: Provider, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        Conversation(provider).post(provider.text("Buongiorno"))
    # Other tests' connections to the database may say something meanwhile.
    ours = [each for each in caplog.records if not each.name.startswith("pymongo")]
    assert ([each.getMessage() for each in ours], "".join(capsys.readouterr())) == ([], "")


# --- bodies ---


@each_kind
def test_garbage_is_refused_though_signed(provider: Provider) -> None:
    for body in (*provider.garbage, provider.wrong_charset):
        gateway = Conversation(provider)
        before = counted(provider, "unreadable")
        answer = gateway.post(body)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json"), body[:40]
        assert "Traceback" not in answer.text
        assert (gateway.events(), counted(provider, "unreadable")) == ([], before + 1)


class CountingStream(BytesIO):
    """A body that notes how much of it was asked for."""

    def __init__(self, size: int) -> None:
        super().__init__(b"x" * size)
        self.taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@each_kind
def test_announced_oversize_is_refused_before_reading(provider: Provider) -> None:
    limit = provider.channel().max_body
    stream = CountingStream(limit + 1)
    for path in provider.channel().paths:
        answer = Conversation(provider).client.post(path, input_stream=stream, content_length=limit + 1)
        assert (answer.status_code, stream.taken) == (413, 0)


@each_kind
def test_chunked_oversize_is_refused_without_reading_it_all(provider: Provider) -> None:
    limit = provider.channel().max_body
    stream = CountingStream(limit * 2)
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream, "CONTENT_LENGTH": ""}
    answer = Conversation(provider).client.post(provider.channel().paths[0], environ_overrides=chunked)
    assert (answer.status_code, stream.taken) == (413, limit + 1)


# --- answers ---


@each_kind
def test_what_is_accepted_gets_the_providers_own_answer(provider: Provider) -> None:
    gateway = Conversation(provider)
    for _ in range(2):
        answer = gateway.post(provider.text("Buongiorno"))
        assert (answer.status_code, answer.data) == (200, provider.accepted.body)
        assert answer.headers.get("Content-Type", "") == provider.accepted.content_type
        assert answer.headers["Content-Length"] == str(len(provider.accepted.body))


@each_kind
def test_the_address_is_checked_only_where_the_provider_does_so(provider: Provider) -> None:
    client = Conversation(provider).client
    expected = 405 if provider.channel().challenge is None else 403
    assert [client.get(path).status_code for path in provider.channel().paths] == [expected] * len(
        provider.channel().paths
    )


@each_kind
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(provider: Provider, method: str) -> None:
    for path in provider.channel().paths:
        assert Conversation(provider).client.open(path, method=method).status_code == 405


@each_kind
def test_nothing_is_accepted_that_has_no_home(provider: Provider) -> None:
    gateway = Conversation(provider)
    gateway.broker.fail(1)
    before = counted(provider, "accepted")
    answer = gateway.post(provider.text("Buongiorno"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (gateway.events(), counted(provider, "accepted")) == ([], before)
    assert gateway.post(provider.text("Buongiorno")).status_code == 200
