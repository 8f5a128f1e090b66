"""Which values a ticket's fields take, and who depends on a value."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.dictionary import (
    DICTIONARIES,
    FIRST_ENTRIES,
    KEY,
    DictionaryEntry,
    allowed,
    entries_of,
    entry_id,
    key_of,
    mentions,
    unknown_values,
)
from services.ticket_service.domain.ticket import Ticket


def test_a_new_desk_has_the_priorities_and_categories_of_the_documents() -> None:
    assert allowed(FIRST_ENTRIES, "priority") == ["low", "medium", "high", "urgent"]
    assert allowed(FIRST_ENTRIES, "category") == ["question", "suggestion", "problem"]
    assert all(KEY.match(each.key) and each.label for each in FIRST_ENTRIES)
    assert max(Counter(each.id for each in FIRST_ENTRIES).values()) == 1


def test_every_dictionary_is_a_field_of_tickets() -> None:
    assert {*DICTIONARIES} <= set(Ticket.__dataclass_fields__)


def test_entries_are_in_the_administrators_order_and_those_switched_off_cannot_be_chosen() -> None:
    entries = [_entry("b", 1), _entry("a", 2), _entry("off", 0, active=False)]
    assert [each.key for each in entries_of(entries, "service")] == ["off", "b", "a"]
    assert allowed(entries, "service") == ["b", "a"]


@pytest.mark.parametrize(
    ("wanted", "current", "refused"),
    [
        ({"service": "a"}, {}, []),
        ({"service": None}, {"service": "a"}, []),
        ({"service": "off"}, {"service": "off"}, []),
        ({"service": "off"}, {"service": "a"}, ["service"]),
        ({"service": "zzz"}, {}, ["service"]),
        ({"priority": "high"}, {}, ["priority"]),
        ({"title": "zzz", "justification": "any text"}, {}, []),
    ],
)
def test_a_value_that_is_in_no_dictionary_is_refused(
    wanted: dict[str, Any], current: dict[str, Any], refused: list[str]
) -> None:
    entries = [_entry("a", 1), _entry("off", 2, active=False)]
    found = unknown_values(entries, wanted, current)
    assert [field for field, _ in found] == refused


def test_the_refusal_says_what_may_be_used() -> None:
    ((_, problem),) = unknown_values([_entry("a", 1), _entry("b", 2)], {"service": "zzz"}, {})
    assert problem == "There is no service 'zzz'. Use one of: a, b."


@pytest.mark.parametrize(
    ("record", "depends"),
    [
        ({"conditions": {"priority": ["high", "low"]}}, True),
        ({"conditions": [{"subject": "priority", "any_of": ["high"]}]}, True),
        ({"actions": {"set": {"priority": "high"}}}, True),
        ({"actions": {"set": {"severity": "high"}}}, False),
        ({"conditions": {"priority": ["low"]}}, False),
        ({"name": "priority", "key": "high"}, True),
        ({"name": "high"}, False),
        ({"rules": [{"priority": "low", "to": "high"}]}, True),
        ({"to": "high"}, False),
        ({"label": "priority", "text": "highest"}, False),
    ],
)
def test_a_rule_that_names_a_value_is_known(record: dict[str, Any], depends: bool) -> None:
    assert mentions(record, "priority", "high") is depends


@given(st.text(max_size=80))
def test_a_key_made_of_any_label_is_a_key_or_nothing(label: str) -> None:
    key = key_of(label)
    assert key == "" or KEY.match(key)


def _entry(key: str, order: int, *, active: bool = True) -> DictionaryEntry:
    return DictionaryEntry(entry_id("service", key), "service", key, key, order=order, active=active)
