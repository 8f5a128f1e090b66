"""Document models are filled with values that stay text, and end soon whatever they hold."""

from __future__ import annotations

import pytest

from services.ticket_service.render.builtin import builtin_models
from services.ticket_service.render.filling import ModelMistake, check, fill


def test_values_are_escaped_and_line_breaks_shown() -> None:
    shown = fill("<p>{{ a | newline_to_br }}</p>{{ b }}", {"a": "<b>1\n2", "b": '"&'})
    assert shown.replace("\n", "") == "<p>&lt;b&gt;1<br />2</p>&#34;&amp;"


def test_what_does_not_exist_is_empty() -> None:
    assert fill("[{{ nothing.at.all }}{% for each in nothing %}x{% endfor %}]", {}) == "[]"


@pytest.mark.parametrize(
    "body",
    [
        "{% if %}",
        "{{ a | nothing }}",
        "{% include '/etc/passwd' %}",
        "{% render 'base.css' %}",
        "{% for a in (1..999999) %}{% for b in (1..999999) %}{% endfor %}{% endfor %}",
        "{% for a in (1..100000) %}" + "x" * 1_000 + "{% endfor %}",
        "{% if a %}" * 200 + "{% endif %}" * 200,
    ],
)
def test_a_model_that_is_wrong_or_endless_is_a_mistake_with_a_word_on_it(body: str) -> None:
    with pytest.raises(ModelMistake, match=r"\w"):
        check(body)


@pytest.mark.parametrize("model_id", sorted(builtin_models()))
def test_what_comes_with_the_desk_can_be_filled_with_nothing(model_id: str) -> None:
    check(builtin_models()[model_id].body)
