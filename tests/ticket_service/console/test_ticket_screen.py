"""The ticket page in a browser: fields that save themselves, a timeline that never jumps, sheets, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.demo import picture
from tests.support.demo_kinds import every_kind
from tests.ticket_service.api.rig import BRUNO, Rig
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration
PHONE = "+393351032246"


def long_talk(rig: Rig, count: int = 70) -> str:
    """A ticket with so many comments."""
    number = rig.hear("Numero 0", phone=PHONE)
    for each in range(1, count + 1):
        rig.clock.forward(minutes=2)
        rig.hear(f"Numero {each}", phone=PHONE)
    return number


def said(page: Page, text: str) -> Locator:
    """The bubble's words."""
    return page.locator("#timeline").get_by_text(text, exact=True)


def top_of(page: Page, text: str) -> float:
    """Where a bubble is on the screen."""
    box = said(page, text).bounding_box()
    assert box is not None
    return box["y"]


def test_a_field_is_changed_in_place_and_saved_at_once(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    screen.allowed.append("412")  # that it was read is a change as well: what was typed goes on top of it
    page = screen.open(f"/tickets/{number}")

    page.get_by_text("Classification", exact=True).click()
    page.locator("#f-ticket-priority").select_option(label="High")
    expect(page.locator("#ticket-head")).to_contain_text("High")
    page.locator("#f-ticket-tags").fill("caldaia, urgente")
    page.locator("#f-ticket-tags").press("Enter")
    expect(page.locator("#timeline")).to_contain_text("set Tags to “caldaia, urgente”")
    title = page.get_by_label("Subject")
    title.fill("Caldaia ferma")
    title.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("to “Caldaia ferma”")

    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (ticket["priority"], ticket["tags"], ticket["title"]) == (
        *("high", ["caldaia", "urgente"]),
        "Caldaia ferma",
    )


def test_a_record_is_searched_for_chosen_and_taken_away_again(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    acme = rig.post("/organizations", {"name": "Acme Impianti"}).get_json()
    screen.allowed.append("412")
    page = screen.open(f"/tickets/{number}")

    page.get_by_text("More fields", exact=True).click()
    field = page.get_by_role("combobox", name="Organization")
    field.press_sequentially("acme")
    page.get_by_role("option", name="Acme Impianti").click()
    expect(page.locator("#timeline")).to_contain_text("set Organization to “Acme Impianti”")
    assert rig.get(f"/tickets/{number}").get_json()["organization"] == acme["id"]

    field = page.get_by_role("combobox", name="Organization")
    field.fill("")
    field.press("Tab")
    expect(page.locator("#timeline")).to_contain_text("emptied Organization")
    assert rig.get(f"/tickets/{number}").get_json()["organization"] is None


def test_a_status_that_asks_why_gets_its_reason_and_one_can_go_back(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rig.change(
        "/settings/statuses/closed", {"asks_justification": True, "justifications": ["Solved by phone"]}
    )
    rig.store._cached.clear()  # type: ignore[attr-defined]
    screen.allowed.append("412")
    page = screen.open(f"/tickets/{number}")

    page.keyboard.press("s")
    page.get_by_role("button", name="Closed").click()
    sheet = page.get_by_role("dialog", name="Why?")
    sheet.get_by_role("button", name="Solved by phone").click()
    sheet.get_by_role("button", name="Set the status").click()
    expect(page.locator("#ticket-status")).to_contain_text("Closed")
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (ticket["status"]["key"], ticket["justification"]) == ("closed", "Solved by phone")

    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#ticket-status")).to_contain_text("Open")


def test_older_entries_come_on_scroll_and_what_is_read_stays_where_it_is(rig: Rig, screen: Screen) -> None:
    number = long_talk(rig)
    page = screen.open(f"/tickets/{number}")
    expect(said(page, "Numero 70")).to_be_in_viewport()
    assert said(page, "Numero 12").count() == 0

    page.locator("#timeline-scroll").evaluate("box => { box.scrollTop = 200; }")
    before = top_of(page, "Numero 23")
    expect(said(page, "Numero 12")).to_have_count(1)
    assert abs(top_of(page, "Numero 23") - before) < 2
    page.locator("#timeline-scroll").evaluate("box => { box.scrollTop = 0; }")
    expect(said(page, "Numero 0")).to_have_count(1)
    assert page.locator("#timeline .bubble").count() == 71
    assert page.locator(".entry-day").evaluate_all(
        "days => new Set(days.map(day => day.id)).size === days.length"
    )


def test_a_refresh_moves_nothing_and_says_how_much_is_new(rig: Rig, screen: Screen) -> None:
    number = long_talk(rig, 40)
    page = screen.open(f"/tickets/{number}")
    page.locator("#timeline-scroll").evaluate("box => { box.scrollTop = box.scrollHeight / 2; }")
    page.wait_for_timeout(100)
    before = top_of(page, "Numero 20")

    rig.hear("Una cosa nuova", phone=PHONE)
    page.evaluate("document.dispatchEvent(new CustomEvent('ticket:changed', {detail: {}}))")

    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    assert abs(top_of(page, "Numero 20") - before) < 2
    page.get_by_role("button", name="1 new").click()
    expect(said(page, "Una cosa nuova")).to_be_in_viewport()


def test_opening_notes_that_it_was_read(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    page = screen.open("/tickets", user="bruno")
    with page.expect_response(f"**/tickets/{number}/read"):
        page.locator(f"a[href^='/tickets/{number}']").first.click()

    assert rig.get(f"/tickets/{number}").get_json()["read_at"] is not None


def test_a_failed_send_is_sent_again_from_its_bubble(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    failed = rig.post(f"/tickets/{number}/replies", {"text": "Eccoci"}).get_json()
    rig.delivered(failed["id"], "failed", rig.clock.now)
    page = screen.open(f"/tickets/{number}")

    page.get_by_role("button", name="Resend").click()

    expect(page.locator(".bubble-trouble")).to_have_count(0)
    state = rig.get(f"/tickets/{number}/actions/{failed['id']}").get_json()["delivery"]["state"]
    assert state == "queued"


def test_a_note_is_edited_and_keeps_its_earlier_words(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    rig.post(f"/tickets/{number}/notes", {"text": "Da richiamare"})
    page = screen.open(f"/tickets/{number}")

    page.locator(".bubble-note").hover()
    page.locator(".bubble-note").get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("Text").fill("Richiamato")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()

    expect(page.locator(".bubble-note > .bubble-text")).to_have_text("Richiamato")
    expect(page.locator(".bubble-note")).to_contain_text("1 earlier version")


def test_a_reaction_is_chosen_by_keyboard(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    page = screen.open(f"/tickets/{number}")

    page.get_by_role("button", name="React").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(page.locator(".reaction")).to_contain_text("❤️")


def test_the_gallery_is_turned_over_by_arrow_keys(rig: Rig, screen: Screen) -> None:
    number = every_kind(rig, picture())
    page = screen.open(f"/tickets/{number}")

    page.get_by_role("button", name="Gallery").click()
    gallery = page.get_by_role("dialog", name="Gallery")
    expect(gallery.locator("figure:visible")).to_contain_text("troppo-grande.pdf")
    page.keyboard.press("ArrowRight")
    expect(gallery.locator("figure:visible")).to_contain_text("prova.mp4")
    page.keyboard.press("End")
    expect(gallery.locator("figure:visible")).to_contain_text("Comment #1")
    screen.axe(page)
    gallery.get_by_role("button", name="Comment #1").click()
    expect(gallery).to_have_count(0)
    expect(page.locator(".entry.is-pointed")).to_contain_text("#1")


def test_a_picture_that_could_not_be_made_is_no_broken_picture(rig: Rig, screen: Screen) -> None:
    screen.allowed.append("404")
    number = every_kind(rig, picture())
    page = screen.open(f"/tickets/{number}")
    page.route("**/thumbnail*", lambda route: route.fulfill(status=404))
    page.get_by_role("button", name="Gallery").click()
    gallery = page.get_by_role("dialog", name="Gallery")
    expect(gallery.locator(".gallery-strip .no-picture").first).to_be_visible()
    expect(gallery.locator(".gallery-strip img")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_nothing_is_wrong_for_screen_readers(rig: Rig, screen: Screen, width: int, dark: bool) -> None:
    number = every_kind(rig, picture())
    rig.change(f"/tickets/{number}", {"assignee": BRUNO, "priority": "urgent"})
    page = screen.open(f"/tickets/{number}", width=width, dark=dark)

    screen.axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("Classification", exact=True).click()
    screen.axe(page, within="#ticket-fields")
    for tab in ("graph", "process", "history"):
        page.goto(f"/tickets/{number}?tab={tab}")
        screen.axe(page)
