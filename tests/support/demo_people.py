"""The part of the lived-in desk that is about people and their records: notes, contracts, work on site."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tests.ticket_service.api.rig import ANNA, BRUNO, Rig

TWIN: Final = "+393399999001"
_PLANS: Final = (
    # day from today, hour in UTC, minutes, title, technician, status
    (-9, 8, 90, "Sopralluogo e misure", BRUNO, "done"),
    (-3, 13, 60, "Sostituzione lettore carte", BRUNO, "done"),
    (0, 7, 120, "Terminale 3 non si accende", BRUNO, "in_progress"),
    (0, 8, 60, "Consegna stampanti", ANNA, "planned"),
    (1, 9, 180, "Formazione del personale", ANNA, "planned"),
    (1, 12, None, "Verifica rete", None, "planned"),
    (2, 8, 45, "Cambio valvola", BRUNO, "planned"),
    (4, 14, 60, "Collaudo", BRUNO, "cancelled"),
    (6, 20, 360, "Aggiornamento notturno", ANNA, "planned"),
    (12, 8, 120, "Manutenzione trimestrale", BRUNO, "planned"),
)


def furnish_people(rig: Rig) -> None:
    """Needs tickets, an organization and a contract; the clock stays as it is."""
    tickets = rig.get("/tickets?limit=20").get_json()["items"]
    acme = rig.get("/organizations").get_json()["items"][0]
    contract = rig.get("/contracts").get_json()["items"][0]
    project = {"name": "Nuova sede di Lodi", "code": "P-12", "organization": acme["id"]}
    rig.post("/projects", {**project, "starts_on": "2026-01-12", "ends_on": "2026-12-18"})
    rig.post("/products", {"name": "Stampante fiscale R2", "code": "R2"})
    customer = tickets[0]["requester"]
    about = {"organization": acme["id"], "job_title": "Responsabile acquisti"}
    rig.change(f"/contacts/{customer['id']}", about)
    rig.post(f"/contacts/{customer['id']}/identities", {"kind": "email", "value": "acquisti@asmonti.example"})
    rig.post(f"/contacts/{customer['id']}/notes", {"text": "Preferisce essere chiamato dopo le 17."})
    rig.post(f"/organizations/{acme['id']}/notes", {"text": "Ingresso dal cortile, citofono 3."})
    rig.change(f"/tickets/{tickets[0]['number']}", {"contract": contract["id"], "hours": 6.5})
    body = (
        "Buongiorno {{ customer.first_name }}, la ricontattiamo entro oggi per il ticket {{ ticket.number }}."
    )
    rig.post("/canned-replies", {"title": "Ricontatto", "shortcut": "oggi", "body": body, "shared": "all"})
    for at, plan in enumerate(_PLANS):
        _plan(rig, tickets[at % len(tickets)]["number"], *plan)
    _without_ticket(rig)


def _plan(
    rig: Rig, number: str, days: int, hour: int, minutes: int | None, title: str, who: str | None, status: str
) -> None:
    day = rig.clock.now.replace(hour=hour, minute=30 if days % 2 else 0, second=0, microsecond=0)
    at = (day + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body: dict[str, Any] = {"title": title, "technician": who, "planned_at": at, "minutes": minutes}
    made = rig.post(f"/tickets/{number}/interventions", body).get_json()
    if status != "planned":
        rig.change(f"/interventions/{made['id']}", {"status": status})
    if status == "done":
        worked = {"minutes": 75, "worked_on": at[:10], "note": title, "intervention": made["id"]}
        rig.post(f"/tickets/{number}/time-entries", worked)


def _without_ticket(rig: Rig) -> None:
    """Somebody wrote on a channel that opens no tickets by itself."""
    number = rig.hear("Salve, siete aperti sabato?", phone=TWIN, name="Daniele A.")
    talk = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    rig.hear("E fino a che ora?", phone=TWIN, name="Daniele A.")
    rig.db["tickets"].delete_one({"number": number})
    alone = {"open_ticket_id": None, "last_ticket_id": None}
    rig.db["conversations"].update_one({"_id": talk}, {"$set": alone})
    rig.db["messages"].update_many({"conversation_id": talk}, {"$set": {"ticket_id": None, "part": None}})
