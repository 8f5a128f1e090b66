"""The five documents walked on the screens of the console, against a whole running desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.shaping import settings, working_like
from tests.journeys.walking import SLOW, Walker, bubble, has_left, send, set_status, shows_status, write
from tests.support.browser import running_browser
from tests.support.desk import Desk, new_number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture(scope="module")
def _walker(desk: Desk) -> Iterator[Walker]:
    with running_browser() as browser:
        yield Walker(desk, browser)


@pytest.fixture
def walker(_walker: Walker) -> Iterator[Walker]:
    yield _walker
    _walker.close()


def test_000_a_whatsapp_message_becomes_a_ticket_that_people_answer(desk: Desk, walker: Walker) -> None:
    customer = new_number()
    consent: dict[str, Any] = {
        "enabled": True,
        "text": "Possiamo trattare i suoi dati?",
        "buttons": [{"id": "si", "title": "SI"}],
    }
    with settings(desk, "/settings/opening-question", consent):
        page = walker.log_in()
        number = wait_until(lambda: _asked(desk), 40) or ""
        customer = desk.get(f"/tickets/{number}")["requester"]["identities"][0]["value"].lstrip("+")
        sent = wait_until(
            lambda: [each for each in desk.sent_by_desk(customer) if each["type"] == "interactive"], 30
        )
        assert sent
        target = wait_until(lambda: _provider_id(desk, number), 30)
        walker.ticket(page, number)
        desk.write(customer, kind="button_reply", target=target, choice="si")
        # "Descrizione … Buongiorno … 22:21:43 SI ✓": as it comes, without reloading.
        page.get_by_text("Description and origin").click()
        expect(page.locator(".ticket-description")).to_have_text(
            re.compile(rf"{STAMP}\s*Buongiorno, vorrei contattarvi\s*{STAMP}\s*SI ✓"), timeout=SLOW
        )
    # "Titolo", "Collegato a", "Nr. Ticket", "Stato", and the four tabs of the picture.
    expect(page.get_by_label("Subject")).to_have_value(re.compile(rf"{STAMP} - \+{customer}"))
    for tab in ("Information", "Process graph", "Process history", "History"):
        expect(page.get_by_role("link", name=tab, exact=True)).to_be_visible()
    # "grazie oggi la chiamiamo" goes out, its ticks come back; "Benissimo grazie" comes in: comments 1 and 2.
    write(page, "grazie oggi la chiamiamo")
    send(page)
    expect(bubble(page, "grazie oggi la chiamiamo").get_by_title(re.compile("Delivered|Read"))).to_be_visible(
        timeout=SLOW
    )
    shows_status(page, "Waiting for response")
    desk.write(customer, text="Benissimo grazie")
    expect(bubble(page, "Benissimo grazie")).to_contain_text(re.compile(r"#\d"), timeout=SLOW)
    shows_status(page, "Customer responded")
    # "SCORCIATOIE" and "RELAZIONI", in the picture's order.
    side = page.locator("#ticket-side")
    relations = ("Processes", "WhatsApp conversations", "Activities", "Documents", "Services")
    for name in (*relations, "Interventions", "Installations", "Contract services", "Messages"):
        expect(side.get_by_text(name, exact=True)).to_be_visible()
    expect(side.locator("li").filter(has_text="Comments")).to_contain_text(re.compile(r"[2-9]"))


def _asked(desk: Desk) -> str | None:
    """A ticket whose customer was asked; settings take some seconds to reach who takes messages in."""
    customer = new_number()
    desk.write(customer, name="Daniele", text="Buongiorno, vorrei contattarvi")
    ticket = desk.ticket_of(customer)
    return str(ticket["number"]) if ticket["opening_question"] else None


def _provider_id(desk: Desk, number: str) -> str | None:
    asked = desk.get(f"/tickets/{number}")["opening_question"]["message_id"]
    ids: list[str] = next(
        (each["provider_message_ids"] for each in desk.actions(number) if each["id"] == asked), []
    )
    return str(ids[0]) if ids else None


def test_001_statuses_are_shaped_and_tickets_filtered_and_followed(desk: Desk, walker: Walker) -> None:
    page = walker.log_in(path="/settings/statuses")
    # "una descrizione esplicativa, un colore distintivo"
    page.get_by_role("link", name="New status").click()
    page.get_by_label("Name").fill("In lavorazione")
    page.locator("#f-key").fill("in_lavorazione")
    page.get_by_label("Colour").fill("#c2410c")
    page.get_by_label("Description").fill("Qualcuno se ne occupa")
    page.get_by_role("button", name="Add status").click()
    page.wait_for_url(re.compile(r"/settings/statuses$"))
    expect(page.get_by_text("In lavorazione")).to_be_visible()
    try:
        customer = new_number()
        desk.write(customer, name="Gianna Verdi", text="La caldaia perde acqua")
        number = desk.ticket_of(customer)["number"]
        page.goto("/tickets?status=open")
        page.get_by_label("Search in this list").fill("caldaia perde")
        page.keyboard.press("Enter")
        expect(page.locator(f"#row-{number}")).to_be_visible(timeout=SLOW)
        page.locator(f"#open-{number}").click()
        set_status(page, "In lavorazione")
        shows_status(page, "In lavorazione")
        write(page, "Arriviamo oggi")
        send(page)
        has_left(page, "Arriviamo oggi")
        wait_until(lambda: _texts(desk, customer, "Arriviamo oggi"), 30)
        expect(page.locator("#ticket-side").get_by_text("Gianna Verdi").first).to_be_visible()
        desk.write(customer, text="E quando?")
        shows_status(page, "Customer responded")
    finally:
        set_status(page, "Closed")
        shows_status(page, "Closed")
        key = next(
            each["key"] for each in desk.items("/settings/statuses") if each["label"] == "In lavorazione"
        )
        tag = desk.api("GET", f"/settings/statuses/{key}").headers["ETag"]
        gone = desk.api("DELETE", f"/settings/statuses/{key}", headers={"If-Match": tag})
        assert gone.status_code in (204, 409), gone.text


def _texts(desk: Desk, customer: str, words: str) -> bool:
    return any(each.get("text", {}).get("body") == words for each in desk.sent_by_desk(customer))


def test_002_a_ticket_by_telephone_with_an_intervention_until_it_is_closed(
    desk: Desk, walker: Walker
) -> None:
    name = f"Société {new_number()}"
    contact = desk.post(
        "/contacts", {"name": name, "identities": [{"kind": "email", "value": f"{new_number()}@example.com"}]}
    )
    with working_like(desk, "S002"):
        page = walker.log_in(path="/tickets/new")
        _choose_requester(page, name)
        page.get_by_label("Subject").fill("Imprimante en panne")
        page.get_by_label("Description").fill("Le client a appelé ce matin.")
        page.get_by_role("button", name="Open the ticket").click()
        page.wait_for_url(re.compile(r"/tickets/[A-Z]*\d+"))
        number = page.locator("#ticket-pane").get_attribute("data-ticket") or ""
        assert desk.get(f"/tickets/{number}")["requester"]["id"] == contact["id"]
        # "Créer une intervention … qui reprend les éléments du ticket"
        desk.post(
            f"/tickets/{number}/interventions", {"title": "Visite", "planned_at": "2027-01-11T09:00:00Z"}
        )
        page.reload()
        expect(page.locator("#ticket-side li").filter(has_text="Interventions")).to_contain_text("1")
        page.goto("/calendar?view=agenda&on=2027-01-11")
        expect(page.get_by_text("Visite").first).to_be_visible()
        walker.ticket(page, number)
        set_status(page, "Closed")
        shows_status(page, "Closed")
        # "Afficher l'historique des tickets d'un tiers"
        page.goto(f"/contacts/{contact['id']}")
        expect(page.get_by_text("Imprimante en panne").first).to_be_visible()


def _choose_requester(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Contact").press_sequentially(name)
    page.get_by_role("option").filter(has_text=name).first.click()


def test_003_the_drop_down_the_arrow_beside_send_and_spam(desk: Desk, walker: Walker) -> None:
    with working_like(desk, "S003"):
        customer = new_number()
        desk.write(customer, name="Visitatore", text="Siete aperti domani?")
        number = desk.ticket_of(customer)["number"]
        page = walker.log_in(path="/tickets?status=open")
        # "facendo clic sul menu a discesa … seleziona Aperti, In Attesa o Chiusi"
        page.locator("#list-status").click()
        for label in ("Open", "Pending", "Closed"):
            expect(page.locator("#list-statuses").get_by_text(label, exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        walker.ticket(page, number)
        shows_status(page, "Open")
        # "fare clic sulla freccia accanto a invia per scegliere lo stato"
        write(page, "Sì, dalle 9.")
        send(page, "Closed")
        shows_status(page, "Closed")
        wait_until(lambda: _texts(desk, customer, "Sì, dalle 9."), 30)
        desk.write(customer, text="Grazie!")
        shows_status(page, "Open")
        # "contrassegnare un messaggio come spam … senza rispondere"
        before = len(desk.sent_by_desk(customer))
        set_status(page, "Spam")
        shows_status(page, "Spam")
        assert len(desk.sent_by_desk(customer)) == before


def test_004_classifications_procedures_and_what_only_colleagues_see(desk: Desk, walker: Walker) -> None:
    with working_like(desk, "S004"):
        customer = new_number()
        desk.write(customer, name="Karine", text="I need help with my account")
        number = desk.ticket_of(customer)["number"]
        page = walker.log_in(path=f"/tickets/{number}")
        shows_status(page, "New")
        page.locator("#ticket-fields-fold > summary").click()
        for label in (
            "Requester",
            "Service",
            "Category",
            "Priority",
            "Solution forecast",
            "Responsible",
            "Cc",
            "Tags",
        ):
            expect(page.locator("#ticket-fields").get_by_text(label).first).to_be_visible()
        page.locator("#f-ticket-priority").select_option(label="Urgent")
        wait_until(lambda: desk.get(f"/tickets/{number}")["priority"] == "urgent", 20)
        # Internal actions: on a public ticket, and never sent.
        page.locator("#composer [data-mode=note]").click()
        expect(page.locator("#composer")).to_contain_text("Only colleagues see this note")
        before = len(desk.sent_by_desk(customer))
        write(page, "He called twice already")
        send(page)
        expect(bubble(page, "He called twice already")).to_be_visible(timeout=SLOW)
        page.get_by_role("link", name="Internal", exact=True).click()
        expect(page.locator("#timeline-scroll")).to_contain_text("He called twice already")
        expect(page.locator("#timeline-scroll")).not_to_contain_text("I need help with my account")
        assert len(desk.sent_by_desk(customer)) == before
        # A status that asks for its justification.
        page.get_by_role("link", name="All", exact=True).click()
        set_status(page, "Resolved")
        page.locator("#ticket-why-words").fill("Password reset")
        page.get_by_role("button", name="Set the status", exact=True).click()
        shows_status(page, "Resolved")
        assert desk.get(f"/tickets/{number}")["justification"] == "Password reset"
