"""What agents ask with a message: buttons, lists, links, forms; and what the visitor's answer is."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget

BUTTONS: dict[str, Any] = {
    "kind": "buttons",
    "header": "Delivery",
    "footer": "Answer when you like",
    "buttons": [{"id": "today", "title": "Today"}, {"id": "later", "title": "Later"}],
}
LIST: dict[str, Any] = {
    "kind": "list",
    "button": "Show the shops",
    "sections": [
        {"title": "North", "rows": [{"id": "mi", "title": "Milano", "description": "Via Roma 1"}]},
        {"title": "South", "rows": [{"id": "na", "title": "Napoli", "description": ""}]},
    ],
}
FORM: dict[str, Any] = {
    "kind": "form",
    "button": "Send the order",
    "form_fields": [
        {"key": "order", "label": "Order number", "kind": "number", "required": True, "choices": []},
        {"key": "email", "label": "E-mail", "kind": "email", "required": True, "choices": []},
        {"key": "size", "label": "Size", "kind": "choice", "required": False, "choices": ["S", "M"]},
        {"key": "day", "label": "Day", "kind": "date", "required": False, "choices": []},
        {"key": "why", "label": "Why", "kind": "long_text", "required": False, "choices": []},
        {"key": "agreed", "label": "I agree", "kind": "consent", "required": True, "choices": []},
    ],
}


@pytest.fixture
def widget(shop: Shop) -> Widget:
    """Somebody who wrote already."""
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    return widget


def answer(desk: ChatDesk) -> dict[str, Any]:
    """What the visitor answered."""
    wait_until(lambda: len(desk.messages) > 1)
    return desk.messages[-1]


def test_a_button_answers_and_cannot_be_pressed_again(widget: Widget, desk: ChatDesk) -> None:
    line = desk.say("When?", interactive=BUTTONS)
    asked = widget.lines.nth(1)
    expect(asked).to_contain_text("Delivery")
    expect(asked).to_contain_text("Answer when you like")
    asked.get_by_role("button", name="Later").click()
    told = answer(desk)
    assert (told["kind"], told["reply_to"]) == ("button_reply", line["id"])
    assert told["choice"] == {"id": "later", "title": "Later"}
    expect(asked.get_by_role("button")).to_have_count(0)
    expect(widget.own.last).to_contain_text("Later")
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    expect(widget.own.last).to_contain_text("Later")
    expect(widget.lines.nth(1).get_by_role("button")).to_have_count(0)


def test_a_list_opens_and_answers_by_keyboard(widget: Widget, desk: ChatDesk) -> None:
    line = desk.say("Which one?", interactive=LIST)
    opener = widget.lines.nth(1).get_by_role("button", name="Show the shops")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    widget.lines.nth(1).get_by_role("button", name="Milano").press("Enter")
    told = answer(desk)
    assert (told["kind"], told["reply_to"]) == ("list_reply", line["id"])
    assert told["choice"] == {"id": "mi", "title": "Milano"}


def test_a_link_button_opens_beside_the_page(widget: Widget, desk: ChatDesk) -> None:
    desk.say("See", interactive={"kind": "cta_url", "button": "Track it", "url": "https://shop.example/t"})
    link = widget.lines.nth(1).get_by_role("link", name="Track it")
    expect(link).to_have_attribute("href", "https://shop.example/t")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_a_form_is_checked_and_answered(widget: Widget, desk: ChatDesk) -> None:
    line = desk.say("Your order, please", interactive=FORM)
    form = widget.lines.nth(1).locator("form")
    submit = form.get_by_role("button", name="Send the order")
    submit.click()
    expect(form.locator(".error:visible")).to_have_count(3)
    expect(form.get_by_label("Order number")).to_be_focused()
    form.get_by_label("Order number").fill("4711")
    form.get_by_label("E-mail").fill("no address")
    form.get_by_label("I agree").check()
    submit.click()
    expect(form.locator(".error:visible")).to_have_text([widget.say("wrong_email")])
    form.get_by_label("E-mail").fill("giulia@bianchi.example")
    form.get_by_label("Size").select_option("M")
    form.get_by_label("Day").fill("2025-03-01")
    form.get_by_label("Why").fill("too\nsmall")
    submit.click()
    told = answer(desk)
    assert (told["kind"], told["reply_to"]) == ("form", line["id"])
    assert told["answers"] == {
        "order": "4711", "email": "giulia@bianchi.example", "size": "M", "day": "2025-03-01",
        "why": "too\nsmall", "agreed": "yes",
    }  # fmt: skip
    expect(widget.lines.nth(1).locator("form")).to_have_count(0)
    expect(widget.lines.nth(1)).to_contain_text(widget.say("answered"))


def test_what_was_typed_into_a_form_stays_while_other_lines_come(widget: Widget, desk: ChatDesk) -> None:
    desk.say("Your order, please", interactive=FORM)
    number = widget.lines.nth(1).get_by_label("Order number")
    number.fill("47")
    desk.say("Take your time")
    desk.see()
    expect(widget.lines).to_have_count(3)
    expect(number).to_have_value("47")
    expect(number).to_be_focused()
