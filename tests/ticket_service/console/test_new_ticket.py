"""Opening a ticket by hand, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, expect

from services.ticket_service.domain.field_rules import FieldRule, FieldRules
from services.ticket_service.ports import Changes
from tests.support.received_mail import mail_event
from tests.ticket_service.api.rig import MAIL_CHANNEL, Rig
from tests.ticket_service.console.rig import Screen, page

pytestmark = pytest.mark.integration


def test_somebody_known_is_found_by_typing_and_an_open_ticket_is_pointed_at(rig: Rig, screen: Screen) -> None:
    number = rig.hear("Buongiorno", name="Daniele Asmonti")
    here = screen.open("/tickets/new", user="bruno")
    screen.axe(here)
    here.get_by_role("combobox", name="Contact").press_sequentially("asmo")
    here.get_by_role("option", name="Daniele Asmonti").click()
    here.get_by_label("Answers leave by").select_option(label="WhatsApp")
    expect(here.get_by_role("link", name=f"Go to {number}")).to_be_visible()
    here.get_by_label("Answers leave by").select_option(index=0)
    here.get_by_label("Subject").fill("Chiamata <b>")
    here.get_by_label("Description").fill("La caldaia non parte.")
    here.locator("#new-files").set_input_files(
        FilePayload(name="nota.txt", mimeType="text/plain", buffer=b"hello")
    )
    expect(here.locator(".composer-progress:visible")).to_have_count(0)
    here.get_by_role("button", name="Open the ticket").click()
    here.wait_for_url("**/tickets/TT2")
    ticket = rig.get("/tickets/TT2").get_json()
    assert (ticket["title"], ticket["channel"]) == ("Chiamata <b>", "desk")
    assert ticket["requester"]["name"] == "Daniele Asmonti"
    assert rig.get("/tickets/TT2/actions").get_json()["items"][0]["attachments"][0]["filename"] == "nota.txt"


def test_somebody_new_is_written_to_first_with_a_template(rig: Rig, screen: Screen) -> None:
    screen.allowed.append("422")
    rig.knows("please_answer")
    here = screen.open("/tickets/new", width=360)
    here.get_by_role("button", name="Somebody new").click()
    here.get_by_label("Name", exact=True).fill("Nuova Cliente")
    here.get_by_label("Number or address").fill("335")
    here.get_by_label("Answers leave by").select_option(label="WhatsApp")
    expect(here.get_by_text("The conversation begins with an approved template")).to_be_visible()
    screen.axe(here)
    here.get_by_role("button", name="Open the ticket").click()
    expect(here.locator('[data-error-for="requester.identity.value"]')).to_be_visible()
    here.get_by_label("Number or address").fill("+39 335 103 2246")
    here.get_by_role("button", name="Open the ticket").click()
    here.wait_for_url("**/tickets/TT1")
    expect(here.get_by_role("button", name="please answer")).to_be_visible()


def test_somebody_new_is_written_to_first_by_mail_with_a_text_and_a_subject(rig: Rig, screen: Screen) -> None:
    here = screen.open("/tickets/new", width=360)
    here.get_by_role("button", name="Somebody new").click()
    here.get_by_label("Answers leave by").select_option(label=MAIL_CHANNEL.name)
    expect(here.get_by_text("The customer gets a mail")).to_be_visible()
    expect(here.get_by_label("Known by")).to_have_value("email")
    here.get_by_label("Number or address").fill("nuova@cliente.example")
    here.get_by_label("Subject").fill("Il suo contratto")
    here.get_by_role("button", name="Open the ticket").click()
    here.wait_for_url("**/tickets/TT1")
    here.locator("#composer-text").fill("Buongiorno")
    expect(here.locator('#composer [data-part="subject"]')).to_have_attribute(
        "placeholder", re.compile("Il suo contratto")
    )
    assert rig.get("/tickets/TT1").get_json()["channel"] == MAIL_CHANNEL.id


def test_an_open_ticket_of_a_mailbox_takes_no_other_mail(rig: Rig, screen: Screen) -> None:
    rig.take(mail_event("Il terminale è fermo", at=rig.clock.now))
    contact = rig.get("/contacts").get_json()["items"][0]["id"]
    here = screen.open(f"/tickets/new?requester={contact}")
    here.get_by_label("Answers leave by").select_option(label=MAIL_CHANNEL.name)
    expect(here.get_by_text("The customer gets a mail")).to_be_visible()
    expect(here.get_by_role("link", name="Go to TT1")).to_have_count(0)
    here.get_by_role("button", name="Open the ticket").click()
    here.wait_for_url("**/tickets/TT2")


def test_the_form_asks_for_what_the_desk_asks_for(rig: Rig) -> None:
    rules = {"priority": FieldRule(mandatory=True, label="Urgency"), "tags": FieldRule(enabled=False)}
    rig.store.save(Changes(records=[FieldRules(fields=rules)]))
    form = page(rig, "/tickets/new", user="bruno").select_one("#new-ticket")
    assert form is not None
    priority = form.select_one("#f-priority")
    assert priority is not None
    assert priority.has_attr("required")
    assert "Urgency" in form.text
    assert form.select_one("#f-tags") is None
    # Only some may set the forecast by hand.
    assert form.select_one("#f-solution_forecast") is None
    page(rig, "/tickets/new", user="vera", status=403)
