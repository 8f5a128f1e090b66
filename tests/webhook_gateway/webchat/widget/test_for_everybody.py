"""The widget for everybody: keyboards, screen readers, phones, the dark, other directions, contrast."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support.waiting import wait_until
from tests.support.watched import OTHER_WIDTH_AND_COLOURS
from tests.support.webchat_desk import ChatDesk, picture_bytes
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget
from tests.webhook_gateway.webchat.widget.test_choosing import BUTTONS, FORM, LIST
from tests.webhook_gateway.webchat.widget.test_starting import FORM as STARTING

_TARGETS = """
() => [...document.querySelector('sportello-chat').shadowRoot
  .querySelectorAll('button, a.choice, select, input, textarea')]
  .filter((each) => each.checkVisibility() && !each.matches('.emoji, .plain, [type=radio], [type=checkbox]'))
  .map((each) => [each.className, each.getBoundingClientRect().width, each.getBoundingClientRect().height])
  .filter(([, width, height]) => width < 44 || height < 44)
"""


def full(shop: Shop, desk: ChatDesk, path: str = "/plain", **options: Any) -> Widget:
    """A chat with a line of every sort, at its end."""
    widget = Widget(shop.open(path, **options)).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    picture = desk.keep_file("room.png", picture_bytes(), "image/png", "image")
    letter = desk.keep_file("letter.pdf", b"%PDF", "application/pdf", "document")
    desk.say("See https://shop.example", files=[picture, letter])
    for part in (BUTTONS, LIST, FORM):
        desk.say("Please", interactive=part)
    desk.say("By mail", author={"kind": "visitor", "name": "", "picture": ""}, by_mail=True)
    desk.say(kind="ticket_opened", ticket="TT24", author={"kind": "desk", "name": "", "picture": ""})
    desk.say(kind="ticket_closed", ticket="TT24", author={"kind": "desk", "name": "", "picture": ""})
    expect(widget.facts).to_have_count(2)
    widget.facts.get_by_role("radio").nth(2).check(force=True)
    return widget


def inside(outer: Locator, inner: Locator) -> bool:
    """Whether one box lies in the other, by less than a pixel."""
    big, small = outer.bounding_box(), inner.bounding_box()
    assert big is not None
    assert small is not None
    return (
        small["x"] >= big["x"] - 1
        and small["y"] >= big["y"] - 1
        and small["x"] + small["width"] <= big["x"] + big["width"] + 1
        and small["y"] + small["height"] <= big["y"] + big["height"] + 1
    )


def test_axe_finds_nothing_wrong(shop: Shop, desk: ChatDesk) -> None:
    widget = full(shop, desk)
    shop.axe(widget.page)
    widget.button("emoji").click()
    shop.axe(widget.page)
    widget.page.keyboard.press("Escape")
    widget.button("more").click()
    shop.axe(widget.page)
    widget.page.keyboard.press("Escape")
    widget.page.keyboard.press("Escape")
    expect(widget.sheet).to_be_hidden()
    desk.say("News")
    expect(widget.badge).to_be_visible()
    shop.axe(widget.page)


def test_axe_finds_nothing_wrong_with_the_form_and_its_mistakes(shop: Shop, desk: ChatDesk) -> None:
    desk.offer.update(form=STARTING, form_when="always", online=False, opens_at="2031-03-03T08:00:00Z")
    widget = Widget(shop.open()).open()
    widget.starting.get_by_role("button", name=widget.say("start")).click()
    expect(widget.starting.locator(".error:visible")).not_to_have_count(0)
    shop.axe(widget.page)


@pytest.mark.parametrize("colour", ["#ffee00", "#101010", "#ffffff"])
def test_every_colour_of_a_desk_can_be_read(shop: Shop, desk: ChatDesk, colour: str) -> None:
    desk.offer["colour"] = colour
    widget = full(shop, desk)
    shop.axe(widget.page, rules=OTHER_WIDTH_AND_COLOURS)
    widget.page.emulate_media(color_scheme="dark")
    expect(widget.sheet).not_to_have_css("background-color", "rgb(255, 255, 255)")
    shop.axe(widget.page, rules=OTHER_WIDTH_AND_COLOURS)


def test_on_a_phone_it_covers_the_page_and_nothing_is_cut_off(shop: Shop, desk: ChatDesk) -> None:
    phone: dict[str, Any] = {"width": 360, "height": 640, "has_touch": True, "is_mobile": True}
    widget = full(shop, desk, "/plain", **phone)
    box = widget.sheet.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    assert widget.page.evaluate("document.documentElement.scrollWidth") == 360
    assert widget.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    for part in (widget.box, widget.send, widget.button("close")):
        assert inside(widget.sheet, part)
    assert widget.page.evaluate(_TARGETS) == []
    assert widget.box.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 16
    shop.axe(widget.page, rules=OTHER_WIDTH_AND_COLOURS)
    widget.box.fill("sent by its button")
    widget.send.tap()
    wait_until(lambda: len(desk.messages) == 2)
    widget.button("close").tap()
    expect(widget.sheet).to_be_hidden()
    expect(widget.launcher).to_be_visible()


def test_on_a_desk_it_is_a_sheet_in_the_corner(shop: Shop) -> None:
    widget = Widget(shop.open()).open()
    box = widget.sheet.bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (360, 560)
    assert widget.page.evaluate(_TARGETS) == []
    widget.page.get_by_role("button", name="Buy").click()


def test_on_a_page_from_right_to_left_it_is_mirrored(shop: Shop, desk: ChatDesk) -> None:
    widget = full(shop, desk, "/rtl")
    launcher = widget.launcher.bounding_box()
    assert launcher is not None
    assert launcher["x"] < 200
    own, theirs = widget.own.first.locator(".bubble"), widget.log.locator("li.line.is-desk .bubble").first
    first, second = own.bounding_box(), theirs.bounding_box()
    assert first is not None
    assert second is not None
    assert first["x"] < second["x"]
    assert widget.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    desk.say("שלום, english, مرحبا")
    text = widget.lines.last.locator("p.text")
    expect(text).to_have_text("שלום, english, مرحبا")
    assert text.evaluate("node => getComputedStyle(node).direction") == "rtl"
    shop.axe(widget.page, rules=OTHER_WIDTH_AND_COLOURS)


def test_everything_is_reached_by_keyboard(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open())
    page = widget.page
    expect(widget.launcher).to_be_visible()
    widget.launcher.focus()
    page.keyboard.press("Enter")
    expect(widget.box).to_be_focused()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    widget.is_in_state("delivered")
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.querySelector('sportello-chat').shadowRoot.activeElement?.getAttribute('aria-label')"
            )
        )
    assert {widget.say(key) for key in ("attach", "emoji", "close", "more")} <= reached
    widget.box.focus()
    page.keyboard.press("Escape")
    expect(widget.sheet).to_be_hidden()
    expect(widget.launcher).to_be_focused()


def test_on_a_phone_the_keyboard_stays_in_the_sheet(shop: Shop) -> None:
    widget = Widget(shop.open(width=360)).open()
    expect(widget.sheet).to_have_attribute("aria-modal", "true")
    for key in ("Tab", "Shift+Tab"):
        for _ in range(10):
            widget.page.keyboard.press(key)
            assert widget.page.evaluate("document.activeElement.localName") == "sportello-chat"


def test_screen_readers_are_told_of_answers(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    voice = widget.sheet.locator("[aria-live=polite]")
    desk.say("Benissimo", name="Anna Rossi")
    expect(voice).to_contain_text("Anna Rossi: Benissimo")
    expect(widget.log).to_have_accessible_name(widget.say("conversation"))


def test_in_forced_colours_and_without_motion_it_is_all_there(shop: Shop, desk: ChatDesk) -> None:
    widget = full(shop, desk, forced_colors="active", reduced_motion="reduce")
    still = widget.sheet.evaluate(
        "node => node.getAnimations({subtree: true}).every((each) => each.effect.getTiming().duration <= 1)"
    )
    assert still
    assert widget.launcher.evaluate("node => getComputedStyle(node).borderStyle") != "none"


def test_the_theme_follows_the_browser_and_changes_with_it(shop: Shop) -> None:
    widget = Widget(shop.open()).open()
    light = widget.sheet.evaluate("node => getComputedStyle(node).backgroundColor")
    assert light == "rgb(255, 255, 255)"
    widget.page.emulate_media(color_scheme="dark")
    expect(widget.sheet).not_to_have_css("background-color", light)


def test_a_sound_comes_only_for_those_who_asked_for_it(shop: Shop, desk: ChatDesk) -> None:
    page = shop.context().new_page()
    page.add_init_script(
        "window.tones = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...all) { window.tones += 1; start.apply(this, all); };"
    )
    shop.goto(page, "/plain")
    widget = Widget(page).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    page.keyboard.press("Escape")
    desk.say("One")
    expect(widget.badge).to_have_text("1")
    assert page.evaluate("window.tones") == 0
    widget.open()
    widget.button("more").click()
    widget.sheet.get_by_role("menuitemcheckbox", name=widget.say("sound")).click()
    wait_until(lambda: page.evaluate("window.tones") == 2)
    page.keyboard.press("Escape")
    desk.say("Two")
    wait_until(lambda: page.evaluate("window.tones") == 4)
