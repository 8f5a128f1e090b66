"""Proxies that hold back, servers that stop, networks that go: nothing is lost, nothing comes twice."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget

UNREACHABLE = ("net::ERR_", "Failed to load resource")


def begun(shop: Shop, path: str = "/plain") -> Widget:
    """A visitor who wrote "one" and is connected."""
    widget = Widget(shop.open(path)).open()
    widget.write("one")
    widget.is_in_state("delivered")
    wait_until(lambda: shop.desk.buffering or shop.desk.connected())
    return widget


def arrived(desk: ChatDesk) -> list[str]:
    """What the desk has, each message once."""
    return [each["text"] for each in desk.messages if not each["again"]]


@pytest.mark.parametrize("held", ["body", "whole"])
def test_behind_a_proxy_that_holds_streams_back_the_chat_goes_on(
    shop: Shop, desk: ChatDesk, held: str
) -> None:
    desk.buffering = held
    page = shop.context().new_page()
    page.clock.install()
    shop.goto(page, "/plain")
    widget = Widget(page).open()
    widget.write("one")
    wait_until(lambda: any("/stream" in each for each in desk.requests))
    page.clock.fast_forward(7_000)
    wait_until(lambda: any("/events" in each for each in desk.requests))
    widget.is_in_state("delivered")
    desk.say("two")
    desk.say("three")
    widget.sees("one", "two", "three")
    widget.write("four")
    widget.sees("one", "two", "three", "four")


@pytest.mark.parametrize("how", ["cut", "bye"])
def test_a_stream_that_ends_is_resumed_without_gap_or_double(shop: Shop, desk: ChatDesk, how: str) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    for number in range(2, 5):
        desk.cut(how)
        desk.say(f"line {number}")
        widget.sees("one", *(f"line {each}" for each in range(2, number + 1)))
    wait_until(desk.connected)
    assert desk.connected() == 1


def test_a_page_that_is_one_too_many_waits_as_long_as_it_is_told(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(["429: ", *UNREACHABLE])
    widget = begun(shop)

    def asked() -> int:
        return sum(each.startswith("GET ") and each.endswith("/stream") for each in desk.requests)

    before = asked()
    desk.planned["stream"] = [429, 429]
    began = time.monotonic()
    desk.cut("bye")
    wait_until(lambda: not desk.planned["stream"] and desk.connected() == 1)
    assert time.monotonic() - began >= 2
    assert asked() == before + 3
    assert not any("/events" in each for each in desk.requests)
    desk.say("two")
    widget.sees("one", "two")


def test_what_was_written_while_the_gateway_is_down_goes_out_once(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    with desk.being_down():
        widget.write("two")
        widget.write("three")
        widget.sees("one", "two", "three")
        expect(widget.banner).to_have_text(widget.say("lost"))
        widget.is_in_state("waiting")
        desk.add_line(
            desk.visitor, {"id": "a-line", "author": {"kind": "agent", "name": "Anna"}, "text": "!"}
        )
    widget.sees("one", "!", "two", "three")
    wait_until(lambda: arrived(desk) == ["one", "two", "three"])
    expect(widget.banner).to_be_hidden()


def test_a_message_whose_answer_was_lost_is_one_message(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    desk.swallowed = 1
    widget.write("two")
    widget.is_in_state("delivered")
    widget.write("three")
    widget.sees("one", "two", "three")
    wait_until(lambda: arrived(desk) == ["one", "two", "three"])


@pytest.mark.parametrize("status", [503, 429, 500])
def test_a_message_that_is_put_off_goes_out_later_in_its_order(
    shop: Shop, desk: ChatDesk, status: int
) -> None:
    shop.allowed.extend([*UNREACHABLE, f"{status}: "])
    widget = begun(shop)
    desk.planned["messages"] = [status]
    widget.write("two")
    widget.write("three")
    wait_until(lambda: arrived(desk) == ["one", "two", "three"])
    widget.is_in_state("delivered")


def test_a_message_that_is_refused_says_so_and_can_be_tried_again(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    desk.planned["messages"] = [422]
    widget.write("two")
    failed = widget.log.locator("li.is-failed")
    expect(failed).to_contain_text(widget.say("failed"))
    widget.write("three")
    wait_until(lambda: arrived(desk) == ["one", "three"])
    failed.get_by_role("button", name=widget.say("retry")).click()
    wait_until(lambda: arrived(desk) == ["one", "three", "two"])
    expect(failed).to_have_count(0)


def test_what_was_written_offline_goes_out_when_the_network_is_back(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    context = widget.page.context
    context.set_offline(True)
    widget.write("two")
    expect(widget.banner).to_have_text(widget.say("offline"))
    assert arrived(desk) == ["one"]
    context.set_offline(False)
    wait_until(lambda: arrived(desk) == ["one", "two"])
    widget.is_in_state("delivered")
    expect(widget.banner).to_be_hidden()
    desk.say("three")
    widget.sees("one", "two", "three")


def test_what_was_written_before_the_page_was_left_goes_out_on_the_next_one(
    shop: Shop, desk: ChatDesk
) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    with desk.being_down():
        widget.write("two")
        widget.sees("one", "two")
        before = widget.page
        page = before.context.new_page()
        before.close()
    shop.goto(page, "/second")
    after = Widget(page)
    wait_until(lambda: arrived(desk) == ["one", "two"])
    if not after.sheet.is_visible():
        after.open()
    after.sees("one", "two")


def test_the_streams_may_be_elsewhere_and_move(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    with shop.another_gateway() as elsewhere:
        desk.streams_url = elsewhere
        widget = begun(shop)
        desk.say("two")
        widget.sees("one", "two")
    desk.streams_url = ""
    desk.cut()
    desk.say("three")
    widget.page.reload()
    after = widget if widget.sheet.is_visible() else widget.open()
    after.sees("one", "two", "three")


def test_a_token_that_is_not_accepted_any_more_is_exchanged(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    widget = begun(shop)
    desk.planned["messages"] = [401]
    widget.write("two")
    wait_until(lambda: arrived(desk) == ["one", "two"])
    assert len(desk.visitors) == 1


def test_a_chat_on_a_slow_phone_line_works(shop: Shop, desk: ChatDesk) -> None:
    page = shop.context(width=390).new_page()
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 25_000}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", slow)
    shop.goto(page, "/plain")
    widget = Widget(page).open()
    widget.write("one")
    widget.sees("one")
    widget.is_in_state("delivered")
    desk.say("two")
    widget.sees("one", "two")


def test_no_offer_no_chat_until_there_is_one(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend(UNREACHABLE)
    desk.planned["offer"] = [503]
    shop.allowed.append("503: ")
    page = shop.context().new_page()
    page.clock.install()
    shop.goto(page, "/plain")
    widget = Widget(page)
    wait_until(lambda: not desk.planned["offer"])
    page.clock.fast_forward(10_000)
    expect(widget.launcher).to_be_visible()


def test_a_site_that_may_not_have_a_chat_shows_none(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.extend([*UNREACHABLE, "CORS policy", "no chat here"])
    desk.allowed_origins.clear()
    page = shop.open()
    wait_until(lambda: desk.refused)
    expect(Widget(page).launcher).to_be_hidden()
    desk.refused.clear()
