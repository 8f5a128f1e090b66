"""The second document, sentence by sentence, as far as it speaks of tickets and their notices.

Its app for customers (log-in, list, invoices, push) is the portal; turning a mail into a ticket needs the
mailbox.
"""

from __future__ import annotations

import pytest

from tests.journeys.shaping import changes, has_status, settings, working_like
from tests.support.desk import Desk, new_number
from tests.support.mailbox import Mailbox, body_of
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]


def test_how_to_use_the_ticketing_system(desk: Desk, mailbox: Mailbox) -> None:
    with working_like(desk, "S001"):
        _configuring_the_statuses(desk)
        _general_configuration_and_notices(desk, mailbox)
        _list_and_detail(desk)
        _the_customer_answers_in_any_state(desk)


def _configuring_the_statuses(desk: Desk) -> None:
    # "A ciascun stato si può assegnare una descrizione esplicativa, un colore distintivo."
    made = desk.post(
        "/settings/statuses",
        {"key": "at_supplier", "label": "Dal fornitore", "description": "Aspettiamo", "color": "#7048e8"},
    )
    assert (made["description"], made["color"]) == ("Aspettiamo", "#7048e8")
    # "Definire gli stati di apertura e chiusura dei ticket"
    roles = {each["key"]: each["roles"] for each in desk.items("/settings/statuses")}
    assert "opening" in roles["open"]
    assert "closed" in roles["closed"]
    desk.change("/settings/statuses/at_supplier", {"roles": ["opening"]})
    desk.change("/settings/statuses/at_supplier", {"roles": []})
    refused = desk.api(
        "PATCH",
        "/settings/statuses/closed",
        json={"roles": []},
        headers={"If-Match": desk.api("GET", "/settings/statuses/closed").headers["ETag"]},
    )
    assert refused.status_code == 422, refused.text
    tag = desk.api("GET", "/settings/statuses/at_supplier").headers["ETag"]
    gone = desk.api("DELETE", "/settings/statuses/at_supplier", headers={"If-Match": tag})
    assert gone.status_code == 204, gone.text


def _general_configuration_and_notices(desk: Desk, mailbox: Mailbox) -> None:
    # "Impostare le informazioni di contatto visibili al cliente nell'app ticket"
    with settings(desk, "/settings/desk", {"contact_information": "Tel. +39 02 0000000"}):
        assert desk.get("/settings/desk")["contact_information"] == "Tel. +39 02 0000000"
    # "Selezionare l'indirizzo e-mail che riceverà le notifiche", "Abilitare o disattivare l'invio di
    #  notifiche via e-mail (sia all'amministratore che al cliente) al verificarsi dell'apertura,
    #  modifica stato, chiusura ticket", "Personalizzare i testi delle e-mail automatiche inviate al cliente"
    staff, customer = "assistenza@example.com", "cliente@example.org"
    wanted = {
        "staff_address": staff,
        "language": "it",
        "sends": {
            "opened": ["staff", "requester"],
            "agent_replied": ["requester"],
            "status_changed": ["requester"],
            "closed": ["requester"],
        },
        "texts": [
            {
                "event": "closed",
                "audience": "requester",
                "language": "it",
                "subject": "Chiuso: {{ ticket.number }}",
                "body": "Grazie per averci scritto.",
            }
        ],
    }
    with settings(desk, "/settings/notifications", wanted):
        requester = {"name": "Anna", "identity": {"kind": "email", "value": customer}}
        # "Apertura del ticket: Se configurato, vengono inviate l'e-mail all'amministratore ...
        #  Il cliente riceve l'e-mail di cortesia."
        opened = {"requester": requester, "title": "Stampante", "description": "Non stampa"}
        number = desk.post("/tickets", opened)["number"]
        wait_until(lambda: len(mailbox.to(customer)) == 1, 40)
        wait_until(lambda: len(mailbox.to(staff)) == 1, 40)
        assert number in str(mailbox.to(customer)[0]["Subject"])
        # "Cambiando stato, se configurato, viene inviata l'e-mail di cortesia legata allo stato"
        desk.change(f"/tickets/{number}", {"status": "in_progress"})
        wait_until(lambda: len(mailbox.to(customer)) == 2, 40)
        desk.change(f"/tickets/{number}", {"status": "closed"})
        last = wait_until(lambda: [m for m in mailbox.to(customer) if "Chiuso" in str(m["Subject"])], 40)[0]
        assert str(last["Subject"]) == f"Chiuso: {number}"
        assert "Grazie per averci scritto." in body_of(last)
    before = len(mailbox.to(customer))
    desk.post("/tickets", {"requester": requester, "title": "Ancora", "description": "Niente mail"})
    assert len(mailbox.to(customer)) == before


def _list_and_detail(desk: Desk) -> None:
    # "Filtrare per visualizzare i ticket in base a determinati criteri"
    customer = new_number()
    desk.write(customer, text="La caldaia perde")
    ticket = desk.ticket_of(customer)
    number, contact = ticket["number"], ticket["requester"]["id"]
    found = desk.items("/tickets", q="caldàia", status="open", requester=contact)
    assert [each["number"] for each in found] == [number]
    # "Cambiare lo stato", "Inviare una risposta"
    desk.change(f"/tickets/{number}", {"status": "in_progress"})
    desk.post(f"/tickets/{number}/replies", {"text": "Arriviamo domani"})
    # "Consultare i dati del cliente, la cronologia degli altri ticket e interventi associati."
    assert desk.get(f"/contacts/{contact}")["identities"]
    other = desk.post("/tickets", {"requester": {"id": contact}, "title": "Un altro", "description": "Due"})
    listed = {each["number"] for each in desk.items(f"/contacts/{contact}/tickets")}
    assert listed == {number, other["number"]}
    desk.post(f"/tickets/{number}/interventions", {"title": "Uscita", "planned_at": "2030-01-02T08:00:00Z"})
    (visit,) = desk.items(f"/contacts/{contact}/interventions")
    assert visit["title"] == "Uscita"


def _the_customer_answers_in_any_state(desk: Desk) -> None:
    # "Il cliente può rispondere al ticket in qualsiasi stato. Il ticket torna automaticamente allo stato di
    #  apertura"
    customer = new_number()
    desk.write(customer, text="Buongiorno")
    number = desk.ticket_of(customer)["number"]
    for key in ("in_progress", "closed"):
        desk.change(f"/tickets/{number}", {"status": key})
        desk.write(customer, text=f"Rispondo a {key}")
        wait_until(lambda: has_status(desk, number, "open"), 30)
    back = [("open", "in_progress"), ("in_progress", "open"), ("open", "closed"), ("closed", "open")]
    assert changes(desk, number, "status") == back
    assert len(desk.tickets_of(customer)) == 1
