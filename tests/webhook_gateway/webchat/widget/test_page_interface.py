"""What a page can do with the widget: attributes of the script, calls, events, clumsy embedding."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget

EVENTS = ("ready", "open", "close", "message", "sent", "unread", "ticket", "closed", "rated", "error")
LISTEN = """names => {
  window.heard = [];
  for (const name of names) window.Sportello().on(name, (told) => window.heard.push([name, told]));
}"""


def call(page: Page, expression: str) -> Any:
    """A call on the chat's controls."""
    page.wait_for_function("window.Sportello && window.Sportello()")
    return page.evaluate(f"window.Sportello().{expression}")


def heard(page: Page) -> list[tuple[str, Any]]:
    """The events that were told since LISTEN."""
    return [(name, told) for name, told in page.evaluate("window.heard")]


@pytest.mark.parametrize("path", ["/early", "/twice", "/queued", "/ugly"])
def test_it_stands_there_once_however_it_is_embedded(shop: Shop, path: str) -> None:
    widget = Widget(shop.open(path))
    expect(widget.launcher).to_be_visible()
    expect(widget.host).to_have_count(1)
    if path == "/queued":
        expect(widget.sheet).to_be_visible()
        wait_until(lambda: widget.page.evaluate("window.heard") == ["ready"])


def test_the_page_opens_closes_shows_and_hides_it(shop: Shop) -> None:
    widget = Widget(shop.open())
    page = widget.page
    expect(widget.launcher).to_be_visible()
    call(page, "open()")
    expect(widget.sheet).to_be_visible()
    call(page, "close()")
    expect(widget.sheet).to_be_hidden()
    call(page, "toggle()")
    expect(widget.sheet).to_be_visible()
    call(page, "hide()")
    expect(widget.launcher).to_be_hidden()
    expect(widget.sheet).to_be_hidden()
    call(page, "show()")
    expect(widget.launcher).to_be_visible()
    call(page, "shutdown()")
    expect(widget.host).to_have_count(0)


def test_the_page_hears_what_happens(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open())
    page = widget.page
    expect(widget.launcher).to_be_visible()
    page.evaluate(LISTEN, EVENTS)
    widget.open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    page.keyboard.press("Escape")
    desk.say("Hi", name="Anna Rossi")
    desk.say(kind="ticket_opened", ticket="TT24", author={"kind": "desk", "name": "", "picture": ""})
    desk.say(kind="ticket_closed", ticket="TT24", author={"kind": "desk", "name": "", "picture": ""})
    wait_until(lambda: "closed" in [name for name, _ in heard(page)])
    told = heard(page)
    assert [name for name, _ in told if name not in ("ready", "unread")] == [
        "open", "sent", "close", "message", "ticket", "closed",
    ]  # fmt: skip
    by_name = dict(told)
    assert (by_name["message"]["text"], by_name["message"]["author"]) == ("Hi", "Anna Rossi")
    assert by_name["unread"] == {"count": 1}
    assert by_name["ticket"] == {"number": "TT24"}


def test_a_listener_that_throws_harms_nobody(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.append("of the page's own")
    widget = Widget(shop.open())
    call(widget.page, "on('open', () => { throw new Error('of the page\\'s own'); })")
    call(widget.page, "on('open', () => { window.heard = true; })")
    widget.open()
    assert widget.page.evaluate("window.heard") is True


def test_details_and_fields_of_the_page_go_with_the_first_message(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open())
    call(widget.page, "setDetails({name: 'Giulia', email: 'giulia@bianchi.example', phone: '+39 335'})")
    call(widget.page, "setFields({plan: 'gold', visits: 7})")
    widget.open()
    widget.write("Hello")
    wait_until(lambda: desk.messages)
    details = desk.messages[0]["details"]
    assert (details["name"], details["email"], details["phone"]) == (
        "Giulia", "giulia@bianchi.example", "+39 335",
    )  # fmt: skip
    assert details["answers"] == {"plan": "gold", "visits": "7"}
    widget.is_in_state("delivered")
    call(widget.page, "setFields({plan: 'silver'})")
    wait_until(lambda: desk.details)
    assert desk.details[0]["answers"]["plan"] == "silver"


def test_the_language_can_be_given_and_changed(shop: Shop) -> None:
    page = shop.open("/plain?data-language=de")
    german, french = Widget(page, "de"), Widget(page, "fr")
    german.open()
    expect(german.box).to_have_attribute("placeholder", german.say("write"))
    call(page, "setLanguage('fr')")
    expect(french.box).to_have_attribute("placeholder", french.say("write"))


def test_attributes_of_the_script_open_it_and_place_it(shop: Shop) -> None:
    widget = Widget(shop.open("/plain?data-open=true&data-position=start&data-theme=dark"))
    expect(widget.sheet).to_be_visible()
    box = widget.launcher.bounding_box()
    assert box is not None
    assert box["x"] < 200
    background = widget.sheet.evaluate("node => getComputedStyle(node).backgroundColor")
    assert sum(int(each) for each in background.strip("rgba()").split(",")[:3]) < 200


def test_a_page_that_exchanges_its_body_keeps_the_widget(shop: Shop) -> None:
    widget = Widget(shop.open())
    expect(widget.launcher).to_be_visible()
    widget.page.evaluate("document.body = document.createElement('body')")
    expect(widget.launcher).to_be_visible()


def test_where_the_browser_keeps_nothing_the_chat_works_all_the_same(shop: Shop, desk: ChatDesk) -> None:
    page = shop.context().new_page()
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    shop.goto(page, "/plain")
    widget = Widget(page).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    desk.say("Hi")
    widget.sees("Hello", "Hi")


def test_the_pages_shortcuts_do_not_hear_what_is_written(shop: Shop) -> None:
    widget = Widget(shop.open())
    widget.page.evaluate("window.keys = ''; document.addEventListener('keydown', e => window.keys += e.key)")
    widget.open()
    widget.box.press_sequentially("jk")
    assert widget.page.evaluate("window.keys") == ""


def test_pages_and_referrer_are_told_only_when_the_desk_asks_for_them(shop: Shop, desk: ChatDesk) -> None:
    desk.offer["page_context"] = True
    page = shop.context().new_page()
    page.goto("/plain?utm_source=mail&utm_campaign=spring#secret", referer="https://search.example/?q=shop")
    widget = Widget(page)
    expect(widget.launcher).to_be_visible()
    page.evaluate("history.pushState({}, '', '/second'); document.title = 'Second'")
    widget.open()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    widget.write("Hello")
    wait_until(lambda: desk.messages)
    visit = desk.messages[0]["visit"]
    assert visit["referrer"] == "https://search.example/?q=shop"
    assert visit["campaign"] == {"source": "mail", "campaign": "spring"}
    assert [each["url"].removeprefix(shop.base) for each in visit["pages"]] == [
        "/plain?utm_source=mail&utm_campaign=spring", "/second",
    ]  # fmt: skip
    widget.is_in_state("delivered")
    page.evaluate("history.pushState({}, '', '/plain'); window.dispatchEvent(new Event('popstate'))")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    wait_until(lambda: any("page" in each for each in desk.signs))
    assert next(each for each in desk.signs if "page" in each)["page"]["url"] == f"{shop.base}/plain"


def test_without_being_asked_no_page_is_told(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open("/plain?utm_source=mail")).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    shop.goto(widget.page, "/second")
    expect(widget.launcher).to_be_visible()
    assert "visit" not in desk.messages[0]
    assert not any("page" in each for each in desk.signs)
