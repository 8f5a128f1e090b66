"""Every payload file gives exactly the events in the file beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.contracts.catalogue import CONTRACTS
from shared.contracts.envelope import Event
from shared.contracts.times import format_utc
from tests.webhook_gateway.whatsapp import PAYLOADS, Gateway, encoded, payload, payload_names


def shown(event: Event) -> dict[str, Any]:
    """An event as the expected files have it: without what is the same or random in all of them."""
    data: dict[str, Any] = CONTRACTS[event.type].schema.dump(event.data)
    head = {"type": event.type, "id": event.id, "time": format_utc(event.time), "subject": event.subject}
    if event.type == "item.quarantined":
        replay = data["replay"]
        return {
            "type": event.type,
            "reason": data["reason"],
            "detail": data["detail"],
            "replayable": replay is not None,
            "payload": json.loads(data["payload"]),
        }
    del data["raw"]
    return head | {"data": data}


@pytest.mark.parametrize("name", payload_names())
def test_payload_becomes_the_expected_events(name: str) -> None:
    gateway = Gateway()
    answer = gateway.post(payload(name))
    assert (answer.status_code, answer.data) == (200, b"")
    expected = json.loads((PAYLOADS / f"{name}.expected.json").read_text())
    assert [shown(event) for event in gateway.events()] == expected


def test_there_are_payloads_and_none_lacks_its_expectation() -> None:
    names = payload_names()
    assert len(names) > 50
    assert {path.name.removesuffix(".expected.json") for path in PAYLOADS.glob("*.expected.json")} == set(
        names
    )


@pytest.mark.parametrize("name", payload_names())
def test_raw_holds_the_item_as_it_came(name: str) -> None:
    gateway = Gateway()
    gateway.post(payload(name))
    whole = json.dumps(payload(name), sort_keys=True)
    for event in gateway.events():
        raw = getattr(event.data, "raw", None)
        if raw is not None:
            assert json.dumps(json.loads(raw), sort_keys=True) in whole


@pytest.mark.parametrize("name", payload_names())
def test_a_webhook_delivered_again_makes_the_same_events(name: str) -> None:
    gateway = Gateway()
    body = encoded(payload(name))
    gateway.post(body)
    first = [event.id for event in gateway.events()]
    gateway.post(body)
    assert [event.id for event in gateway.events()] == first * 2
    assert len(set(first)) == len(first)
