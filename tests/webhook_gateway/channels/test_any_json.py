"""Whatever JSON stands wherever in a webhook: nothing raises, nothing is lost, nothing is counted twice."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.webhook_gateway.channels.wire import by_hand_and_by_contract
from tests.webhook_gateway.whatsapp import Gateway, payload, payload_names

LISTS = {
    "messages": ("messages", "statuses", "errors"),
    "smb_message_echoes": ("message_echoes", "errors"),
    "user_id_update": ("user_id_update", "errors"),
}
NOTICES = {
    "account_alerts",
    "account_review_update",
    "account_update",
    "business_capability_update",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
}

texts = st.text(st.characters(exclude_categories=()), max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**62, 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
json_values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4))
)
GATEWAY = Gateway()
PAYLOADS = {name: payload(name) for name in payload_names()}


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON document, its root included."""
    found = [path]
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found += places(child, (*path, key))
    return found


PLACES = [(name, path) for name, document in PAYLOADS.items() for path in places(document)]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    document = copy.deepcopy(document)
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return document


def things_inside(document: dict[str, Any]) -> tuple[int, int]:
    """How many things must come out, at least and at most: one for each item, one for each piece that holds
    none or holds more; a notice comes out once for each channel of its account, of which there are two."""
    entries = document.get("entry")
    if not isinstance(entries, list) or not entries:
        return 1, 1
    things = 0
    notices = 0
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list) or not changes:
            things += 1
            continue
        things += sum(things_in_change(change) for change in changes)
        notices += sum(isinstance(change, dict) and str(change.get("field")) in NOTICES for change in changes)
    return things, things + notices


def things_in_change(change: Any) -> int:
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict) or str(change.get("field")) not in LISTS:
        return 1
    lists = LISTS[change["field"]]
    metadata = value.get("metadata")
    number = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    if not isinstance(number, str) or not 0 < len(number) <= 100:
        return 1
    items = sum(len(value[what]) for what in lists if isinstance(value.get(what), list))
    wrong = any(value.get(what) is not None and not isinstance(value[what], list) for what in lists)
    more = set(value) - {"messaging_product", "metadata", "contacts", *lists}
    return items + (1 if not items or wrong or more else 0)


def assert_accounted_for(document: Any) -> None:
    gateway = GATEWAY
    gateway.broker.published.clear()
    # Escaped, so that half surrogates reach the reader as JSON allows.
    answer = gateway.post(json.dumps(document).encode())
    if not isinstance(document, dict):
        assert answer.status_code == 400
        return
    assert answer.status_code == 200
    things = [event for event in gateway.events() if event.type != "media.requested"]
    least, most = things_inside(document)
    assert least <= len(things) <= most
    for message in gateway.broker.published:
        written, contract = by_hand_and_by_contract(message.body)
        assert written == contract


@settings(max_examples=250)
@given(place=st.sampled_from(PLACES), value=json_values)
def test_any_value_in_any_place_is_accounted_for_once(place: tuple[str, tuple[Any, ...]], value: Any) -> None:
    name, path = place
    assert_accounted_for(replaced(PAYLOADS[name], path, value))


@settings(max_examples=60)
@given(json_values)
@example(
    {
        "entry": [
            {
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "metadata": {"phone_number_id": "109876543210987"},
                            "messages": [None, [], {}],
                        },
                    }
                ]
            }
        ]
    }
)
def test_any_document_is_accounted_for(document: Any) -> None:
    assert_accounted_for(document)


@settings(max_examples=100)
@given(name=st.sampled_from(sorted(PAYLOADS)), data=st.data())
def test_a_damaged_body_is_taken_or_refused_but_never_our_fault(name: str, data: st.DataObject) -> None:
    body = bytearray(json.dumps(PAYLOADS[name]).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert GATEWAY.post(bytes(body)).status_code in (200, 400)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_set_aside(body: bytes) -> None:
    assert GATEWAY.post(body).status_code in (200, 400)
