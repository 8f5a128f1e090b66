"""The settings of live chats: what is shown of them, and what is saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import Screen, attribute, one, page

pytestmark = pytest.mark.integration
CHAT = "webchat-main"


def put(rig: Rig, **channel: object) -> None:
    """Set up the live chat."""
    etag = rig.get("/settings/chat").headers["ETag"]
    answer = rig.call("PUT", "/settings/chat", json={"channels": {CHAT: channel}}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


def stored(rig: Rig) -> dict[str, object]:
    """The settings of the live chat."""
    found: dict[str, object] = rig.get("/settings/chat").get_json()["channels"][CHAT]
    return found


def test_the_page_shows_what_is_set_and_the_line_to_paste(rig: Rig) -> None:
    asked = [
        {"key": "email", "kind": "email", "required": True},
        {"key": "order", "labels": {"it": "Ordine"}},
    ]
    put(
        rig,
        language="it",
        texts={"it": {"title": "Scrivici"}},
        form=asked,
        form_when="away",
        tickets="missed",
    )

    shown = page(rig, "/settings/chat")

    site = rig.get("/settings/chat").get_json()["sites"][CHAT]["key"]
    assert f'data-channel="{site}"' in one(shown, "#chat-snippet").get_text()
    assert attribute(shown, "#words-it-title", "value") == "Scrivici"
    assert attribute(shown, f"[name='channels.{CHAT}.tickets'] option[selected]", "value") == "missed"
    assert [each["value"] for each in shown.select("[data-repeated] [data-part='key']")] == ["email", "order"]
    assert one(shown, ".chat-languages [aria-selected=true]").get_text(strip=True) == "Italiano"


def test_who_only_looks_can_change_nothing(rig: Rig) -> None:
    shown = page(rig, "/settings/chat", user="bruno")

    assert one(shown, "#chat-settings fieldset").has_attr("disabled")
    assert not shown.select("#chat-settings [type=submit]")


def test_words_looks_and_form_are_seen_while_they_are_written_and_saved(rig: Rig, screen: Screen) -> None:
    put(rig, language="it", texts={"de": {"title": "Hallo"}})
    page = screen.open("/settings/chat")
    preview = page.locator("[data-preview]")

    page.get_by_label("Above the chat").locator("visible=true").fill("Ciao!")
    expect(preview.locator("[data-preview-text=title]")).to_have_text("Ciao!")
    page.get_by_role("tab", name="Deutsch").click()
    expect(preview.locator("[data-preview-text=title]")).to_have_text("Hallo")
    page.get_by_role("button", name="Nobody", exact=True).click()
    page.get_by_label("Visitors are asked").select_option(label="When nobody is there")
    page.get_by_role("button", name="Add a field").click()
    page.get_by_role("button", name="Add a field").click()
    second = page.locator("[data-repeated] > [data-item]").nth(1)
    second.get_by_label("Asks for").select_option(label="Something of your own")
    second.get_by_label("Label in Italiano").fill("Numero d'ordine")
    second.get_by_label("Answered with").select_option(label="One of several choices")
    second.get_by_label("Choices, one on each line").fill("Uno\nDue")
    expect(preview.locator("[data-preview-fields] li")).to_have_text(
        ["E-mail address (required)", "numero_d_ordine (required)"]
    )
    page.get_by_label("When a chat becomes a ticket").select_option("missed")
    page.get_by_label("Missed after so many minutes").fill("7")
    page.get_by_label("Colour").fill("#ffee00")
    screen.axe(page, within="#content")
    page.get_by_role("button", name="Save").click()

    wait_until(lambda: stored(rig)["colour"] == "#ffee00")
    kept = stored(rig)
    assert kept["texts"] == {"it": {"title": "Ciao!"}, "de": {"title": "Hallo"}}
    assert (kept["tickets"], kept["missed_after_minutes"], kept["form_when"]) == ("missed", 7, "away")
    assert kept["form"] == [
        {"key": "email", "kind": "email", "required": True, "labels": {}, "choices": []},
        {
            **{"key": "numero_d_ordine", "kind": "choice", "required": True},
            **{"labels": {"it": "Numero d'ordine"}, "choices": ["Uno", "Due"]},
        },
    ]


def test_a_mistake_in_the_form_is_said_at_its_field(rig: Rig, screen: Screen) -> None:
    put(rig)
    screen.allowed.append("422")
    page = screen.open("/settings/chat")

    page.get_by_role("button", name="Add a field").click()
    page.get_by_role("button", name="Add a field").click()
    page.get_by_role("button", name="Save").click()

    expect(page.locator("[data-summary]")).to_contain_text("another field")
    expect(page.locator("[data-repeated] [aria-invalid]")).to_have_count(1)
    assert stored(rig)["form"] == []
