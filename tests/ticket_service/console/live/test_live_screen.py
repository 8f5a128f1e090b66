"""Two people at once in real browsers: each sees the other, and what happens, without doing anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from services.ticket_service.console.live import stream as streams
from shared.runtime.stop import Stop
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration
SOON = 20_000


def test_two_on_one_ticket_see_each_other_and_hear_the_customer(screen: Screen) -> None:
    number = screen.rig.hear("Buongiorno")
    anna = screen.open(f"/tickets/{number}")
    bruno = screen.open(f"/tickets/{number}", user="bruno")
    for page in (anna, bruno):
        expect(page.locator("#viewers [aria-label*='looking']")).to_have_count(1, timeout=SOON)
    bruno.evaluate("document.dispatchEvent(new CustomEvent('composer:typing', {detail: {}}))")
    expect(anna.locator("#viewers .is-typing")).to_have_count(1, timeout=SOON)
    phone = screen.rig.get(f"/tickets/{number}").get_json()["requester"]["identities"][0]["value"]
    screen.rig.hear("E ancora una cosa", phone=phone)
    for page in (anna, bruno):
        expect(page.locator("#timeline")).to_contain_text("E ancora una cosa", timeout=SOON)
    bruno.close()
    expect(anna.locator("#viewers .viewer")).to_have_count(0, timeout=SOON)


def test_tabs_of_one_browser_share_a_stream_and_all_of_them_hear(screen: Screen) -> None:
    first = screen.open("/tickets")
    expect(first.locator("html")).to_have_attribute("data-live", "live", timeout=SOON)
    second = first.context.new_page()
    asked: list[str] = []
    second.on("request", lambda request: asked.append(request.url))
    second.goto("/tickets")
    expect(second.locator("html")).to_have_attribute("data-live", "live", timeout=SOON)
    assert not any(url.endswith(streams.EVENTS) for url in asked)
    # The tab that had the stream goes: the other one takes it over.
    with second.expect_request(f"**{streams.EVENTS}", timeout=SOON):
        first.close()


def test_a_lost_connection_is_said_and_made_up_for(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    number = screen.rig.hear("Buongiorno")
    page = screen.open(f"/tickets/{number}")
    expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=SOON)
    screen.allowed.append("503")
    ending = Stop()
    ending.request()
    monkeypatch.setattr(streams, "STOPPING", ending)
    expect(page.locator(".live-pill")).to_be_visible(timeout=SOON)
    phone = screen.rig.get(f"/tickets/{number}").get_json()["requester"]["identities"][0]["value"]
    screen.rig.hear("Mentre non c'eravate", phone=phone)
    monkeypatch.setattr(streams, "STOPPING", Stop())
    expect(page.locator("#timeline")).to_contain_text("Mentre non c'eravate", timeout=60_000)
    expect(page.locator(".live-pill")).to_have_count(0, timeout=SOON)


def test_the_way_of_a_message_is_a_dialog_without_faults(screen: Screen) -> None:
    number = screen.rig.hear("Buongiorno")
    page = screen.open(f"/tickets/{number}")
    page.locator("[data-sheet*='/trace']").first.evaluate("button => button.click()")
    expect(page.locator(".trace-step.is-done")).to_have_count(7, timeout=SOON)
    screen.axe(page, within="#sheet-trace")
