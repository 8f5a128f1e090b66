"""Texts from templates: what they may use, and that none can stop the notifier."""

from __future__ import annotations

import time

import pytest

from services.notifier.config import OPENING_TEMPLATE
from shared.texts.liquid import MAX_TEMPLATE, TemplateError, TextTemplate

VALUES = {"ticket": {"number": "TT1", "title": "t", "status": "Open"}, "customer": {"name": ""}}


def test_the_opening_text_names_the_ticket_and_does_without_a_name() -> None:
    text = TextTemplate(OPENING_TEMPLATE.read_text()).render(VALUES)
    assert text.startswith("Hello, we received your message, ticket TT1.")
    assert "  " not in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "source",
    ["{{ ticket.number", "{% if %}", "{% include 'secrets' %}", "x" * (MAX_TEMPLATE + 1)],
    ids=["open tag", "empty if", "include", "too long"],
)
def test_a_template_that_is_not_valid_is_refused(source: str) -> None:
    with pytest.raises(TemplateError):
        TextTemplate(source).render(VALUES)


def test_a_name_that_does_not_exist_is_refused_rather_than_left_empty() -> None:
    with pytest.raises(TemplateError, match="nunber"):
        TextTemplate("{{ ticket.nunber }}").render(VALUES)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
        "{% for a in (1..900) %}0123456789012345678901234567890{% endfor %}",
        "{% assign x = 'ab' %}{% for a in (1..60) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
        "{% for a in (1..900) %}à{% endfor %}" * 5,
    ],
    ids=["loops", "output", "memory", "characters"],
)
def test_a_template_that_runs_wild_is_stopped(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(TemplateError):
        TextTemplate(source).render(VALUES)
    assert time.monotonic() - began < 2
