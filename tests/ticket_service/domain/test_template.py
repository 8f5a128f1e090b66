"""What a customer will read of a template, and what has to be filled in first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.template import (
    NAMED,
    POSITIONAL,
    Parameter,
    Template,
    fill,
    parameters_of,
)

WHOLE = [
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


def a_template(components: list[dict[str, Any]], parameter_format: str = POSITIONAL) -> Template:
    now = datetime(2025, 2, 27, tzinfo=UTC)
    return Template(
        "main",
        "chat",
        "order",
        "it",
        "UTILITY",
        "approved",
        components,
        1,
        now,
        parameter_format=parameter_format,
    )


def said(place: str, *texts: str, **more: Any) -> dict[str, Any]:
    return {"type": place, "parameters": [{"type": "text", "text": text} for text in texts], **more}


def test_every_part_is_filled_in_as_the_customer_will_read_it() -> None:
    filled = fill(
        a_template(WHOLE),
        [
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
        ],
    )
    assert filled.text.splitlines() == [
        "Order 77",
        "Hello Anna {{2}}, your order 9 € leaves today. Bye Anna {{2}}",
        "Answer STOP to stop",
        "[Thanks]",
        "[Track] https://shop.example/t/77",
        "[Call] +390200000000",
        "[Copy] X1",
    ]
    assert (filled.missing, filled.surplus) == ((), ())


def test_what_has_to_be_filled_in_is_known_beforehand() -> None:
    assert parameters_of(a_template(WHOLE)) == [
        Parameter("header", "1", "text"),
        Parameter("body", "1", "text"),
        Parameter("body", "2", "text"),
        Parameter("body", "3", "text"),
        Parameter("button:1", "1", "text"),
        Parameter("button:3", "1", "coupon_code"),
    ]


def test_named_places_take_their_own_whatever_the_order() -> None:
    template = a_template([{"type": "BODY", "text": "{{first}} and {{second_2}}"}], NAMED)
    parameters = [
        {"type": "text", "parameter_name": "second_2", "text": "b"},
        {"type": "text", "parameter_name": "first", "text": "a"},
    ]
    assert fill(template, [{"type": "body", "parameters": parameters}]).text == "a and b"
    unnamed = fill(template, [said("body", "a", "b")])
    assert (unnamed.text, len(unnamed.missing), len(unnamed.surplus)) == ("{{first}} and {{second_2}}", 2, 1)


@pytest.mark.parametrize("kind", ["image", "video", "document", "location"])
def test_a_header_that_is_no_text_is_shown_as_a_label(kind: str) -> None:
    template = a_template([{"type": "HEADER", "format": kind.upper()}, {"type": "BODY", "text": "Hello"}])
    header = {"type": "header", "parameters": [{"type": kind, kind: {"attachment_id": "a1"}}]}
    filled = fill(template, [header])
    assert (filled.text, filled.missing, filled.surplus) == (f"[{kind}]\nHello", (), ())
    assert fill(template, []).missing == (Parameter("header", "1", kind),)
    wrong = fill(template, [said("header", "a text")])
    assert (wrong.missing, wrong.surplus) == (
        (Parameter("header", "1", kind),),
        (Parameter("header", "1", "text"),),
    )


@pytest.mark.parametrize(
    ("components", "missing", "surplus"),
    [
        ([], ["1", "2"], []),
        ([said("body", "a")], ["2"], []),
        ([said("body", "a", "b", "c")], [], ["3"]),
        ([said("body", "a", "b"), said("header", "x")], [], ["1"]),
        ([{"type": "body"}, {"type": "body", "parameters": "nonsense"}, {}], ["1", "2"], []),
    ],
)
def test_it_says_what_is_missing_and_what_is_too_much(
    components: list[dict[str, Any]], missing: list[str], surplus: list[str]
) -> None:
    filled = fill(a_template([{"type": "BODY", "text": "{{1}} {{2}}"}]), components)
    assert [each.key for each in filled.missing] == missing
    assert [each.key for each in filled.surplus] == surplus


@given(st.lists(st.text(max_size=20), min_size=1, max_size=9))
def test_each_value_appears_word_for_word_and_fills_nothing_else(values: list[str]) -> None:
    body = "|".join(f"{{{{{n}}}}}" for n in range(1, len(values) + 1))
    filled = fill(a_template([{"type": "BODY", "text": body}]), [said("body", *values)])
    assert filled.text == "|".join(values)
    assert (filled.missing, filled.surplus) == ((), ())
