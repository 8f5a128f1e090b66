"""Live chats in a browser: visitors come, write and leave while one looks; forms are built and sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from services.ticket_service.store.typing import Typing
from shared.contracts import visitor_acted
from tests.support.visitors import stay
from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.chats.test_chat_settings import put
from tests.ticket_service.console.chats.test_visitor_pages import MAIL, did, talk_of, wrote
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration
LISTENING = """() => {
  globalThis.heard = [];
  globalThis.AudioContext = class extends AudioContext { constructor() { super(); heard.push("tone"); } };
  globalThis.Notification = class {
    static permission = "granted";
    constructor(title, {body}) { heard.push(`${title}: ${body}`); }
    addEventListener() {}
  };
  Object.assign(document.documentElement.dataset, {sound: "on", desktop: "on"});
}"""
"""A browser that lets the desk ring, and what was heard of it."""


def test_visitors_write_move_and_leave_before_ones_eyes(rig: Rig, screen: Screen) -> None:
    number = wrote(rig, name="Giulia", visitor=stay(rig.clock.now, 2))
    page = screen.open(f"/tickets/{number}")
    state, panel = page.locator("#visitor-state"), page.locator("#visitor")
    expect(state).to_contain_text("In the chat now")
    expect(page.locator("html")).to_have_attribute("data-live", "live")

    Typing(rig.db).typed([talk_of(rig)], rig.clock.now)
    expect(page.get_by_text("Giulia is writing…")).to_be_visible()
    rig.clock.forward(seconds=2)
    wrote(rig, "Mi sentite?", name="Giulia")
    expect(page.locator("#timeline")).to_contain_text("Mi sentite?")
    expect(page.get_by_text("Giulia is writing…")).to_be_hidden()
    rig.clock.forward(seconds=2)
    did(rig, visitor_acted.MOVED, visitor=stay(rig.clock.now, 1, "Carrello"))
    expect(panel.locator(".visitor-now")).to_contain_text("Carrello")
    rig.clock.forward(seconds=2)
    did(rig, visitor_acted.LEFT)
    expect(state).to_contain_text("Left the chat")
    screen.axe(page, within="#ticket-pane")


def test_a_form_is_built_sent_and_taken_back_whole(rig: Rig, screen: Screen) -> None:
    rig.change("/me/preferences", {"undo_seconds": 30})
    number = wrote(rig, name="Giulia")
    page = screen.open(f"/tickets/{number}")
    box = page.locator("#composer")

    box.get_by_role("button", name="Buttons, lists and forms").click()
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("Kind").select_option(label="A form to fill in")
    sheet.get_by_role("button", name="Use them").click()
    expect(sheet.get_by_role("alert")).to_have_text("Ask at least one question.")
    sheet.get_by_label("Question").fill("Il suo indirizzo di posta")
    sheet.get_by_label("Answered with").select_option(label="An e-mail address")
    sheet.get_by_label("Must be filled in").check()
    sheet.get_by_role("button", name="Add a question").click()
    second = sheet.locator(".composer-asks").nth(1)
    second.get_by_label("Question").fill("Quando?")
    second.get_by_label("Answered with").select_option(label="One of several choices")
    second.get_by_label("Choices, one on each line").fill("mattina\nsera")
    screen.axe(page, within="dialog[open]")
    sheet.get_by_role("button", name="Use them").click()
    expect(box.locator("[data-part=choices]")).to_contain_text("Il suo indirizzo di posta · Quando?")
    box.get_by_label("Message", exact=True).fill("Ci dica, per favore:")
    box.get_by_role("button", name="Send", exact=True).click()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(box.locator("[data-part=choices]")).to_contain_text("Quando?")
    assert rig.requested() == []
    rig.change("/me/preferences", {"undo_seconds": 0})
    page.reload()

    box.get_by_role("button", name="Buttons, lists and forms").click()
    sheet.get_by_label("Kind").select_option(label="A form to fill in")
    sheet.get_by_label("Question").fill("Telefono")
    sheet.get_by_label("Answered with").select_option(label="A telephone number")
    sheet.get_by_role("button", name="Use them").click()
    box.get_by_label("Message", exact=True).fill("Ci dica, per favore:")
    box.get_by_role("button", name="Send", exact=True).click()
    wait_until(lambda: len(rig.requested()) == 1)
    asked = rig.requested()[0].content.interactive
    assert [(each.key, each.label, each.kind) for each in asked.form_fields] == [
        ("phone", "Telefono", "phone")
    ]
    expect(page.locator("#timeline .bubble-out .offer-row")).to_have_text("Telefono")


def test_a_chat_that_waits_becomes_a_ticket_and_a_suggestion_is_dismissed(rig: Rig, screen: Screen) -> None:
    put(rig, tickets="missed")
    rig.post(
        "/contacts", {"name": "Bianchi", "stage": "contact", "identities": [{"kind": "email", "value": MAIL}]}
    )
    wrote(rig, "C'è qualcuno?", name="Giulia", visitor=stay(rig.clock.now, email=MAIL))
    page = screen.open("/conversations?show=chats-waiting", width=360)

    page.get_by_role("link", name="Giulia").click()
    expect(page.locator("#visitor")).to_be_hidden()
    page.get_by_role("button", name="Visitor", exact=True).click()
    page.locator(".suggested").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".suggested")).to_have_count(0)
    expect(page.locator("#visitor")).to_be_visible()
    screen.axe(page, within="#talk-pane")
    page.get_by_role("button", name="Visitor", exact=True).click()
    page.get_by_role("button", name="Open a ticket").click()
    page.locator("dialog[open]").get_by_label("Subject").fill("Un visitatore chiede aiuto")
    page.locator("dialog[open]").get_by_role("button", name="Open the ticket").click()

    expect(page.locator("#ticket-title")).to_have_value("Un visitatore chiede aiuto")
    assert rig.get("/conversations?waiting=true").get_json()["items"] == []


def test_whoever_is_at_the_desk_hears_that_somebody_waits(rig: Rig, screen: Screen) -> None:
    put(rig, tickets="missed")
    page = screen.open("/profile", user="bruno")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    page.evaluate(LISTENING)
    wrote(rig, "C'è qualcuno?", name="Giulia")
    told = page.locator(".toast-line", has_text="Somebody waits in the chat")
    expect(told).to_be_visible()
    wait_until(lambda: len(page.evaluate("heard")) == 2)
    assert page.evaluate("heard") == ["tone", "Somebody waits in the chat: Giulia"]
    wrote(rig, "Nessuno?", name="Giulia")
    expect(page.locator(".toast-line", has_text="New message from the customer")).to_be_visible()
    told.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**/conversations/{talk_of(rig)}")
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    wrote(rig, "Ci siete!", name="Giulia")
    expect(page.locator("#talk-pane")).to_contain_text("Ci siete!")
    expect(page.locator(".toast-line")).to_have_count(0)


def test_the_rail_counts_the_chats_that_wait_on_whatever_page_one_is(rig: Rig, screen: Screen) -> None:
    put(rig, tickets="missed")
    wrote(rig, "Uno", visitor_id=f"v-{1:032x}")
    page = screen.open("/profile")
    waiting = page.locator("#rail-count-conversations")
    expect(waiting).to_have_text("1 waiting")
    expect(page.locator("html")).to_have_attribute("data-live", "live")

    wrote(rig, "Due", visitor_id=f"v-{2:032x}")
    expect(waiting).to_have_text("2 waiting")
    for each in rig.get("/conversations?waiting=true").get_json()["items"]:
        assert rig.post(f"/conversations/{each['id']}/tickets", {}).status_code == 201
    expect(waiting).to_be_hidden()
