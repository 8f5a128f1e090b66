"""The third document, sentence by sentence: tickets of customers' requests and of missions inside."""

from __future__ import annotations

import pytest

from tests.journeys.shaping import changes, has_status, settings, working_like
from tests.support.desk import Desk, new_number
from tests.support.mailbox import Mailbox, body_of
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]


def test_tickets_of_requests_and_of_missions_inside(desk: Desk, mailbox: Mailbox) -> None:
    with working_like(desk, "S002"):
        _base_data(desk)
        _states_and_functions(desk, mailbox)
        _configuration(desk)
        _notices(desk, mailbox)


def _base_data(desk: Desk) -> None:
    # "Vous pouvez les créer simplement et rapidement si le client vous contacte par téléphone."
    firm = desk.post("/organizations", {"name": "Société Dupont", "domains": ["dupont.example"]})
    contact = desk.post(
        "/contacts",
        {
            "name": "Marie Dupont",
            "organization": firm["id"],
            "identities": [{"kind": "email", "value": "marie@dupont.example"}],
        },
    )
    group = desk.post("/teams", {"name": "Atelier"})
    project = desk.post("/projects", {"name": "Déménagement", "organization": firm["id"]})
    contract = desk.post("/contracts", {"name": "Maintenance", "organization": firm["id"], "hours": 10})
    # "Type de demande, Groupe de ticket, Sévérité: ... librement définissables"
    kind = desk.post("/settings/dictionaries/request_type", {"key": "visit", "label": "Visite"})
    severity = desk.post("/settings/dictionaries/severity", {"key": "total", "label": "Arrêt total"})
    me = desk.get("/me")["user"]["id"]
    document = desk.api("POST", "/attachments", files={"file": ("plan.txt", b"Un plan", "text/plain")}).json()
    # "Référence, Type de demande, Groupe, Sévérité, Sujet, Description, Pièce jointe, Tiers et contact,
    #  Notifier le tiers, Assigné à, Projet, Contrat"
    given = {
        "title": "Panne de courant",
        "request_type": kind["key"],
        "group": group["id"],
        "severity": severity["key"],
        "notify_requester": False,
        "assignee": me,
        "project": project["id"],
        "contract": contract["id"],
        "organization": firm["id"],
    }
    ticket = desk.post(
        "/tickets",
        {
            **given,
            "requester": {"id": contact["id"]},
            "description": "Plus rien ne marche",
            "attachments": [document["id"]],
        },
    )
    assert {name: ticket[name] for name in given} == given
    assert ticket["description"].endswith("Plus rien ne marche")
    (kept,) = desk.items(f"/tickets/{ticket['number']}/attachments")
    assert kept["filename"] == "plan.txt"
    # A mission inside: an internal ticket.
    mission = desk.post(
        "/tickets",
        {"requester": {"id": contact["id"]}, "title": "Inventaire", "description": "-", "type": "internal"},
    )
    assert mission["type"] == "internal"
    # "Contrat": the hours worked on its tickets count.
    entry = {"minutes": 90, "worked_on": "2026-01-15"}
    desk.post(f"/tickets/{ticket['number']}/time-entries", entry)
    assert desk.get(f"/tickets/{ticket['number']}")["hours"] == 1.5
    assert desk.get(f"/contracts/{contract['id']}")["hours_left"] == 8.5


def _states_and_functions(desk: Desk, mailbox: Mailbox) -> None:
    # "Non lu, Lu, Assigné, En cours, En attente de retour, Fermé"
    assert [each["label"] for each in desk.items("/settings/statuses")] == [
        *("Unread", "Read", "Assigned", "In progress", "Waiting for feedback", "Closed")
    ]
    customer = new_number()
    desk.write(customer, text="Bonjour")
    ticket = desk.ticket_of(customer)
    number, contact = ticket["number"], ticket["requester"]["id"]
    me = desk.get("/me")["user"]["id"]
    # "L'état d'un Ticket change au cours de son cycle de vie."
    desk.post(f"/tickets/{number}/read", {}, 200)
    desk.change(f"/tickets/{number}", {"assignee": me})
    desk.change(f"/tickets/{number}", {"status": "in_progress"})
    desk.post(f"/tickets/{number}/replies", {"text": "Quel modèle ?"})
    moves = ["unread", "read", "assigned", "in_progress", "waiting_for_feedback"]
    assert [move[1] for move in changes(desk, number, "status")] == moves[1:]
    # "Modifier: Un ticket peux être modifié à tout moment."
    assert desk.change(f"/tickets/{number}", {"title": "Imprimante"})["title"] == "Imprimante"
    # "Ajouter un message privé: ... diffusé par une notification email aux destinataires choisis (internes ou
    #  externes)"
    private = desk.post(
        f"/tickets/{number}/private-messages",
        {"to": [{"email": "fournisseur@example.org"}, {"user": me}], "text": "La pièce est-elle en stock ?"},
    )
    assert private["visibility"] == "internal"
    (mail,) = wait_until(lambda: mailbox.to("fournisseur@example.org"), 40)
    assert "La pièce est-elle en stock ?" in body_of(mail)
    assert not any("pièce" in str(sent) for sent in desk.sent_by_desk(customer))
    # "Créer une intervention: ... qui reprend les éléments du ticket"
    made = desk.post(
        f"/tickets/{number}/interventions", {"planned_at": "2030-01-02T08:00:00Z", "minutes": 60}
    )
    assert made["title"] == "Imprimante"
    # "Fermer/Résoudre: Fermer un ticket et choisissez de notifier les intéressés"
    closed = desk.change(f"/tickets/{number}", {"status": "closed", "notify_requester": False})
    assert (closed["status"]["key"], closed["notify_requester"]) == ("closed", False)
    # "Historique: Afficher l'historique des tickets d'un tiers"
    assert [each["number"] for each in desk.items(f"/contacts/{contact}/tickets")] == [number]
    # "Supprimer"
    desk.delete(f"/tickets/{number}")
    assert desk.tickets_of(customer) == []
    assert desk.post(f"/tickets/{number}/restore", None, 200)["number"] == number


