"""People and the calendar in a browser: a whole record by hand, conversations, moving what is planned."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration
PHONE = "+393351032246"


def shown_dialog(page: Page, name: str) -> None:
    expect(page.locator(f"dialog#{name}")).to_be_visible()


def test_somebody_is_added_found_noted_down_and_merged_back_and_forth(screen: Screen, rig: Rig) -> None:
    rig.post("/organizations", {"name": "Acme S.p.A."})
    rig.hear("Salve", phone="+393391234567", name="Bice Rossi")
    screen.allowed.append("422")
    page = screen.open("/contacts/new")
    page.get_by_label("Name", exact=False).first.fill("Bice Rossi")
    page.get_by_role("combobox", name="Organization").press_sequentially("acm")
    expect(page.get_by_role("option", name="Acme S.p.A.")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Number or address").first.fill("not a number")
    page.get_by_role("button", name="Add the contact").click()
    expect(page.locator("[data-summary]")).to_contain_text("Not a phone number")
    page.get_by_label("Number or address").first.fill("+39 335 103 2246")
    page.get_by_role("button", name="Add the contact").click()
    expect(page.get_by_role("heading", name="Bice Rossi")).to_be_visible()
    expect(page.locator(".page-head")).to_contain_text("Acme S.p.A.")

    page.get_by_role("link", name="Notes").click()
    page.get_by_label("New note").fill("Calls after 17.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".note-text")).to_have_text("Calls after 17.")
    page.get_by_role("button", name="Edit").last.click()
    page.locator("#note-edit").fill("Calls after 18.")
    page.locator("#editing").get_by_role("button", name="Save").click()
    expect(page.locator(".note-text")).to_have_text("Calls after 18.")
    screen.axe(page)

    page.get_by_role("button", name="More about this person").click()
    page.get_by_role("link", name="Merge with somebody").click()
    page.locator("#others a").click()
    page.get_by_role("button", name="Merge into Bice Rossi").click()
    expect(page.locator(".identities li")).to_have_count(2)
    page.get_by_role("link", name="History").click()
    page.get_by_role("button", name="Undo the merge").click()
    shown_dialog(page, "question")
    page.locator("#question [data-yes]").click()
    expect(page.locator(".identities li")).to_have_count(1)


def test_a_lead_becomes_a_contact_and_an_identity_goes_only_after_a_question(
    screen: Screen, rig: Rig
) -> None:
    number = rig.hear(phone=PHONE)
    contact = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
    page = screen.open(f"/contacts/{contact}", width=360)
    page.get_by_role("button", name="Convert into a contact").click()
    expect(page.locator("h1 .chip")).to_have_text("Contact")
    page.get_by_role("button", name="Remove +39 335 103 2246").click()
    page.locator("#question [value=no]").click()
    assert len(rig.get(f"/contacts/{contact}").get_json()["identities"]) == 1
    page.get_by_role("button", name="Remove +39 335 103 2246").click()
    page.locator("#question [data-yes]").click()
    expect(page.locator(".identities")).to_have_count(0)


def test_a_ticket_is_opened_from_the_messages_that_were_chosen(screen: Screen, rig: Rig) -> None:
    number = rig.hear("Siete aperti sabato?", phone=PHONE, name="Anna")
    rig.clock.forward(seconds=5)
    rig.hear("E la caldaia perde", phone=PHONE, name="Anna")
    talk = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    rig.db["tickets"].delete_many({})
    alone = {"open_ticket_id": None, "last_ticket_id": None}
    rig.db["conversations"].update_one({"_id": talk}, {"$set": alone})
    rig.db["messages"].update_many({}, {"$set": {"ticket_id": None, "part": None, "number": None}})
    page = screen.open("/conversations?show=free", user="bruno")
    page.locator(".talk-row").click()
    page.locator("[data-choice]").nth(1).check()
    page.get_by_role("button", name=re.compile("Open a ticket")).click()
    shown_dialog(page, "from-conversation")
    page.get_by_label("Subject").fill("Caldaia")
    screen.axe(page, within="#from-conversation")
    page.get_by_role("button", name="Open the ticket").click()
    page.wait_for_url("**/tickets/*")
    (ticket,) = rig.get("/tickets").get_json()["items"]
    assert (ticket["title"], ticket["description"].split("\n")[-1]) == ("Caldaia", "E la caldaia perde")


def test_an_intervention_is_moved_by_mouse_and_keyboard_and_back_by_undo(screen: Screen, rig: Rig) -> None:
    number = rig.hear("La caldaia perde")
    day = rig.clock.now.replace(day=14, hour=9, minute=0, second=0)
    at = day.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"title": "Change the valve", "planned_at": at, "minutes": 60}
    known = rig.post(f"/tickets/{number}/interventions", body).get_json()["id"]

    def planned() -> str:
        return str(rig.get(f"/interventions/{known}").get_json()["planned_at"])

    def standing(on: int) -> None:
        cell = f'[data-day="{day + timedelta(days=on):%Y-%m-%d}"]'
        expect(page.locator(f'{cell} [data-intervention="{known}"]')).to_be_visible()

    page = screen.open("/calendar")
    target = page.locator(f'[data-day="{day + timedelta(days=2):%Y-%m-%d}"]')
    page.locator(f'[data-intervention="{known}"]').drag_to(target)
    standing(2)
    assert planned() == (day + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    page.get_by_role("button", name="Undo").click()
    standing(0)
    assert planned() == at
    page.locator(f'[data-intervention="{known}"]').focus()
    page.keyboard.press("Shift+ArrowRight")
    standing(1)
    page.keyboard.press("Shift+ArrowDown")
    standing(8)
    screen.axe(page)
    page.goto(f"/calendar?view=week&on={day + timedelta(days=8):%Y-%m-%d}")
    page.locator(f'[data-intervention="{known}"]').focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#calendar-said")).not_to_be_empty()
    assert planned().endswith(":15:00Z")
    screen.axe(page)


def test_an_intervention_is_planned_carried_out_and_reported(screen: Screen, rig: Rig) -> None:
    number = rig.hear("La caldaia perde", name="Anna Verdi")
    page = screen.open("/calendar", user="bruno")
    page.get_by_role("button", name="New intervention").click()
    page.get_by_role("combobox", name="Ticket").press_sequentially("caldaia")
    page.get_by_role("option", name=re.compile(number)).click()
    page.get_by_role("button", name="Go on").click()
    page.locator("#i-title").fill("Change the valve")
    page.locator("#i-minutes").fill("90")
    page.get_by_role("button", name="Plan the intervention").click()
    event = page.locator(".event", has_text="Change the valve")
    expect(event).to_be_visible()
    event.click()
    page.locator("#i-report").fill("Valve replaced.")
    page.locator("#intervention").get_by_role("button", name="Save").click()
    expect(page.locator("dialog#intervention")).not_to_be_visible()
    event.click()
    page.locator("#w-minutes").fill("75")
    page.locator("#w-note").fill("Valve")
    page.get_by_role("button", name="Enter the time").click()
    expect(page.locator("#worked-title")).to_contain_text("1 h 15 min")
    screen.axe(page, within="#intervention")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".event.step-done")).to_be_visible()
    (done,) = rig.get("/interventions").get_json()["items"]
    assert (done["status"], done["report"], done["minutes"]) == ("done", "Valve replaced.", 90)


def test_a_conversation_grows_while_it_is_open(screen: Screen, rig: Rig) -> None:
    number = rig.hear("Prima", phone=PHONE)
    talk = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    page = screen.open(f"/conversations/{talk}")
    expect(page.locator(".talk-entry")).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("data-live", "live")
    rig.hear("Seconda", phone=PHONE)
    expect(page.locator(".talk-entry")).to_have_count(2)
