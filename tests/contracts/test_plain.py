"""The quick way through a schema and marshmallow's own agree on everything, right or wrong."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.contracts.catalogue import CONTRACTS, encode
from shared.contracts.envelope import Event

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=50),
    st.sampled_from(
        [
            "",
            "x" * 700,
            "x" * 100_001,
            "2025-02-27T21:21:33Z",
            "2025-02-27T22:21:33+01:00",
            "2025-02-27T21:21:33",
            "0001-01-01T00:00:00+14:00",
            "sent",
            "text",
            "template",
            86_400,
            31 * 86_400 + 1,
            [],
            {},
            [{}],
            {"sent": "2025-02-27T21:21:33Z"},
            {"sent": 1},
            {"kind": "a", "value": "b", "address": "c"},
            [{"kind": "a", "value": "b", "address": "c"}],
            {"kind": "template", "template": None},
        ]
    ),
)


def _paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [prefix] if prefix else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*prefix, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _paths(item, (*prefix, index))
    return found


def _outcome(load: Any, data: Any) -> tuple[str, Any]:
    try:
        return "loaded", load(copy.deepcopy(data))
    except ValidationError as error:
        return "refused", error.messages


@pytest.mark.parametrize("event_type", CONTRACTS)
@given(choices=st.data())
@settings(max_examples=60)  # of each of the 35 contracts, which have their readers in common
def test_reading_agrees_with_the_schema_whatever_the_data(event_type: str, choices: st.DataObject) -> None:
    contract = CONTRACTS[event_type]
    data = copy.deepcopy(contract.schema.dump(contract.example))
    for _ in range(choices.draw(st.integers(0, 3))):
        *parents, last = choices.draw(st.sampled_from(_paths(data) or [("new",)]))
        place = data
        for step in parents:
            place = place[step]
        if choices.draw(st.booleans()):
            place[last] = copy.deepcopy(choices.draw(ODD_VALUES))  # or it could end up inside itself
        elif isinstance(place, dict):
            del place[last]
        if not data:
            break
    assert _outcome(contract.read, data) == _outcome(contract.schema.load, data)


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_writing_agrees_with_the_schema(event_type: str) -> None:
    contract = CONTRACTS[event_type]
    assert contract.write(contract.example) == contract.schema.dump(contract.example)


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_what_breaks_a_contract_is_not_written(event_type: str) -> None:
    contract = CONTRACTS[event_type]
    for name, field in contract.schema.fields.items():
        if field.required:
            broken = copy.copy(contract.example)
            object.__setattr__(broken, name, None)
            event = Event("id", "test", event_type, datetime(2025, 1, 1, tzinfo=UTC), "", broken, "")
            with pytest.raises(ValueError, match="breaks its contract"):
                encode(event)


@pytest.mark.parametrize("data", [None, 1, "text", [], [1], {}])
def test_what_is_no_object_is_refused_as_the_schema_does(data: Any) -> None:
    contract = CONTRACTS["message.received"]
    assert _outcome(contract.read, data) == _outcome(contract.schema.load, data)
