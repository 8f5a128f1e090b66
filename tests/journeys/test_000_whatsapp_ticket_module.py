"""The first document, sentence by sentence: a WhatsApp message becomes a ticket that people work on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.shaping import action, changes, has_status, settings
from tests.support.desk import Desk, new_number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]

CONSENT: dict[str, Any] = {
    "enabled": True,
    "text": "Possiamo trattare i suoi dati per risponderle?",
    "buttons": [{"id": "si", "title": "SI"}, {"id": "no", "title": "NO"}],
}


def test_the_ticket_module_functionality(desk: Desk) -> None:
    with settings(desk, "/settings/opening-question", CONSENT):
        customer, ticket = _asked(desk)
        _what_the_screenshot_shows(desk, customer, ticket)
        _conversations_follow_the_same_logic(desk, customer, ticket["number"])
        _the_shortcuts_and_relations(desk, ticket)


def _asked(desk: Desk) -> tuple[str, Any]:
    """A customer who wrote and was asked; settings take some seconds to reach who takes messages in."""

    def one() -> tuple[str, Any] | None:
        # "If the number is not already in the records, a new lead is created."
        customer = new_number()
        assert desk.items("/contacts", q=f"+{customer}") == []
        desk.write(customer, name="Daniele", text="Buongiorno, vorrei contattarvi")
        ticket = desk.ticket_of(customer)
        return (customer, ticket) if ticket["opening_question"] else None

    customer, ticket = wait_until(one, 30) or ("", {})
    (lead,) = desk.items("/contacts", q=f"+{customer}")
    assert lead["stage"] == "lead"
    assert lead["name"] == "Daniele"
    # "The conversation is associated with the contact record."
    conversation = desk.get(f"/conversations/{ticket['conversation_id']}")
    assert conversation["contact"]["id"] == lead["id"]
    # "A ticket related to the conversation is opened."
    assert conversation["open_ticket"] == ticket["number"]
    return customer, ticket


def _what_the_screenshot_shows(desk: Desk, customer: str, ticket: dict[str, Any]) -> None:
    # The answer to the opening question joins the description: two lines, each under its own time.
    question = wait_until(
        lambda: [sent for sent in desk.sent_by_desk(customer) if sent["type"] == "interactive"], 30
    )[0]
    assert question["interactive"]["body"]["text"] == CONSENT["text"]
    number, asked = ticket["number"], ticket["opening_question"]["message_id"]
    wait_until(lambda: action(desk, number, id=asked)["provider_message_ids"], 30)
    (target,) = action(desk, number, id=asked)["provider_message_ids"]
    desk.write(customer, name="Daniele", kind="button_reply", target=target, choice="si")
    shown = wait_until(lambda: _with_answer(desk, number), 30)
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(rf"{stamp}\nBuongiorno, vorrei contattarvi\n{stamp}\nSI ✓", shown["description"]), (
        shown["description"]
    )
    assert shown["opening_question"]["answered_at"]
    assert shown["comments_count"] == len(
        [each for each in desk.actions(number) if each["part"] == "comment"]
    )

    # Titolo "2025-02-27 22:21:33 - +393351032246"; Nr. Ticket "TT24"
    assert re.fullmatch(rf"{stamp} - \+{customer}", shown["title"])
    assert re.fullmatch(r"TT\d+", number)
    # Collegato a "Daniele"
    assert shown["linked_to"] == f"contact:{shown['requester']['id']}"
    # Stato "Aperto", Ore "0.00", Giorni "0.00", Orario creazione, Orario modifica, Creatore
    assert shown["status"]["key"] == "open"
    assert (shown["hours"], shown["days"]) == (0, 0)
    assert shown["created_at"] <= shown["updated_at"]
    assert shown["created_by"]["name"] == "Daniele"
    assert shown["source_rule"] is None  # "Regola Mail Converter" is empty: this one came by WhatsApp

    # Assegnato a, Priorità "Alto", Importanza, Categoria, Nome Prodotto, Planificazione, Operazione
    product = desk.post("/products", {"name": "WASB"})
    operations = desk.post("/settings/dictionaries/operation", {"key": "callback", "label": "Callback"})
    me = desk.get("/me")["user"]
    filled = {
        "assignee": me["id"],
        "priority": "high",
        "importance": desk.get("/settings/dictionaries/importance")["entries"][0]["key"],
        "category": "question",
        "product": product["id"],
        "planned_at": "2030-01-02T09:00:00Z",
        "operation": operations["key"],
    }
    changed = desk.change(f"/tickets/{number}", filled)
    assert {name: changed[name] for name in filled} == filled
    assert changes(desk, number, "priority") == [(None, "high")]

    # INFORMAZIONI, GRAFICO PROCESSO, STORICO PROCESSO, STORICO
    graph = desk.api("GET", f"/tickets/{number}/process-graph.svg")
    assert graph.headers["content-type"].startswith("image/svg+xml")
    assert "Open" in graph.text
    process = desk.get(f"/tickets/{number}/process")
    assert process["stays"][0]["status"]["key"] == "open"
    assert desk.items(f"/tickets/{number}/history")[0]["who"]["name"]


def _with_answer(desk: Desk, number: str) -> Any:
    shown = desk.get(f"/tickets/{number}")
    return shown if shown["description"].endswith("SI ✓") else None


def _conversations_follow_the_same_logic(desk: Desk, customer: str, number: str) -> None:
    # "The first message is saved in the Description field. Subsequent messages are recorded in the Comments."
    # "Statuses follow the Waiting for response / Customer responded logic."
    before = desk.get(f"/tickets/{number}")["comments_count"]
    desk.post(f"/tickets/{number}/replies", {"text": "grazie oggi la chiamiamo"})
    assert has_status(desk, number, "waiting_for_response")
    desk.write(customer, name="Daniele", text="Benissimo grazie")
    wait_until(lambda: has_status(desk, number, "customer_responded"))
    ours, theirs = (
        action(desk, number, text=text) for text in ("grazie oggi la chiamiamo", "Benissimo grazie")
    )
    assert (ours["number"], theirs["number"]) == (before + 1, before + 2)
    assert theirs["author"]["name"] == "Daniele"

    # "Richiedi informazioni confidenziali": a link to a form; what is entered never enters the chat.
    asked = desk.post(
        f"/tickets/{number}/confidential-requests", {"question": "Il suo IBAN, per il rimborso"}
    )
    link = wait_until(
        lambda: [
            found[0]
            for sent in desk.sent_by_desk(customer)
            if (found := re.findall(r"https?://\S+/confidential/\S+", str(sent.get("text", {}).get("body"))))
        ],
        30,
    )[0]
    link = link.replace(link.partition("/confidential/")[0], desk.endpoints["ticket_service"])
    form = desk.http.get(link)
    assert "IBAN" in form.text
    field = re.findall(r'name="([^"]+)"', form.text)
    secret = "IT60X0542811101000000123456"
    entered = {name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', form.text)[:1] for name in field}
    sent = desk.http.post(
        link, data={name: (value[0] if value else secret) for name, value in entered.items()}
    )
    assert sent.status_code == 200, sent.text
    answer = desk.get(f"/tickets/{number}/confidential-requests/{asked['id']}/answer")
    assert secret in str(answer)
    assert secret not in str(desk.actions(number)) + str(desk.get(f"/tickets/{number}"))
    assert desk.items("/tickets", q=secret[:12]) == []


def _the_shortcuts_and_relations(desk: Desk, ticket: dict[str, Any]) -> None:
    # SCORCIATOIE: Commenti 2, Conversazioni, Note. RELAZIONI: Processi 1, WASB Conversazioni 1, Attività,
    # Documenti, Servizi, Interventi, Installazioni, Servizi a Contratto, Messaggi.
    number, contact = ticket["number"], ticket["requester"]["id"]
    desk.post(f"/tickets/{number}/notes", {"text": "Vuole un rimborso"})
    desk.post(f"/tickets/{number}/interventions", {"title": "Chiamata", "minutes": 15})
    shown = desk.get(f"/tickets/{number}/shortcuts")
    assert shown["comments"] == desk.get(f"/tickets/{number}")["comments_count"]
    assert (shown["conversations"], shown["notes"], shown["processes"], shown["interventions"]) == (
        1,
        1,
        1,
        1,
    )
    assert shown["messages"] >= 4
    assert {"activities", "documents", "services", "installations", "contract_services"} <= set(shown)
    assert [each["number"] for each in desk.items(f"/contacts/{contact}/tickets")] == [number]


def test_a_conversation_that_exceeds_24_hours_is_answered_with_an_approved_template(desk: Desk) -> None:
    # "If a conversation exceeds 24 hours, the response must be sent using a Meta-approved template."
    customer = new_number()
    at = datetime.now(UTC) - timedelta(hours=25)
    desk.post_webhook(desk.text_webhook(customer, "Buongiorno, vorrei contattarvi", at=at))
    number = desk.ticket_of(customer)["number"]
    refused = desk.api("POST", f"/tickets/{number}/replies", json={"text": "Benissimo grazie"})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("template-required")
    template = {"name": "hello_world", "language": "en_US", "components": []}
    desk.post(f"/tickets/{number}/replies", {"template": template})
    wait_until(lambda: [sent for sent in desk.sent_by_desk(customer) if sent["type"] == "template"], 30)


def test_where_no_ticket_is_opened_by_itself_the_conversation_waits_for_an_agent(desk: Desk) -> None:
    # "If the automatic ticket creation function is enabled": for a blocked sender it is not.
    customer = new_number()
    blocked = {"kind": "whatsapp", "value": f"+{customer}", "reason": "Writes about something else"}
    sender = desk.post("/settings/blocked-senders", blocked)
    contact = wait_until(lambda: _waits_without_a_ticket(desk, customer), 30)
    (conversation,) = desk.items("/conversations", contact=contact)
    desk.delete(f"/settings/blocked-senders/{sender['id']}")
    ticket = desk.post(f"/conversations/{conversation['id']}/tickets", {"title": "By hand after all"})
    assert "vorrei contattarvi" in ticket["description"]
    assert ticket["requester"]["id"] == contact
    assert desk.get(f"/conversations/{conversation['id']}")["open_ticket"] == ticket["number"]


def _waits_without_a_ticket(desk: Desk, customer: str) -> str | None:
    """A message of a number that is blocked; where that was not known yet, its ticket is thrown away."""
    sent = desk.write(customer, text="Buongiorno, vorrei contattarvi")
    (lead,) = wait_until(lambda: desk.items("/contacts", q=f"+{customer}"))
    (conversation,) = wait_until(lambda: desk.items("/conversations", contact=lead["id"]))
    messages = f"/conversations/{conversation['id']}/messages"
    wait_until(lambda: any(sent in each["provider_message_ids"] for each in desk.items(messages)))
    for ticket in desk.tickets_of(customer):
        desk.delete(f"/tickets/{ticket['number']}")
        return None
    contact: str = lead["id"]
    return contact
