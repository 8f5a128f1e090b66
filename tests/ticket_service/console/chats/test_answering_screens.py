"""Answering in a conversation that has no ticket, in a browser: written, sent, ticked, taken over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from services.ticket_service.apply import apply_messages
from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import CHANNEL, Rig, inbound
from tests.ticket_service.console.chats.test_chat_settings import put
from tests.ticket_service.console.chats.test_visitor_pages import talk_of, wrote
from tests.ticket_service.console.rig import Screen, page
from tests.ticket_service.mails import mail

pytestmark = pytest.mark.integration
LIST = FilePayload(name="listino.txt", mimeType="text/plain", buffer=b"vaso 12 EU")


@pytest.fixture
def waiting(rig: Rig) -> str:
    """A chat that waits and has no ticket; what is sent leaves at once. The conversation."""
    put(rig, tickets="missed")
    rig.change("/me/preferences", {"undo_seconds": 0})
    wrote(rig, "C'è qualcuno?", name="Giulia")
    return talk_of(rig)


def write(here: Page, words: str) -> None:
    here.locator("#composer-text").press_sequentially(words)


def live(here: Page) -> None:
    expect(here.locator("html")).to_have_attribute("data-live", "live")


def test_a_chat_is_answered_where_it_stands_and_its_ticket_takes_the_talk_over(
    rig: Rig, screen: Screen, waiting: str
) -> None:
    rig.post("/canned-replies", {"title": "Saluto", "shortcut": "s", "body": "Salve {{ customer.name }}!"})
    here = screen.open(f"/conversations/{waiting}")
    live(here)
    rig.clock.forward(seconds=2)
    write(here, "/s")
    here.get_by_role("option", name="Saluto").click()
    expect(here.locator("#composer-text")).to_have_value("Salve Giulia!")
    here.keyboard.press("Control+Enter")
    answer = here.locator("#said .bubble-out[data-message]")
    expect(answer).to_contain_text("Salve Giulia!")
    expect(here.locator("#said .is-optimistic")).to_have_count(0)
    expect(here.locator("#composer-text")).to_have_value("")
    (sent,) = rig.requested()
    rig.delivered(sent.send_id, "read", rig.clock.now)
    expect(answer.get_by_title("Read")).to_be_visible()

    rig.clock.forward(seconds=2)
    here.locator("#composer [data-part=picker]").set_input_files(LIST)
    expect(here.locator("#composer .composer-file")).to_contain_text("10 B")
    expect(here.locator("#composer .composer-file progress")).to_be_hidden()  # it has arrived
    here.get_by_role("button", name="Send", exact=True).click()
    expect(here.locator("#said .bubble-out[data-message]")).to_have_count(2)
    screen.axe(here, within="#talk-pane")

    here.get_by_role("button", name="Open a ticket").click()
    here.locator("dialog[open]").get_by_role("button", name="Open the ticket").click()
    here.wait_for_url("**/tickets/*")
    expect(here.locator("#timeline .bubble")).to_have_count(3)
    expect(here.locator("#timeline .bubble-out").first).to_contain_text("Salve Giulia!")
    expect(here.locator("#timeline .bubble-out").last).to_contain_text("#2")


def test_a_ticket_opened_meanwhile_takes_the_place_of_the_composer_but_of_no_words(
    rig: Rig, screen: Screen, waiting: str
) -> None:
    screen.allowed.append("409")
    here = screen.open(f"/conversations/{waiting}", width=360)
    live(here)
    write(here, "Arrivo")
    number = rig.post(f"/conversations/{waiting}/tickets", {}).get_json()["number"]
    expect(here.locator("#talk-head").get_by_role("link", name=number)).to_be_visible()
    here.keyboard.press("Control+Enter")
    expect(here.locator(".composer-alert").first).to_contain_text(f"Answer on {number}")
    expect(here.locator("#composer-text")).to_have_value("Arrivo")
    assert rig.requested() == []
    here.locator("#composer-text").fill("")
    rig.clock.forward(seconds=2)
    wrote(rig, "Ci siete?", name="Giulia")
    expect(here.locator("#talk-answer").get_by_role("link", name=f"Answer on {number}")).to_be_visible()
    screen.axe(here, within="#talk-pane")


def test_half_written_words_outlive_a_reload_and_what_left_with_the_page_is_not_there_again(
    rig: Rig, screen: Screen, waiting: str
) -> None:
    rig.change("/me/preferences", {"undo_seconds": 30})
    here = screen.open(f"/conversations/{waiting}")
    write(here, "Arrivo subito")
    here.reload()
    expect(here.locator("#composer-text")).to_have_value("Arrivo subito")
    here.keyboard.press("r")
    here.keyboard.press("Control+Enter")
    here.goto("/profile")
    wait_until(lambda: [each.content.text for each in rig.requested()] == ["Arrivo subito"])
    here.goto(f"/conversations/{waiting}")
    expect(here.locator("#composer-text")).to_have_value("")


def test_after_24_hours_a_template_goes_or_an_answer_waits_and_is_thrown_away(
    rig: Rig, screen: Screen
) -> None:
    rig.change("/me/preferences", {"undo_seconds": 0})
    rig.knows("please_answer")
    late = inbound("Aspetto notizie", "+393351032246", at=rig.clock.now - timedelta(days=2))
    apply_messages([late], rig.web.services.desk, {CHANNEL: False})
    here = screen.open(f"/conversations/{talk_of(rig)}")
    expect(here.get_by_text("The 24 hours for free text are over.")).to_be_visible()
    here.get_by_role("button", name="Write an answer that waits").click()
    write(here, "Trovato.")
    here.get_by_role("button", name="Keep as draft").click()
    draft = here.locator("#said .bubble-out.is-draft")
    expect(draft).to_contain_text("Trovato.")
    draft.get_by_role("button", name="Discard").click()
    here.locator("#question [data-yes]").click()
    expect(draft).to_have_count(0)
    assert rig.requested() == []


def test_mails_and_whoever_may_not_answer_see_no_composer(rig: Rig, waiting: str) -> None:
    assert page(rig, f"/conversations/{waiting}", user="bruno").select("#composer")
    assert not page(rig, f"/conversations/{waiting}", user="vera").select("#composer")
    rig.clock.forward(seconds=2)
    rig.take(mail("r1", sender="giulia@bianchi.example", occurred=rig.clock.now))
    number = rig.get("/tickets").get_json()["items"][0]["number"]
    rig.change(f"/tickets/{number}", {"status": "closed"})
    shown = page(rig, f"/conversations/{talk_of(rig)}")
    assert not shown.select("#composer")
    assert "A mail is answered on a ticket" in shown.get_text()