def _configuration(desk: Desk) -> None:
    requester = {"name": "Paul", "identity": {"kind": "email", "value": "paul@example.org"}}
    new = {"requester": requester, "title": "Devis", "description": "Merci"}
    # "Numéro de ticket: Définissez la manière selon laquelle les numéros de tickets sont générés."
    mask = {"scheme": "mask", "mask": "TK{yyyy}-{seq:4}", "reset": "yearly"}
    with settings(desk, "/settings/numbering", mask):
        number = desk.post("/tickets", new)["number"]
        assert number.startswith("TK20")
    assert desk.get(f"/tickets/{number}")["number"] == number
    # "Modèle: Choisissez parmi plusieurs modèles la manière dont seront présentés les documents générés"
    models = desk.items("/settings/document-models")
    assert len(models) >= 2
    for model in models[:2]:
        document = desk.api("GET", f"/tickets/{number}/document", params={"model": model["id"]})
        assert document.headers["content-type"] == "application/pdf", document.text
        assert document.content.startswith(b"%PDF")
    # "Status « lu » automatique ... lorsque celui-ci est créer par un utilisateur interne"
    with settings(desk, "/settings/desk", {"staff_tickets_are_read": True}):
        assert desk.post("/tickets", new)["status"]["key"] == "read"
    # "Affectation automatique: ... affecté à l'utilisateur qui l'a créé"
    me = desk.get("/me")["user"]["id"]
    with settings(desk, "/settings/desk", {"assign_to_creator": True}):
        created = desk.post("/tickets", new)
        assert created["assignee"] == me
    # "Délai de réponse: un délai maximum en heures pour qu'un client ai un retour sur un ticket créé",
    # "Délai d'action: un délai maximum qu'un ticket ouvert peut rester sans action"
    targets = [{"name": "first_response", "minutes": 240}, {"name": "idle", "minutes": 1440}]
    policy = desk.post("/settings/sla-policies", {"name": "Standard", "targets": targets})
    promised = wait_until(lambda: desk.post("/tickets", new)["sla"], 30)
    assert {each["name"] for each in promised["targets"]} == {"first_response", "idle"}
    tag = desk.api("GET", f"/settings/sla-policies/{policy['id']}").headers["ETag"]
    desk.api("DELETE", f"/settings/sla-policies/{policy['id']}", headers={"If-Match": tag})
    # "Reclassifier ticket fermé: Autoriser de changer la classification d'un ticket même s'il est fermé"
    done = created["number"]
    desk.change(f"/tickets/{done}", {"status": "closed"})
    tag = desk.api("GET", f"/tickets/{done}").headers["ETag"]
    refused = desk.api("PATCH", f"/tickets/{done}", json={"severity": "high"}, headers={"If-Match": tag})
    assert refused.status_code in (409, 422), refused.text
    assert has_status(desk, done, "closed")
    severity = desk.get("/settings/dictionaries/severity")["entries"][0]["key"]
    with settings(desk, "/settings/desk", {"reclassify_closed": True}):
        assert desk.change(f"/tickets/{done}", {"severity": severity})["severity"] == severity


def _notices(desk: Desk, mailbox: Mailbox) -> None:
    # "Adresse expéditeur", "Notifier création: Définissez l'adresse email pour les notification d'ouverture",
    # "Entête de notification", "Pied de notification", "Notification fermeture"
    wanted = {
        "staff_address": "ouvertures@example.com",
        "sender_name": "Support Dupont",
        "sender_address": "support@example.com",
        "header": "<p><strong>Support Dupont</strong></p>",
        "footer": "<p>12 rue de la Paix</p>",
        "sends": {"opened": ["staff"], "closed": ["requester"]},
    }
    with settings(desk, "/settings/notifications", wanted):
        address = "claire@example.org"
        requester = {"name": "Claire", "identity": {"kind": "email", "value": address}}
        number = desk.post("/tickets", {"requester": requester, "title": "Devis", "description": "Svp"})[
            "number"
        ]
        (mail,) = wait_until(lambda: mailbox.to("ouvertures@example.com"), 40)
        assert "support@example.com" in str(mail["From"])
        assert "Support Dupont" in body_of(mail)
        assert "12 rue de la Paix" in body_of(mail)
        assert mailbox.to(address) == []
        desk.change(f"/tickets/{number}", {"status": "closed"})
        wait_until(lambda: mailbox.to(address), 40)
        # "Notifier le tiers": who is not to be told is not told
        quiet = desk.post(
            "/tickets",
            {"requester": requester, "title": "Sans avis", "description": "-", "notify_requester": False},
        )
        desk.change(f"/tickets/{quiet['number']}", {"status": "closed"})
        wait_until(lambda: len(mailbox.to("ouvertures@example.com")) == 2, 40)
        assert len(mailbox.to(address)) == 1
