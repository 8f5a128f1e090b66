"""Mails in a browser: triage by keyboard, tickets made in silence, answers with copies, rules tried out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.mails.test_mail_pages import NEWS, came, ticket_of
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration
HTML = '<p>Sconti</p><img src="https://news.example/x.png" alt="">'


def reads(page: Page, subject: str) -> None:
    """Which mail is open."""
    expect(page.locator("#triage-pane h1")).to_have_text(subject)


def state(rig: Rig, mail: str) -> str:
    """What became of a mail."""
    found: str = rig.get(f"/triage/{mail}").get_json()["state"]
    return found


def test_triage_goes_by_keyboard_and_what_is_decided_makes_room_for_the_next(
    rig: Rig, screen: Screen
) -> None:
    mails = {}
    for subject in ("Prima", "Seconda", "Terza"):
        mails[subject] = came(rig, subject, content={"html": HTML}, **{**NEWS, "subject": subject})
        rig.clock.forward(seconds=1)
    page = screen.open("/triage")

    page.keyboard.press("j")
    reads(page, "Terza")
    page.keyboard.press("j")
    reads(page, "Seconda")
    expect(page.locator("#triage-rows [aria-current]")).to_contain_text("Seconda")
    expect(page.frame_locator("#triage-pane iframe").get_by_text("Sconti")).to_be_visible()
    screen.axe(page, within="#content")
    page.keyboard.press("e")
    reads(page, "Prima")
    wait_until(lambda: state(rig, mails["Seconda"]) == "ignored")
    expect(page.locator("#triage-rows > li")).to_have_count(2)
    expect(page.locator("#rail-count-triage")).to_contain_text("2")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    wait_until(lambda: state(rig, mails["Seconda"]) == "held")
    expect(page.locator("#triage-rows > li")).to_have_count(3)

    page.get_by_role("button", name="Block sender").click()
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("Reason").fill("Pubblicità")
    sheet.get_by_role("button", name="Block sender").click()
    wait_until(lambda: state(rig, mails["Terza"]) == "blocked")
    expect(page.locator("#triage-list")).to_contain_text("No mail waits.")


def test_a_ticket_is_made_of_a_mail_and_nothing_leaves(rig: Rig, screen: Screen) -> None:
    customer = rig.post("/contacts", {"name": "Bianchi Ricambi", "stage": "contact"}).get_json()["id"]
    rig.change("/settings/notifications", {"sends": {"opened": ["staff", "requester"]}})
    mail = came(rig, "Sconti!", **NEWS)
    page = screen.open(f"/triage/{mail}")

    page.keyboard.press("c")
    sheet = page.locator("dialog[open]")
    screen.axe(page, within="dialog[open]")
    sheet.get_by_role("combobox", name="Customer").fill("Ricambi")
    sheet.get_by_role("option", name="Bianchi Ricambi").click()
    sheet.get_by_label("Subject", exact=True).fill("Offerte da guardare")
    sheet.get_by_label("Priority").select_option(label="High")
    sheet.get_by_role("button", name="Create the ticket").click()

    expect(page.locator("#ticket-title")).to_have_value("Offerte da guardare")
    expect(page.locator("#timeline")).to_contain_text("Sconti!")
    number = page.url.rsplit("/", 1)[-1]
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (ticket["requester"]["id"], ticket["priority"]) == (customer, "high")
    assert rig.requested("mail.requested") == []
    assert rig.requested("reply.requested") == []


def test_a_mail_is_put_on_the_ticket_that_its_sender_has(rig: Rig, screen: Screen) -> None:
    number = ticket_of(rig, came(rig, address=NEWS["address"], name="Offerte"))
    rig.clock.forward(minutes=1)
    mail = came(rig, "Sconti!", **NEWS)
    page = screen.open(f"/triage/{mail}")

    page.get_by_role("button", name="Add to a ticket").click()
    page.locator("dialog[open]").get_by_role("button", name="Add it").click()

    expect(page).to_have_url(f"{screen.base}/tickets/{number}")
    expect(page.locator("#timeline")).to_contain_text("put a mail of news@offerte.example on this ticket")
    assert state(rig, mail) == "joined"


def test_an_answer_by_mail_goes_to_the_copies_and_has_the_subject_that_were_written(
    rig: Rig, screen: Screen
) -> None:
    rig.change("/me/preferences", {"undo_seconds": 0})
    number = ticket_of(rig, came(rig, cc=["giulia@bianchi.example"]))
    page = screen.open(f"/tickets/{number}")
    box = page.locator("#composer")

    expect(box.get_by_label("Cc")).to_have_value("giulia@bianchi.example")
    box.get_by_label("Cc").fill("giulia@bianchi.example; capo@bianchi.example")
    box.get_by_role("button", name="Subject").click()
    box.get_by_label("Subject", exact=True).fill("Visita di domani")
    box.get_by_label("Message", exact=True).fill("Veniamo alle 9.")
    box.get_by_role("button", name="Send", exact=True).click()

    wait_until(lambda: len(rig.requested()) == 1)
    mail = rig.requested()[0].mail
    assert [each.address for each in mail.cc] == ["giulia@bianchi.example", "capo@bianchi.example"]
    assert "Visita di domani" in mail.subject
    expect(page.locator("#timeline .bubble-out .mail-subject")).to_have_text("Visita di domani")
    expect(box.get_by_label("Cc")).to_have_value("giulia@bianchi.example")


def test_copies_that_are_no_addresses_are_refused_and_nothing_written_is_lost(
    rig: Rig, screen: Screen
) -> None:
    rig.change("/me/preferences", {"undo_seconds": 0})
    screen.allowed.append("422")
    number = ticket_of(rig, came(rig))
    page = screen.open(f"/tickets/{number}")
    box = page.locator("#composer")

    box.get_by_label("Cc").fill("nessuno")
    box.get_by_label("Message", exact=True).fill("Veniamo alle 9.")
    box.get_by_role("button", name="Send", exact=True).click()

    expect(box.get_by_role("alert")).to_be_visible()
    expect(box.get_by_label("Message", exact=True)).to_have_value("Veniamo alle 9.")
    expect(box.get_by_label("Cc")).to_have_value("nessuno")
    assert rig.requested() == []


def test_a_rule_is_written_tried_on_a_stored_mail_and_added(rig: Rig, screen: Screen) -> None:
    mail = came(rig, "Sconti!", headers={"list-id": "<offerte>"}, **NEWS)
    page = screen.open(f"/settings/mail-rules/new?message={mail}")

    page.get_by_label("Name", exact=False).first.fill("Liste")
    condition = page.locator(".mail-condition").first
    condition.get_by_label("Look at").select_option(label="A header")
    condition.get_by_label("Name of the header").fill("List-Id")
    condition.get_by_label("How").select_option(label="is there")
    expect(condition.get_by_label("Compared with")).to_be_hidden()
    page.get_by_role("button", name="Add a condition").click()
    second = page.locator(".mail-condition").nth(1)
    second.get_by_label("Look at").select_option(label="Size in bytes")
    expect(second.get_by_label("How")).to_have_value("larger")
    second.get_by_label("Compared with").fill("50000")
    page.get_by_label("Ignore").check()
    page.get_by_label("Reason").fill("Lista")
    expect(page.get_by_label("Answer with a canned reply")).to_be_hidden()
    page.get_by_role("button", name="Try").click()
    expect(page.locator("[data-trial-rules]")).to_contain_text("Not all of its conditions hold.")
    page.get_by_label("The rule fires when").select_option(label="one of the conditions holds")
    page.get_by_role("button", name="Try").click()
    expect(page.locator("[data-trial-head]")).to_have_text("“Liste” fires: Ignore")
    page.get_by_role("button", name="Add rule").click()

    expect(page.locator(".sorted")).to_contain_text(
        "list-id is there or Size in bytes is larger than “50000”"
    )
    (rule,) = rig.get("/settings/mail-rules").get_json()["items"]
    assert (rule["then"]["do"], rule["then"]["reason"], rule["all_or_any"]) == ("ignore", "Lista", "any")


def test_the_words_of_one_mailbox_are_saved_without_touching_the_others(rig: Rig, screen: Screen) -> None:
    page = screen.open("/settings/mail")

    page.get_by_label("Below each answer").first.fill("ACME S.r.l.")
    expect(page.locator("[data-preview-footer]")).to_have_text("ACME S.r.l.")
    page.get_by_text("Mailbox Assistenza").click()
    page.get_by_label("Name that customers see").fill("Assistenza ACME")
    expect(page.locator("[data-preview-from]")).to_have_text("Assistenza ACME")
    page.get_by_label("What is answered is quoted below").uncheck()
    expect(page.locator("[data-preview-quoted]")).to_be_hidden()
    page.get_by_role("button", name="Save").click()

    wait_until(lambda: rig.get("/settings/mail").get_json()["quote_previous"] is False)
    kept = rig.get("/settings/mail").get_json()
    assert kept["footer"] == "ACME S.r.l."
    assert kept["channels"]["mail-main"] == {"from_name": "Assistenza ACME", "header": "", "footer": ""}
