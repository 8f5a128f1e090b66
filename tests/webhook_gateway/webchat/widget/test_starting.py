"""The form before a chat, and what a visitor is told when nobody is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk, iso
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget

FORM: list[dict[str, Any]] = [
    {"key": "name"},
    {"key": "email", "kind": "email", "required": True},
    {"key": "phone", "kind": "phone"},
    {"key": "topic", "kind": "choice", "labels": {"en": "Topic"}, "choices": ["Orders", "Bills"]},
    {"key": "privacy", "kind": "consent", "required": True, "labels": {"en": "I have read the notice"}},
]


def filled(widget: Widget) -> None:
    """Fill the form and begin."""
    form = widget.starting
    form.get_by_label(widget.say("name")).fill("Giulia Bianchi")
    form.get_by_label(widget.say("email")).fill("giulia@bianchi.example")
    form.get_by_label("Topic").select_option("Bills")
    form.get_by_label("I have read the notice").check()
    form.get_by_role("button", name=widget.say("start")).click()


def test_the_form_comes_first_and_goes_with_the_first_message(shop: Shop, desk: ChatDesk) -> None:
    desk.offer.update(form=FORM, form_when="always", texts={"en": {"form_intro": "Who are you?"}})
    widget = Widget(shop.open()).open()
    expect(widget.starting).to_contain_text("Who are you?")
    expect(widget.box).to_be_hidden()
    filled(widget)
    expect(widget.box).to_be_focused()
    widget.write("My bill is wrong")
    wait_until(lambda: desk.messages)
    assert desk.messages[0]["details"] == {
        "name": "Giulia Bianchi", "email": "giulia@bianchi.example", "phone": "",
        "answers": {"topic": "Bills"}, "consents": ["privacy"],
    }  # fmt: skip
    widget.is_in_state("delivered")
    widget.write("Very wrong")
    wait_until(lambda: len(desk.messages) == 2)
    assert "details" not in desk.messages[1]
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    expect(widget.box).to_be_visible()
    expect(widget.starting).to_have_count(0)


def test_the_form_says_at_its_fields_what_is_wrong(shop: Shop, desk: ChatDesk) -> None:
    desk.offer.update(form=FORM, form_when="always")
    widget = Widget(shop.open()).open()
    form = widget.starting
    form.get_by_label(widget.say("phone")).fill("no number")
    form.get_by_role("button", name=widget.say("start")).click()
    expect(form.locator(".error:visible")).to_have_text(
        [widget.say("needs_answer"), widget.say("wrong_phone"), widget.say("needs_consent")]
    )
    email = form.get_by_label(widget.say("email"))
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    ("when", "online", "asked"),
    [("never", True, 0), ("away", True, 0), ("away", False, 1), ("always", True, 1)],
)
def test_the_form_comes_when_the_desk_wants_it(
    shop: Shop, desk: ChatDesk, when: str, online: bool, asked: int
) -> None:
    desk.offer.update(form=FORM, form_when=when, online=online)
    widget = Widget(shop.open()).open()
    expect(widget.starting).to_have_count(asked)


def test_whoever_writes_to_nobody_is_told_what_happens_next(shop: Shop, desk: ChatDesk) -> None:
    back = datetime.now(UTC) + timedelta(hours=3)
    own = {"away": "We are at lunch.", "next": "We answer by mail."}
    desk.offer.update(online=False, opens_at=iso(back), texts={"en": own}, mails=True)
    widget = Widget(shop.open(timezone_id="UTC")).open()
    expect(widget.log).to_contain_text("We are at lunch.")
    expect(widget.log).to_contain_text("We answer by mail.")
    expect(widget.sheet.locator(".status")).to_contain_text(f"{back:%-I:%M %p}")
    widget.write("Hello?")
    widget.is_in_state("delivered")
    expect(widget.log).to_contain_text("We answer by mail.")


@pytest.mark.parametrize(
    ("mails", "form", "told"),
    [(True, FORM, "next_leave"), (True, FORM[2:], "next_here"), (False, FORM, "next_here")],
)
def test_nobody_is_told_to_leave_an_address_where_none_is_asked(
    shop: Shop, desk: ChatDesk, mails: bool, form: list[dict[str, Any]], told: str
) -> None:
    desk.offer.update(online=False, mails=mails, form=form, form_when="away")
    widget = Widget(shop.open()).open()
    expect(widget.log).to_contain_text(widget.say(told))


def test_it_is_seen_at_once_that_somebody_came_or_left(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    status = widget.sheet.locator(".status")
    expect(status).to_have_text(widget.say("online"))
    desk.change_offer(online=False)
    expect(status).to_have_text(widget.say("away"))
    desk.change_offer(online=True)
    expect(status).to_have_text(widget.say("online"))


def test_the_desks_own_words_are_used_in_the_visitors_language(shop: Shop, desk: ChatDesk) -> None:
    desk.offer["texts"] = {
        "it": {"title": "Il negozio", "welcome": "Buongiorno!"}, "en": {"title": "The shop"},
    }  # fmt: skip
    widget = Widget(shop.open("/plain?data-language=it"), "it").open()
    expect(widget.sheet.get_by_role("heading")).to_have_text("Il negozio")
    expect(widget.log).to_contain_text("Buongiorno!")
    expect(widget.button("send")).to_be_visible()


def test_answers_to_the_form_are_told_later_when_the_talk_has_begun(shop: Shop, desk: ChatDesk) -> None:
    desk.offer.update(form=FORM, form_when="away")
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    desk.change_offer(online=False)
    expect(widget.sheet.locator(".status")).to_have_text(widget.say("away"))
    expect(widget.box).to_be_visible()
    widget.page.keyboard.press("Escape")
    widget.open()
    filled(widget)
    wait_until(lambda: desk.details)
    assert desk.details[0]["email"] == "giulia@bianchi.example"
