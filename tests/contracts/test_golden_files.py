"""Each event's wire form is kept in a file: a change that old readers or writers would feel shows here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contracts.catalogue import CONTRACTS, decode, encode
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType

GOLDEN = Path(__file__).parent / "golden"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _event(event_type: str) -> Event:
    return Event(
        id=f"example:{event_type}",
        source="test",
        type=event_type,
        time=datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC),
        subject="whatsapp-main:+393351032246",
        data=CONTRACTS[event_type].example,
        traceparent=TRACE,
        causationid="cause",
    )


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_what_is_written_is_what_the_golden_file_says(event_type: str) -> None:
    assert json.loads(encode(_event(event_type))) == json.loads((GOLDEN / f"{event_type}.json").read_text())


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_what_was_written_once_is_read_as_the_same_event(event_type: str) -> None:
    assert decode((GOLDEN / f"{event_type}.json").read_bytes()) == _event(event_type)


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_fields_of_a_newer_version_are_dropped(event_type: str) -> None:
    document = json.loads(encode(_event(event_type)))
    document["newattribute"] = "x"
    document["data"]["new_field"] = {"deep": [1, 2]}
    assert decode(json.dumps(document).encode()) == _event(event_type)


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_a_missing_required_field_is_a_named_error(event_type: str) -> None:
    schema = CONTRACTS[event_type].schema
    for name, field in schema.fields.items():
        if field.required:
            document = json.loads(encode(_event(event_type)))
            del document["data"][name]
            with pytest.raises(MalformedEvent, match=name):
                decode(json.dumps(document).encode())


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"specversion": "0.3"}', b"\xff\xfe", b"[" * 100_000],
)
def test_bytes_that_are_no_event_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        decode(body)


def test_an_unknown_type_is_told_apart_from_a_malformed_event() -> None:
    document = json.loads(encode(_event("message.received")))
    document["type"] = "message.teleported"
    with pytest.raises(UnknownEventType, match=r"message\.teleported"):
        decode(json.dumps(document).encode())


def test_writing_is_strict() -> None:
    broken = _event("reply.requested")
    object.__setattr__(broken, "data", CONTRACTS["reply.requested"].example)
    bad = type(broken.data)(**{**_fields(broken.data), "send_id": ""})
    object.__setattr__(broken, "data", bad)
    with pytest.raises(ValueError, match="send_id"):
        encode(broken)


def _fields(data: object) -> dict[str, object]:
    return {name: getattr(data, name) for name in data.__slots__}  # type: ignore[attr-defined]
