"""The fourth document, sentence by sentence: tickets are open, pending or closed, and what moves them."""

from __future__ import annotations

import pytest

from tests.journeys.shaping import changes, has_status, working_like
from tests.support.desk import Desk, new_number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]


def test_the_difference_between_open_pending_and_closed_tickets(desk: Desk) -> None:
    with working_like(desk, "S003"):
        # "Contrassegnare un ticket come Aperto, In sospeso o Chiuso"
        assert [each["label"] for each in desk.items("/settings/statuses")] == [
            *("Open", "Pending", "Closed", "Spam")
        ]
        _answering(desk)
        _created_directly_or_during_a_chat(desk)
        _without_an_answer(desk)
        _the_list(desk)


def _answering(desk: Desk) -> None:
    # "I ticket aperti richiedono attenzione immediata."
    customer = new_number()
    desk.write(customer, text="Aiuto")
    number = desk.ticket_of(customer)["number"]
    assert has_status(desk, number, "open")
    # "Non appena rispondi a un Ticket aperto, il tuo Ticket verrà automaticamente contrassegnato come
    #  In Attesa."
    desk.post(f"/tickets/{number}/replies", {"text": "Eccomi"})
    assert has_status(desk, number, "pending")
    # "Quando il visitatore risponde, lo stato del ticket cambierà automaticamente in Aperto."
    desk.write(customer, text="Ancora io")
    wait_until(lambda: has_status(desk, number, "open"))
    # "scrivere il tuo messaggio e fare clic sulla freccia accanto a «invia» per scegliere lo stato"
    desk.post(f"/tickets/{number}/replies", {"text": "Risolto", "status": "closed"})
    assert has_status(desk, number, "closed")
    # "Un ticket Chiuso è semplicemente un Ticket che è stato assegnato e risolto."
    assert desk.get(f"/tickets/{number}")["closed_at"]
    moves = [("open", "pending"), ("pending", "open"), ("open", "closed")]
    assert changes(desk, number, "status") == moves


def _created_directly_or_during_a_chat(desk: Desk) -> None:
    # "Puoi creare un ticket direttamente utilizzando l'apposito tasto oppure durante una chat."
    requester = {"name": "Anna", "identity": {"kind": "email", "value": "anna@example.com"}}
    by_hand = desk.post("/tickets", {"requester": requester, "title": "Fattura", "description": "Dov'è?"})
    # "Quando crei un Ticket da zero, quest'ultimo verrà automaticamente contrassegnato come Aperto
    #  fino a quando non verrà assegnato o contrassegnato come Chiuso"
    assert by_hand["status"]["key"] == "open"
    number = by_hand["number"]
    me = desk.get("/me")["user"]["id"]
    # "Un Ticket contrassegnato come In Attesa è stato assegnato da un agente, ma non è stato ancora risolto."
    assigned = desk.change(f"/tickets/{number}", {"assignee": me})
    assert assigned["status"]["key"] == "pending"
    assert desk.change(f"/tickets/{number}", {"status": "closed"})["status"]["key"] == "closed"

    # during a chat: on the channel the customer writes on, so that the answer goes there
    customer = new_number()
    desk.write(customer, text="Buongiorno")
    first = desk.ticket_of(customer)
    desk.change(f"/tickets/{first['number']}", {"status": "closed"})
    requester = {"id": first["requester"]["id"]}
    about = {"title": "Un'altra cosa", "description": "Chiede anche altro", "channel": first["channel"]}
    opened = desk.post("/tickets", {"requester": requester, **about})
    assert opened["status"]["key"] == "open"
    assert opened["conversation_id"] == first["conversation_id"]
    desk.post(f"/tickets/{opened['number']}/replies", {"text": "Ecco"})
    wait_until(lambda: any("Ecco" in str(sent) for sent in desk.sent_by_desk(customer)), 30)


def _without_an_answer(desk: Desk) -> None:
    # "Puoi anche modificare lo stato del tuo ticket senza rispondere. ... contrassegnare un messaggio come
    #  spam o un ticket come chiuso senza rispondere."
    customer, other = new_number(), new_number()
    desk.write(customer, text="Compra ora!!!")
    desk.write(other, text="Grazie, ho risolto da solo")
    spam, done = desk.ticket_of(customer)["number"], desk.ticket_of(other)["number"]
    marked = desk.post(f"/tickets/{spam}/spam", {"block_sender": True}, 200)
    assert marked["status"]["key"] == "spam"
    assert desk.change(f"/tickets/{done}", {"status": "closed"})["status"]["key"] == "closed"
    answers = [
        each
        for each in desk.actions(spam)
        if each["direction"] == "out" and each["author"]["kind"] == "agent"
    ]
    assert answers == []


def _the_list(desk: Desk) -> None:
    # "Scegli quali ticket vedere facendo clic sul menu a discesa ... e seleziona Aperti, In Attesa o Chiusi"
    for key in ("open", "pending", "closed", "spam"):
        listed = desk.items("/tickets", status=key, limit=100)
        assert {each["status"]["key"] for each in listed} <= {key}
    counts = desk.get("/tickets/counts")
    assert {"open", "closed", "spam"} <= set(str(counts).replace("'", " ").split()), counts
