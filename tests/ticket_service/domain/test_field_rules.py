"""Which fields are refused, and which are asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.ticket_service.domain.field_rules import CONFIGURABLE, FieldRule, FieldRules, mistakes

OFF, MUST = FieldRule(enabled=False), FieldRule(mandatory=True)


def test_a_desk_that_changed_nothing_uses_every_field_and_asks_for_none() -> None:
    assert FieldRules().refused(CONFIGURABLE) == []
    assert FieldRules().missing(SimpleNamespace()) == []


def test_requester_and_responsible_cannot_be_switched_off() -> None:
    assert {"requester", "requester_id", "assignee"}.isdisjoint(CONFIGURABLE)


def test_a_field_that_is_switched_off_is_refused() -> None:
    rules = FieldRules(fields={"severity": OFF})
    assert [name for name, _ in rules.refused(["priority", "severity", "status"])] == ["severity"]


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (None, True),
        ("", True),
        ("  ", True),
        ([], True),
        (0.0, True),
        ("x", False),
        (["x"], False),
        (1.5, False),
    ],
)
def test_a_mandatory_field_has_to_be_filled_in(value: Any, missing: bool) -> None:
    rules = FieldRules(fields={"category": MUST})
    found = rules.missing(SimpleNamespace(category=value))
    assert [name for name, _ in found] == (["category"] if missing else [])


def test_what_stands_elsewhere_counts_as_filled_in() -> None:
    rules = FieldRules(fields={"attachments": MUST})
    assert rules.missing(SimpleNamespace())
    assert rules.missing(SimpleNamespace(), filled={"attachments"}) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("requester", OFF),
        ("assignee", OFF),
        ("colour", MUST),
        ("priority", FieldRule(enabled=False, mandatory=True)),
        ("type", MUST),
    ],
)
def test_a_rule_that_cannot_be_is_refused(name: str, rule: FieldRule) -> None:
    assert [field for field, _ in mistakes({name: rule})] == [name]
