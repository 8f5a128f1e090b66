"""Rules on create: what holds, in which order, and what several rules make together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.ticket_service.domain.assignment import (
    AssignmentRule,
    Condition,
    NewTicketFacts,
    RuleActions,
    Verdict,
    decide,
)

NOON = datetime(2025, 2, 27, 12, 0, tzinfo=UTC)


def facts(text: str = "Buongiorno", **more: Any) -> NewTicketFacts:
    return NewTicketFacts("whatsapp-main", text, NOON, more.pop("created_by", "customer"), **more)


def rule(
    name: str, *conditions: Condition, order: int = 10, stop: bool = False, **does: Any
) -> AssignmentRule:
    return AssignmentRule(name, name, order, conditions, RuleActions(**does), stop=stop)


def verdict(*rules: AssignmentRule, of: NewTicketFacts | None = None, open_: bool = True) -> Verdict:
    return decide(rules, of or facts(), lambda calendar, at: open_)


@pytest.mark.parametrize(
    ("text", "keyword", "found"),
    [
        ("Vorrei la fattura", "fattura", True),
        ("Le FATTURE di marzo", "fattur", True),
        ("Perché non funziona?", "perche", True),
        ("una rifattura", "fattura", False),
        ("la prima\nriga", "prima riga", True),
        ("C++ non compila", "c++", True),
        ("niente", "   ", False),
        ("ação", "acao", True),
    ],
)
def test_keywords_are_beginnings_of_words_whatever_their_case_and_accents(
    text: str, keyword: str, found: bool
) -> None:
    made = verdict(rule("r", Condition("keyword", (keyword,)), tags=("x",)), of=facts(text))
    assert (made.tags == ["x"]) is found


@pytest.mark.parametrize(
    ("condition", "of", "holds"),
    [
        (Condition("channel", ("whatsapp-main",)), facts(), True),
        (Condition("channel", ("mail", "whatsapp-main")), facts(), True),
        (Condition("channel", ("mail",)), facts(), False),
        (Condition("created_by", ("agent",)), facts(created_by="agent"), True),
        (Condition("created_by", ("agent",)), facts(), False),
        (Condition("service", ("billing",)), facts(fields={"service": "billing"}), True),
        (Condition("service", ("billing",)), facts(fields={"service": None}), False),
        (Condition("service", ("billing",)), facts(), False),
        (Condition("organization", ("acme",)), facts(fields={"organization": "acme"}), True),
        (Condition("requester_domain", ("Example.org",)), facts(domains=("example.org",)), True),
        (Condition("requester_domain", ("example.org",)), facts(domains=("sub.example.org",)), False),
        (Condition("requester_domain", ("example.org",)), facts(), False),
        (Condition("requester_language", ("pt",)), facts(language="pt-BR"), True),
        (Condition("requester_language", ("pt-BR",)), facts(language="pt"), False),
        (Condition("requester_language", ("it",)), facts(), False),
    ],
)
def test_a_condition_holds_for_any_of_its_values(
    condition: Condition, of: NewTicketFacts, holds: bool
) -> None:
    assert bool(verdict(rule("r", condition, tags=("x",)), of=of).applied) is holds


@pytest.mark.parametrize(("open_", "applies"), [(True, False), (False, True)])
def test_outside_business_hours_is_when_the_calendar_is_closed(open_: bool, applies: bool) -> None:
    late = rule("late", Condition("outside_hours", ("office",)), reply_text="A domani")
    assert (verdict(late, open_=open_).reply_text == "A domani") is applies


def test_all_conditions_must_hold_and_a_rule_without_any_always_applies() -> None:
    both = rule("both", Condition("channel", ("whatsapp-main",)), Condition("keyword", ("no",)), tags=("x",))
    assert verdict(both).applied == []
    assert verdict(both, of=facts("no")).tags == ["x"]
    assert verdict(rule("always", tags=("y",))).tags == ["y"]


def test_rules_go_in_their_order_and_see_what_those_before_them_set() -> None:
    first = rule("a", order=1, set={"service": "billing"})
    billing = Condition("service", ("billing",))
    second = rule("b", billing, order=2, group="accounts", set={"service": "sales"})
    third = rule("c", billing, order=3, tags=("never",))
    made = verdict(third, second, first)
    assert [each.name for each in made.applied] == ["a", "b"]
    assert (made.set, made.group, made.tags) == ({"service": "sales"}, "accounts", [])


def test_tags_add_up_and_only_the_first_answer_is_sent() -> None:
    made = verdict(
        rule("a", order=1, tags=("x", "y"), reply_text="Prima"),
        rule("b", order=2, tags=("y", "z"), reply_template={"name": "hello", "language": "it"}),
    )
    assert made.tags == ["x", "y", "z"]
    assert (made.reply_text, made.reply_template) == ("Prima", None)


def test_after_a_rule_with_stop_no_further_one_is_looked_at() -> None:
    assert verdict(rule("a", order=1, tags=("x",), stop=True), rule("b", order=2, tags=("y",))).tags == ["x"]


def test_a_rule_that_is_switched_off_does_nothing() -> None:
    off = rule("a", tags=("x",))
    off.active = False
    assert verdict(off).applied == []
