"""What a customer will read of a template, and what has to be filled in first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.template_text import compared, fill, places_of

WHOLE: list[dict[str, Any]] = [
    {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
    {"type": "BODY", "text": "Hello {{1}}, your order {{2}} leaves {{ 3 }}. Bye {{1}}"},
    {"type": "FOOTER", "text": "Answer STOP to stop"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Thanks"},
            {"type": "URL", "text": "Track", "url": "https://shop.example/{{1}}"},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+390200000000"},
            {"type": "COPY_CODE", "text": "Copy"},
        ],
    },
]


def said(place: str, *texts: str, **more: Any) -> dict[str, Any]:
    return {"type": place, "parameters": [{"type": "text", "text": text} for text in texts], **more}


def test_every_part_is_filled_in_as_the_customer_will_read_it() -> None:
    parameters = [
        said("header", "77"),
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Anna {{2}}"},
                {"type": "currency", "currency": {"fallback_value": "9 €", "code": "EUR"}},
                {"type": "date_time", "date_time": {"fallback_value": "today"}},
            ],
        },
        said("button", "t/77", sub_type="url", index="1"),
        {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload"}]},
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": 3,
            "parameters": [{"type": "coupon_code", "coupon_code": "X1"}],
        },
    ]
    assert fill(WHOLE, parameters).splitlines() == [
        "Order 77",
        "Hello Anna {{2}}, your order 9 € leaves today. Bye Anna {{2}}",
        "Answer STOP to stop",
        "[Thanks] [Track] [Call] [Copy]",
    ]
    assert compared(WHOLE, parameters) == ([], [])


def test_what_has_to_be_filled_in_is_known_beforehand() -> None:
    assert [str(place) for place in places_of(WHOLE)] == [
        "header 1",
        "body 1",
        "body 2",
        "body 3",
        "button 1 1",
        "button 3 code",
    ]


def test_named_places_take_their_own_whatever_the_order() -> None:
    template = [{"type": "BODY", "text": "{{first}} and {{second_2}}"}]
    parameters = [
        {"type": "text", "parameter_name": "second_2", "text": "b"},
        {"type": "text", "parameter_name": "first", "text": "a"},
    ]
    assert fill(template, [{"type": "body", "parameters": parameters}]) == "a and b"
    unnamed = [said("body", "a", "b")]
    assert fill(template, unnamed) == "{{first}} and {{second_2}}"
    assert compared(template, unnamed) == (["body first", "body second_2"], ["body 1", "body 2"])


@pytest.mark.parametrize("kind", ["image", "video", "document", "location"])
def test_a_header_that_is_no_text_is_shown_as_a_label(kind: str) -> None:
    template = [{"type": "HEADER", "format": kind.upper()}, {"type": "BODY", "text": "Hello"}]
    header = {"type": "header", "parameters": [{"type": kind, kind: {"attachment_id": "a1"}}]}
    assert fill(template, [header]) == f"[{kind}]\nHello"
    assert compared(template, [header]) == ([], [])
    assert compared(template, []) == ([f"header {kind}"], [])
    assert compared(template, [said("header", "a text")]) == ([f"header {kind}"], ["header 1"])


@pytest.mark.parametrize(
    ("components", "missing", "surplus"),
    [
        ([], ["body 1", "body 2"], []),
        ([said("body", "a")], ["body 2"], []),
        ([said("body", "a", "b", "c")], [], ["body 3"]),
        ([said("body", "a", "b"), said("header", "x")], [], ["header 1"]),
        ([{"type": "body"}, {"type": "body", "parameters": "nonsense"}, {}], ["body 1", "body 2"], []),
    ],
)
def test_it_says_what_is_missing_and_what_is_too_much(
    components: list[dict[str, Any]], missing: list[str], surplus: list[str]
) -> None:
    assert compared([{"type": "BODY", "text": "{{1}} {{2}}"}], components) == (missing, surplus)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=9))
def test_each_value_appears_word_for_word_and_fills_nothing_else(values: list[str]) -> None:
    body = [{"type": "BODY", "text": "|".join(f"{{{{{n}}}}}" for n in range(1, len(values) + 1))}]
    assert fill(body, [said("body", *values)]) == "|".join(values)
    assert compared(body, [said("body", *values)]) == ([], [])
