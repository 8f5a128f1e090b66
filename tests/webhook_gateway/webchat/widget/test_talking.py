"""A visitor and the desk talk: what is written arrives, what is answered shows, each once and in order."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget


def grown(widget: Widget, before: int) -> None:
    """Wait until there are more lines than before."""
    wait_until(lambda: widget.lines.count() > before)


def test_nobody_is_a_visitor_before_something_is_written(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    expect(widget.log).to_contain_text(widget.say("welcome"))
    assert desk.visitors == []
    assert widget.page.context.cookies() == []


def test_a_message_arrives_and_is_answered(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Buongiorno, vorrei contattarvi")
    widget.is_in_state("delivered")
    assert [(each["kind"], each["text"]) for each in desk.messages] == [
        ("text", "Buongiorno, vorrei contattarvi")
    ]
    assert desk.messages[0]["language"].startswith("en")
    assert desk.messages[0]["time_zone"]
    desk.see()
    widget.is_in_state("seen")
    desk.say("Benissimo grazie", name="Anna Rossi")
    widget.sees("Buongiorno, vorrei contattarvi", "Benissimo grazie")
    expect(widget.lines.last.locator(".author")).to_have_text("Anna Rossi")


def test_an_agents_picture_shows_and_initials_where_there_is_none(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    picture = desk.keep_picture()
    desk.say("One", author={"kind": "agent", "name": "Anna Rossi", "picture": picture})
    expect(widget.lines.last.locator(".face img")).to_have_js_property("complete", True)
    expect(widget.lines.last.locator(".face")).to_have_class("face has-picture")
    desk.say("Two", name="Bruno Verdi")
    expect(widget.lines.last.locator(".face")).to_have_text("BV")


def test_typing_shows_in_both_directions(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    wait_until(desk.connected)
    desk.type("Anna Rossi")
    expect(widget.log.locator(".typing")).to_have_text(widget.say("typing", name="Anna Rossi"))
    desk.say("Here I am")
    expect(widget.log.locator(".typing")).to_be_hidden()
    widget.box.press_sequentially("wait", delay=10)
    wait_until(lambda: any(each.get("typing") for each in desk.signs))
    assert sum("typing" in each for each in desk.signs) == 1


def test_the_conversation_is_there_after_a_reload_and_its_draft(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("One")
    widget.is_in_state("delivered")
    desk.say("Two")
    widget.sees("One", "Two")
    widget.box.fill("half a sent")
    shop.goto(widget.page, "/second")
    expect(widget.launcher).to_be_visible()
    if not widget.sheet.is_visible():
        widget.open()
    widget.sees("One", "Two")
    expect(widget.box).to_have_value("half a sent")
    assert len(desk.visitors) == 1


def test_two_tabs_show_the_same(shop: Shop, desk: ChatDesk) -> None:
    first = Widget(shop.open()).open()
    first.write("One")
    first.is_in_state("delivered")
    page = first.page.context.new_page()
    shop.goto(page, "/second")
    second = Widget(page)
    if not second.sheet.is_visible():
        second.open()
    second.sees("One")
    second.write("Two")
    second.is_in_state("delivered")
    desk.say("Three")
    for widget in (first, second):
        widget.sees("One", "Two", "Three")
    first.page.close()
    desk.say("Four")
    second.sees("One", "Two", "Three", "Four")
    assert len(desk.visitors) == 1


def test_an_answer_to_a_closed_chat_is_counted_at_the_launcher_and_in_the_title(
    shop: Shop, desk: ChatDesk
) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    widget.page.keyboard.press("Escape")
    expect(widget.sheet).to_be_hidden()
    desk.say("One")
    desk.say("Two")
    expect(widget.badge).to_have_text("2")
    expect(widget.page).to_have_title("(2) A shop")
    wait_until(lambda: sum(len(each.get("delivered", [])) for each in desk.signs) == 2)
    assert not any(each.get("read") for each in desk.signs)
    widget.open()
    expect(widget.badge).to_be_hidden()
    expect(widget.page).to_have_title("A shop")
    wait_until(lambda: sum(len(each.get("read", [])) for each in desk.signs) == 2)


def test_what_is_told_as_read_is_told_once(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    line = desk.say("One")
    wait_until(lambda: any(line["id"] in each.get("read", []) for each in desk.signs))
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    widget.sees("Hello", "One")
    last = desk.say("Two")
    wait_until(lambda: any(last["id"] in each.get("read", []) for each in desk.signs))
    told = [each for signs in desk.signs for each in signs.get("read", [])]
    assert sorted(told) == sorted([line["id"], last["id"]])


def test_the_past_is_loaded_when_somebody_scrolls_up(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("first")
    widget.is_in_state("delivered")
    for number in range(2, 121):
        desk.say(f"line {number}")
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    expect(widget.lines.locator("p.text").last).to_have_text("line 120")
    assert widget.lines.count() <= 60
    for _ in range(2):
        before = widget.lines.count()
        widget.log.evaluate("log => log.scrollTo(0, 0)")
        grown(widget, before)
    expect(widget.lines.locator("p.text")).to_have_text(
        ["first", *(f"line {number}" for number in range(2, 121))]
    )


def test_whoever_reads_further_up_is_told_and_not_moved(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("first")
    widget.is_in_state("delivered")
    for number in range(30):
        desk.say(f"line {number}")
    expect(widget.lines).to_have_count(31)
    widget.log.evaluate("log => log.scrollTo(0, 0)")
    wait_until(lambda: widget.log.evaluate("log => log.scrollTop") == 0)
    desk.say("news")
    jump = widget.button("newer")
    expect(jump).to_be_visible()
    assert widget.log.evaluate("log => log.scrollTop") == 0
    jump.click()
    expect(widget.lines.last).to_be_in_viewport()
    expect(jump).to_be_hidden()


def test_lines_are_under_the_day_they_were_written(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("today")
    widget.is_in_state("delivered")
    visitor = desk.visitor
    desk.chats[visitor].lines[0]["at"] = "2024-02-27T12:00:00Z"
    widget.page.reload()
    if not widget.sheet.is_visible():
        widget.open()
    expect(widget.log.locator(".day")).to_have_text(["Tuesday, February 27, 2024"])
    desk.say("again")
    expect(widget.log.locator(".day")).to_have_text(["Tuesday, February 27, 2024", "Today"])


def test_addresses_become_links_that_leave_the_page_alone(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    desk.say("See https://shop.example/a(b)?c=1&d=2. Or www.shop.example, or mail anna@shop.example!")
    links = widget.lines.last.locator("a")
    expect(links).to_have_count(3)
    found = links.evaluate_all("all => all.map(each => [each.href, each.target, each.rel])")
    safe = ["_blank", "noopener noreferrer"]
    assert found == [
        ["https://shop.example/a(b)?c=1&d=2", *safe],
        ["https://www.shop.example/", *safe],
        ["mailto:anna@shop.example", *safe],
    ]


def test_an_emoji_is_picked_with_the_keyboard(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.box.fill("Ciao ")
    widget.button("emoji").press("Enter")
    page = widget.page
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(widget.sheet).to_be_visible()
    expect(widget.box).to_be_focused()
    page.keyboard.press("Enter")
    wait_until(lambda: desk.messages)
    assert desk.messages[0]["text"] == "Ciao 😄"


def test_enter_sends_and_shift_enter_makes_a_new_line(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.box.fill("one")
    widget.box.press("Shift+Enter")
    widget.box.press_sequentially("two")
    widget.box.press("Enter")
    wait_until(lambda: desk.messages)
    assert desk.messages[0]["text"] == "one\ntwo"
    expect(widget.box).to_have_value("")


def test_what_is_too_long_is_not_sent(shop: Shop, desk: ChatDesk) -> None:
    desk.limits["text"] = 400
    widget = Widget(shop.open()).open()
    widget.box.fill("x" * 403)
    expect(widget.problem).to_have_text(widget.say("too_long", over=3))
    expect(widget.send).to_be_disabled()
    widget.box.fill("x" * 400)
    expect(widget.send).to_be_enabled()


def test_blank_is_not_sent(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.box.fill("  \n ")
    widget.box.press("Enter")
    expect(widget.send).to_be_disabled()
    widget.write("something")
    wait_until(lambda: desk.messages)
    assert [each["text"] for each in desk.messages] == ["something"]
