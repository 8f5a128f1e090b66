"""What mail rules look at, how they compare, and which of them decides."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.mail_rule import (
    ANY,
    MailAction,
    MailCondition,
    MailFacts,
    MailRule,
    explained,
    first_that_fires,
    in_order,
    mistakes,
)

FACTS = MailFacts(
    channel="mail",
    sender=("Anna.Bianchi@Bianchi.example", "Anna Bianchi"),
    recipients=("support@desk.example", "Luca"),
    subject="Fattura  n. 12: È scaduta",
    body="Buongiorno,\nla fattura non va bene.",
    headers={"x-mailer": "Robot 3\nRobot 4", "list-id": ""},
    attachments=("Fattura.PDF", "foto.jpg"),
    size=20_000,
    automatic="notice",
)


def fires(*conditions: MailCondition, **more: Any) -> bool:
    rule = replace(MailRule("r", "R", 1, conditions), **more)
    return first_that_fires([rule], FACTS) is rule


@pytest.mark.parametrize(
    ("what", "how", "value", "holds"),
    [
        ("sender", "is", "anna.bianchi@bianchi.example", True),
        ("sender", "is", "anna", False),
        ("sender", "ends", "@bianchi.example", True),
        ("sender", "contains", "ANNA bianchi", True),
        ("sender", "matches", "*@*.example", True),
        ("sender", "matches", "*@elsewhere.example", False),
        ("recipient", "is", "luca", True),
        ("recipient", "starts", "support@", True),
        ("subject", "contains", "fattura n. 12", True),
        ("subject", "contains", "e scaduta", True),
        ("subject", "starts", "scaduta", False),
        ("subject", "matches", "fattura*scaduta", True),
        ("subject", "matches", "fattura", False),
        ("subject", "matches", "*n. 12*", True),
        ("subject", "matches", "*", True),
        ("subject", "matches", "f*a*a*a*a*z", False),
        ("body", "contains", "buongiorno, la fattura", True),
        ("header:X-Mailer", "is", "robot 4", True),
        ("header:x-mailer", "present", "", True),
        ("header:list-id", "present", "", False),
        ("header:x-none", "present", "", False),
        ("attachment", "ends", ".pdf", True),
        ("attachment", "present", "", True),
        ("attachment", "matches", "*.exe", False),
        ("size", "larger", "19999", True),
        ("size", "larger", "20000", False),
        ("size", "smaller", "20001", True),
        ("size", "larger", "many", True),
        ("automatic", "present", "", True),
        ("automatic", "is", "notice", True),
        ("channel", "is", "mail", True),
        ("channel", "is", "other", False),
        ("subject", "contains", "", False),
        ("nothing", "is", "x", False),
    ],
)
def test_conditions(what: str, how: str, value: str, holds: bool) -> None:
    assert fires(MailCondition(what, how, value)) is holds
    assert fires(MailCondition(what, how, value, negate=True)) is not holds


YES, NO = MailCondition("channel", "is", "mail"), MailCondition("channel", "is", "other")


@pytest.mark.parametrize(
    ("conditions", "all_of", "any_of"),
    [((), True, True), ((YES,), True, True), ((YES, NO), False, True), ((NO, NO), False, False)],
)
def test_all_or_any(conditions: tuple[MailCondition, ...], all_of: bool, any_of: bool) -> None:
    assert fires(*conditions) is all_of
    assert fires(*conditions, all_or_any=ANY) is any_of


def test_the_first_active_rule_decides_and_each_says_how_it_stood() -> None:
    rules = [
        MailRule("c", "Third", 3, (YES,)),
        MailRule("b", "Second", 2, (YES, NO), all_or_any=ANY),
        MailRule("a", "First", 1, (YES, NO)),
        MailRule("z", "Off", 0, (YES,), active=False),
    ]
    assert first_that_fires(rules, FACTS) == rules[1]
    assert [(each.rule.name, each.fires, each.held) for each in explained(rules, FACTS)] == [
        ("Off", False, (True,)),
        ("First", False, (True, False)),
        ("Second", True, (True, False)),
        ("Third", True, (True,)),
    ]
    assert [each.id for each in in_order(rules)] == ["z", "a", "b", "c"]


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (MailCondition("colour", "is", "red"), "conditions.0.what"),
        (MailCondition("header:", "is", "red"), "conditions.0.what"),
        (MailCondition("subject", "larger", "3"), "conditions.0.how"),
        (MailCondition("size", "contains", "3"), "conditions.0.how"),
        (MailCondition("size", "larger", "big"), "conditions.0.value"),
        (MailCondition("size", "larger", "²"), "conditions.0.value"),
        (MailCondition("subject", "is", "  "), "conditions.0.value"),
        (MailCondition("subject", "is", "x" * 501), "conditions.0.value"),
    ],
)
def test_what_could_never_work_is_named(condition: MailCondition, field: str) -> None:
    assert [each for each, _ in mistakes(MailRule("r", "R", 1, (condition,)))] == [field]


def test_a_rule_that_works_has_no_mistakes() -> None:
    good = (YES, MailCondition("header:x-a", "present"), MailCondition("size", "smaller", "5"))
    assert mistakes(MailRule("r", "R", 1, good)) == []
    wrong = MailAction(fields={"status": "closed", "priority": "high"})
    assert [each for each, _ in mistakes(MailRule("r", "R", 1, then=wrong))] == ["then.fields.status"]


@given(st.lists(st.text("ab*", max_size=3), max_size=6).map("*".join), st.text("ab", max_size=12))
def test_stars_mean_what_they_mean_everywhere(pattern: str, text: str) -> None:
    """As fnmatch has it, which knows no shortcut."""
    rule = MailRule("r", "R", 1, (MailCondition("subject", "matches", pattern),))
    expected = bool(text) and bool(pattern) and fnmatchcase(text, pattern)
    assert (first_that_fires([rule], MailFacts("mail", subject=text)) is rule) is expected
