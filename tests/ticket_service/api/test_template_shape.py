"""New templates: what a provider would refuse is said before it is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.api.template_shape import mistakes_in

BODY = {"type": "BODY", "text": "Buongiorno, abbiamo una risposta."}
NUMBERED = {"type": "BODY", "text": "Ticket {{1}} di {{2}}.", "example": {"body_text": [["TT1", "Anna"]]}}
NAMED = {
    "type": "BODY",
    "text": "Ticket {{number}}.",
    "example": {"body_text_named_params": [{"param_name": "number", "example": "TT1"}]},
}


def _buttons(*buttons: Any) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": list(buttons)}


@pytest.mark.parametrize(
    "components",
    [
        [BODY],
        [NUMBERED],
        [NAMED],
        [{"type": "HEADER", "format": "TEXT", "text": "Ciao"}, BODY, {"type": "FOOTER", "text": "Sportello"}],
        [{"type": "HEADER", "format": "TEXT", "text": "{{1}}!", "example": {"header_text": ["Anna"]}}, BODY],
        [{"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::a"]}}, BODY],
        [BODY, _buttons({"type": "QUICK_REPLY", "text": "Sì"}, {"type": "QUICK_REPLY", "text": "No"})],
        [
            BODY,
            _buttons({"type": "URL", "text": "Apri", "url": "https://example.org/{{1}}", "example": ["a"]}),
        ],
        [BODY, _buttons({"type": "PHONE_NUMBER", "text": "Chiama", "phone_number": "+39021234567"})],
        [BODY, _buttons({"type": "COPY_CODE", "example": "ABC"})],
    ],
)
def test_what_providers_take_is_taken(components: list[dict[str, Any]]) -> None:
    assert mistakes_in("UTILITY", components) == []


def test_an_authentication_template_has_its_text_from_the_provider() -> None:
    assert mistakes_in("AUTHENTICATION", [{"type": "BODY", "add_security_recommendation": True}]) == []
    assert mistakes_in("UTILITY", [{"type": "BODY"}]) == [("components.0.text", "Write a text.")]


@pytest.mark.parametrize(
    ("components", "place"),
    [
        ([{"type": "FOOTER", "text": "a"}], "components"),
        ([BODY, BODY], "components.1.type"),
        ([BODY, {"type": "CARD"}], "components.1.type"),
        ([BODY, {}], "components.1.type"),
        ([{"type": "BODY", "text": "x" * 1_025}], "components.0.text"),
        ([{"type": "BODY", "text": " "}], "components.0.text"),
        ([{**NUMBERED, "text": "{{1}} e {{3}}."}], "components.0.text"),
        ([{**NUMBERED, "text": "Da {{1}} a {{name}}."}], "components.0.text"),
        ([{**NUMBERED, "text": "Da {{First Name}} a."}], "components.0.text"),
        ([{**NUMBERED, "text": "{{1}} e {{2}}."}], "components.0.text"),
        ([{**NUMBERED, "text": "Da {{1}} a {{2}}"}], "components.0.text"),
        ([{"type": "BODY", "text": "Ticket {{1}}."}], "components.0.example"),
        ([{**NUMBERED, "example": {"body_text": [["TT1"]]}}], "components.0.example"),
        ([{**NUMBERED, "example": {"body_text": 1}}], "components.0.example"),
        ([{**NAMED, "example": {"body_text_named_params": 5}}], "components.0.example"),
        ([{**NAMED, "example": {"body_text_named_params": [{"param_name": []}]}}], "components.0.example"),
        ([BODY, {"type": "HEADER", "format": "SOUND"}], "components.1.format"),
        ([BODY, {"type": "HEADER", "format": "TEXT", "text": "x" * 61}], "components.1.text"),
        ([BODY, {"type": "FOOTER", "text": "Ciao {{1}}."}], "components.1.text"),
        ([BODY, _buttons()], "components.1.buttons"),
        ([BODY, {"type": "BUTTONS", "buttons": "x"}], "components.1.buttons"),
        ([BODY, _buttons(*[{"type": "QUICK_REPLY", "text": "a"}] * 11)], "components.1.buttons"),
        ([BODY, _buttons({"type": []})], "components.1.buttons.0.type"),
        ([BODY, _buttons("x")], "components.1.buttons.0.type"),
        ([BODY, _buttons({"type": "QUICK_REPLY"})], "components.1.buttons.0.text"),
        ([BODY, _buttons({"type": "QUICK_REPLY", "text": "x" * 26})], "components.1.buttons.0.text"),
        ([BODY, _buttons({"type": "URL", "text": "a", "url": "javascript:x"})], "components.1.buttons.0.url"),
    ],
)
def test_what_providers_refuse_is_named(components: list[dict[str, Any]], place: str) -> None:
    assert place in [where for where, _ in mistakes_in("UTILITY", components)]


_KEYS = st.sampled_from(["type", "text", "format", "buttons", "example", "url", "body_text", "header_text"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_COMPONENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["HEADER", "BODY", "FOOTER", "BUTTONS"]) | _JSON},
    optional={
        "text": st.sampled_from(["a {{1}} b", "{{x}}", "{{"]) | _JSON,
        "format": st.just("TEXT") | _JSON,
        "example": _JSON,
        "buttons": _JSON,
    },
)


@given(st.lists(_COMPONENT, max_size=4))
def test_no_shape_is_more_than_refused(components: list[Any]) -> None:
    assert all(
        place.startswith("components") and problem for place, problem in mistakes_in("UTILITY", components)
    )
