"""Server-sent events: live, resumable, kept alive, and bounded."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from flask import Flask

from sandbox.events import EventLog
from tests.sandbox.conftest import DANIELE, MESSAGES, TOKEN, Client


@contextlib.contextmanager
def stream(address: str, after: str) -> Iterator[Iterator[tuple[str, str, Any]]]:
    """The events of one open stream as (id, kind, data)."""
    with httpx.stream("GET", f"{address}/api/stream", params={"after": after}, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[tuple[str, str, Any]]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif "data" in fields:
            yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


def reply(address: str, text: str) -> None:
    body = {"messaging_product": "whatsapp", "to": DANIELE, "text": {"body": text}}
    httpx.post(address + MESSAGES, headers=TOKEN, json=body).raise_for_status()


def test_an_open_stream_gets_the_desks_answer_and_its_ticks(address: str) -> None:
    position = httpx.get(f"{address}/api/meta/phone").json()["position"]
    httpx.post(f"{address}/api/receipts", json={"mode": "auto", "delay_ms": 1})
    with stream(address, position) as happening:
        reply(address, "grazie oggi la chiamiamo")
        states = []
        for _, kind, data in happening:
            if kind == "message":
                assert data["shown"]["text"] == "grazie oggi la chiamiamo"
                states.append(data["state"])
                if data["state"] == "read":
                    break
    assert states == ["accepted", "sent", "delivered", "read"]


def test_a_stream_resumes_after_the_last_event_seen(address: str) -> None:
    position = httpx.get(f"{address}/api/meta/phone").json()["position"]
    for text in ("one", "two"):
        reply(address, text)
    with stream(address, position) as happening:
        first = next(event for event in happening if event[1] == "message")
    reply(address, "three")
    with stream(address, first[0]) as happening:
        seen: list[str] = []
        for _, kind, data in happening:
            if kind == "message":
                seen.append(data["shown"]["text"])
                if len(seen) == 2:
                    break
    assert seen == ["two", "three"]


def test_the_browsers_own_header_comes_before_the_address(address: str, app: Flask) -> None:
    log = app.extensions["sandbox"].events
    position = log.position()
    log.publish("call", {"n": 1})
    headers = {"Last-Event-ID": position}
    with httpx.stream("GET", f"{address}/api/stream?after={log.position()}", headers=headers) as answer:
        assert next(events(answer.iter_lines()))[2] == {"n": 1}


@pytest.mark.parametrize("last", ["deadbeef-1", "nonsense", "{run}-999", "{run}-x", "{run}-1"])
def test_a_stream_that_cannot_be_resumed_asks_for_a_fresh_look(last: str) -> None:
    log = EventLog(keep=3)
    run = log.position().split("-")[0]
    for n in range(10):
        log.publish("call", {"n": n})
    stream = log.stream(last.format(run=run))
    assert next(stream).startswith("retry:")
    assert "event: resync" in next(stream)
    log.publish("call", {"n": "later"})
    assert "later" in next(stream)


def test_a_quiet_stream_is_kept_alive_and_ends_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.events._GLANCE_SECONDS", 0.001)
    log = EventLog()
    stream = log.stream(None, keep_alive=0.002)
    next(stream)
    assert next(stream) == ": still here\n\n"
    log.closing = True
    assert list(stream) == []


def test_events_cannot_break_out_of_their_frame() -> None:
    log = EventLog()
    position = log.position()
    log.publish("message", {"text": "x\n\nevent: forged\r\ndata: {}"})
    stream = log.stream(position)
    next(stream)
    assert len(next(stream).strip().splitlines()) == 3


def test_there_are_only_so_many_streams_and_a_closed_one_makes_room(app: Flask, client: Client) -> None:
    opened = [client.get("/api/stream") for _ in range(32)]
    refused = client.get("/api/stream")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    opened[0].close()
    again = client.get("/api/stream")
    assert again.status_code == 200
    for answer in [*opened[1:], again]:
        answer.close()
