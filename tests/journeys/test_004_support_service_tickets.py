"""The fifth document, sentence by sentence: classifications on one side, procedures on the other."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.journeys.shaping import action, changes, settings, working_like
from tests.support.desk import Desk, new_number
from tests.support.mailbox import Mailbox
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def test_the_overview_of_tickets(desk: Desk, mailbox: Mailbox) -> None:
    with working_like(desk, "S004"), settings(desk, "/settings/numbering", {"scheme": "integer"}):
        _everybody_sees_tickets(desk)
        number = _classifications(desk)
        _public_and_internal(desk)
        _procedures(desk, mailbox, number)
        _gallery(desk, number)


def _everybody_sees_tickets(desk: Desk) -> None:
    # "This feature is available to all users: Agent, Operator, Admin, and Viewer."
    for role in ("agent", "operator", "admin", "viewer"):
        email, password = f"{role}@example.com", f"correct horse battery {role}"
        user = {"email": email, "name": role, "roles": [role], "password": password}
        made = desk.post("/users", user)
        assert made["roles"] == [role]
    scoped = {"name": "reads only", "scopes": ["tickets.read"]}
    token = desk.post("/settings/api-tokens", scoped)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{desk.endpoints['ticket_service']}/api/v1"
    assert desk.http.get(f"{url}/tickets", headers=headers).status_code == 200
    assert desk.http.get(f"{url}/users", headers=headers).status_code == 403
    # "all customer contact with support through any available channel ... is converted into a ticket"
    customer = new_number()
    desk.write(customer, text="Oi")
    assert desk.ticket_of(customer)["status"]["key"] == "new"


def _classifications(desk: Desk) -> str:
    # "3. Requester: ... The ticket cannot be saved without the Requester field filled."
    nobody = desk.api("POST", "/tickets", json={"title": "Sem solicitante", "description": "-"})
    assert nobody.status_code == 422
    assert "requester" in nobody.text
    # "4. Service ... Settings > Services", "5. Category: question, suggestion, problem", "6. Priority: low,
    #  medium, high, urgent, or other custom classifications"
    service = desk.post("/settings/dictionaries/service", {"key": "billing", "label": "Billing"})
    categories = {each["key"] for each in desk.get("/settings/dictionaries/category")["entries"]}
    assert {"question", "suggestion", "problem"} <= categories
    priorities = [each["key"] for each in desk.get("/settings/dictionaries/priority")["entries"]]
    assert {"low", "medium", "high", "urgent"} <= set(priorities)
    me = desk.get("/me")["user"]["id"]
    given: dict[str, Any] = {
        "service": service["key"],
        "category": "question",
        "priority": "urgent",
        "solution_forecast": "2030-01-02T09:00:00.000Z",
        "assignee": me,
        "cc": ["chefe@example.org"],
        "tags": ["vip"],
    }
    requester = {"name": "João", "identity": {"kind": "email", "value": "joao@example.org"}}
    ticket = desk.post(
        "/tickets", {**given, "requester": requester, "title": "Boleto", "description": "2ª via"}
    )
    assert {name: ticket[name] for name in given if name != "solution_forecast"} == {
        name: value for name, value in given.items() if name != "solution_forecast"
    }
    assert ticket["solution_forecast"].startswith("2030-01-02T09:00:00")
    # "2. Number (ID): It is a simple, whole number, defined by the system automatically and sequentially."
    following = desk.post("/tickets", {"requester": requester, "title": "Outro", "description": "-"})
    assert ticket["number"].isdigit()
    assert int(following["number"]) > int(ticket["number"])
    # "8. Responsible: ... Can only be selected manually."
    assert following["assignee"] is None
    # "All the above parameters, except Requester and Responsible, can be enabled or disabled"
    for name in ("requester", "assignee"):
        tag = desk.api("GET", "/settings/fields").headers["ETag"]
        refused = desk.api(
            "PUT",
            "/settings/fields",
            json={"fields": {name: {"enabled": False}}},
            headers={"If-Match": tag},
        )
        assert refused.status_code == 422, refused.text
    desk.change("/settings/fields", {"fields": {"severity": {"enabled": False}}}, method="PUT")
    refused = _patched(desk, ticket["number"], {"severity": "high"})
    assert refused.status_code == 422, refused.text
    desk.change("/settings/fields", {"fields": {}}, method="PUT")
    # "To see all the information about your customer, click on View customer record."
    assert desk.get(f"/contacts/{ticket['requester']['id']}")["name"] == "João"
    number: str = ticket["number"]
    return number


def _patched(desk: Desk, number: str, document: dict[str, Any]) -> httpx.Response:
    tag = desk.api("GET", f"/tickets/{number}").headers["ETag"]
    return desk.api("PATCH", f"/tickets/{number}", json=document, headers={"If-Match": tag})


def _public_and_internal(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="Bom dia")
    number = desk.ticket_of(customer)["number"]
    # "The public ticket accepts both public and internal actions."
    desk.post(f"/tickets/{number}/replies", {"text": "Bom dia!"})
    desk.post(f"/tickets/{number}/notes", {"text": "Cliente antigo"})
    seen = {each["text"]: each["visibility"] for each in desk.actions(number)}
    assert (seen["Bom dia!"], seen["Cliente antigo"]) == ("public", "internal")
    # "A public ticket can be changed to an internal ticket, and vice versa."
    assert desk.change(f"/tickets/{number}", {"type": "internal"})["type"] == "internal"
    # "Internal ticket: ... It allows only internal actions."
    refused = desk.api("POST", f"/tickets/{number}/replies", json={"text": "Não sai"})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("internal-ticket")
    desk.post(f"/tickets/{number}/notes", {"text": "Só para nós"})
    assert desk.change(f"/tickets/{number}", {"type": "public"})["type"] == "public"


def _procedures(desk: Desk, mailbox: Mailbox, number: str) -> None:
    # "you find the status (New, In Progress, Pending, Resolved or Closed), justification, subject, actions"
    assert [each["label"] for each in desk.items("/settings/statuses")] == [
        *("New", "In Progress", "Pending", "Resolved", "Closed")
    ]
    refused = _patched(desk, number, {"status": "pending"})
    assert refused.status_code == 422, refused.text
    assert "justification" in refused.text
    wanted = {"status": "pending", "justification": "Waiting for a third party"}
    pending = desk.change(f"/tickets/{number}", wanted)
    assert (pending["status"]["key"], pending["justification"]) == ("pending", "Waiting for a third party")
    # "Whenever an action is added to a ticket for which the user is responsible, they will receive a
    #  notification."
    responsible = desk.get("/users", limit=100)["items"]
    agent = next(each for each in responsible if each["email"] == "agent@example.com")
    desk.change(f"/tickets/{number}", {"assignee": agent["id"]})
    with settings(desk, "/settings/notifications", {"sends": {"noted": ["responsible"]}}):
        desk.post(f"/tickets/{number}/notes", {"text": "Liguei para o cliente"})
        wait_until(lambda: mailbox.to("agent@example.com"), 40)
    # "It is possible to view public actions, internal actions and the change of history."
    internal = desk.items(f"/tickets/{number}/actions", visibility="internal")
    assert [each["text"] for each in internal] == ["Liguei para o cliente"]
    public = desk.items(f"/tickets/{number}/actions", visibility="public")
    assert {each["visibility"] for each in public} == {"public"}
    assert changes(desk, number, "status")
    # "the pencil icon allows you to edit a ticket action"
    note = internal[0]
    edited = desk.change(f"/tickets/{number}/actions/{note['id']}", {"text": "Liguei duas vezes"})
    assert edited["text"] == "Liguei duas vezes"
    assert [each["text"] for each in edited["versions"]] == ["Liguei para o cliente"]
    # "Below the box, the Relationships the ticket has are displayed"
    other = desk.items("/tickets", limit=2)
    second = next(each["number"] for each in other if each["number"] != number)
    desk.post(f"/tickets/{number}/relations", {"kind": "related", "ticket": second})
    assert [each["kind"] for each in desk.items(f"/tickets/{second}/relations")] == ["related"]


def _gallery(desk: Desk, number: str) -> None:
    # "Attachment Gallery ... Each image or PDF included allows a preview before performing actions such as
    #  download."
    answer = desk.api("POST", "/attachments", files={"file": ("foto.png", PNG, "image/png")})
    desk.post(f"/tickets/{number}/notes", {"text": "A foto", "attachments": [answer.json()["id"]]})
    (shown,) = desk.items(f"/tickets/{number}/attachments")
    # "you can see the user's name and the triggers linked to the ticket"
    assert shown["uploader"]["name"]
    assert shown["action"]["number"] == action(desk, number, text="A foto")["number"]
    preview = desk.api("GET", f"/attachments/{shown['id']}/thumbnail")
    assert preview.status_code == 200
    assert preview.headers["content-type"].startswith("image/")
    content = desk.api("GET", f"/attachments/{shown['id']}/content")
    assert content.content == PNG
    assert content.headers["x-content-type-options"] == "nosniff"
