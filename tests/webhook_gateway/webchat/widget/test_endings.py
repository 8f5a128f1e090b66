"""A ticket opens and closes in front of the visitor: number, rating, transcript, answers by mail."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk, signed_identity
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget
from tests.webhook_gateway.webchat.widget.test_page_interface import call

NOBODY = {"kind": "desk", "name": "", "picture": ""}


@pytest.fixture
def widget(shop: Shop) -> Widget:
    """Somebody who wrote already."""
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    return widget


def test_the_tickets_number_shows_when_it_is_opened(widget: Widget, desk: ChatDesk) -> None:
    desk.say(kind="ticket_opened", ticket="TT24", author=NOBODY)
    expect(widget.facts).to_have_text([widget.say("ticket_opened", ticket="TT24")])


def test_a_closed_ticket_is_rated_once(widget: Widget, desk: ChatDesk) -> None:
    desk.offer["texts"] = {"en": {"rating": "Were we nice?"}}
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    desk.say(kind="ticket_closed", ticket="TT24", author=NOBODY)
    question = widget.facts.locator("form.rating")
    expect(question).to_contain_text("Were we nice?")
    question.get_by_role("radio").nth(3).check(force=True)
    question.get_by_role("textbox").fill("Gentilissimi")
    question.get_by_role("button", name=widget.say("rate_send")).click()
    wait_until(lambda: desk.ratings)
    told = {key: desk.ratings[0][key] for key in ("ticket", "score", "text")}
    assert told == {"ticket": "TT24", "score": 4, "text": "Gentilissimi"}
    expect(question).to_have_count(0)
    expect(widget.facts.last).to_contain_text("Gentilissimi")
    expect(widget.facts.last.get_by_role("img")).to_have_accessible_name(widget.say("rated", score=4))
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    expect(widget.facts).to_have_count(2)
    expect(widget.log.locator("form.rating")).to_have_count(0)
    assert len(desk.ratings) == 1


def test_a_rating_is_given_by_keyboard_without_words(widget: Widget, desk: ChatDesk) -> None:
    desk.say(kind="ticket_closed", ticket="TT24", author=NOBODY)
    question = widget.facts.locator("form.rating")
    question.get_by_role("radio").nth(0).focus()
    widget.page.keyboard.press("ArrowRight")
    widget.page.keyboard.press("ArrowRight")
    question.get_by_role("button", name=widget.say("rate_send")).press("Enter")
    wait_until(lambda: desk.ratings)
    assert (desk.ratings[0]["score"], desk.ratings[0].get("text", "")) == (3, "")


def test_a_desk_that_asks_for_no_rating_gets_none(widget: Widget, desk: ChatDesk) -> None:
    desk.offer["rating"] = False
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    desk.say(kind="ticket_closed", ticket="TT24", author=NOBODY)
    expect(widget.facts).to_have_text([widget.say("ticket_closed", ticket="TT24")])
    expect(widget.log.locator("form.rating")).to_have_count(0)


def test_the_talk_goes_on_after_it_was_closed(widget: Widget, desk: ChatDesk) -> None:
    desk.say(kind="ticket_closed", ticket="TT24", author=NOBODY)
    expect(widget.facts).to_have_count(1)
    widget.write("One more thing")
    widget.is_in_state("delivered")
    assert desk.messages[-1]["text"] == "One more thing"


def test_an_answer_by_mail_says_so(widget: Widget, desk: ChatDesk) -> None:
    author = {"kind": "visitor", "name": "Giulia", "picture": ""}
    desk.say("From my mail", author=author, by_mail=True)
    expect(widget.own.last).to_contain_text(widget.say("by_mail"))


def test_the_transcript_asks_where_to_and_is_sent(widget: Widget, desk: ChatDesk, shop: Shop) -> None:
    shop.allowed.append("429 (TOO MANY REQUESTS)")
    widget.button("more").click()
    expect(widget.sheet.get_by_role("menuitem", name=widget.say("transcript"))).to_have_count(0)
    widget.button("more").click()
    desk.say("Good morning")
    widget.sees("Hello", "Good morning")
    for _ in range(2):
        widget.button("more").click()
        widget.sheet.get_by_role("menuitem", name=widget.say("transcript")).click()
        if not desk.transcripts:
            form = widget.sheet.locator("form.asking")
            form.get_by_label(widget.say("email")).fill("giulia@bianchi.example")
            form.get_by_role("button", name=widget.say("transcript_send")).click()
            expect(widget.banner).to_have_text(widget.say("transcript_sent"))
    expect(widget.banner).to_have_text(widget.say("transcript_again"))
    assert desk.details[0]["email"] == "giulia@bianchi.example"
    assert desk.transcripts == [desk.visitor]
    desk.refused.clear()


def test_who_is_logged_in_without_an_address_is_asked_for_one_too(widget: Widget, desk: ChatDesk) -> None:
    call(widget.page, f"identify({signed_identity('7', name='Giulia')})")
    wait_until(lambda: desk.visitor.startswith("u-"))
    desk.say("Good morning")
    widget.sees("Good morning")
    widget.button("more").click()
    widget.sheet.get_by_role("menuitem", name=widget.say("transcript")).click()
    form = widget.sheet.locator("form.asking")
    form.get_by_label(widget.say("email")).fill("giulia@bianchi.example")
    assert desk.transcripts == []
    form.get_by_role("button", name=widget.say("transcript_send")).click()
    expect(widget.banner).to_have_text(widget.say("transcript_sent"))
    assert (desk.details[-1]["email"], desk.transcripts) == ("giulia@bianchi.example", [desk.visitor])


def test_a_desk_that_sends_no_transcripts_offers_none(widget: Widget, desk: ChatDesk) -> None:
    desk.offer["transcript"] = False
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    desk.say("Good morning")
    widget.sees("Hello", "Good morning")
    widget.button("more").click()
    expect(widget.sheet.get_by_role("menuitemcheckbox", name=widget.say("sound"))).to_be_visible()
    expect(widget.sheet.get_by_role("menuitem", name=widget.say("transcript"))).to_have_count(0)
