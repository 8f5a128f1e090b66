"""An action becomes a ticket of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration
PHONE = "+393351032246"


def said(rig: Rig, number: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = rig.get(f"/tickets/{number}/actions?limit=100").get_json()["items"]
    return items


def split(rig: Rig, number: str, action: dict[str, Any], body: dict[str, Any], **options: Any) -> Any:
    return rig.post(f"/tickets/{number}/actions/{action['id']}/split", body, **options)


def test_it_is_moved_related_and_answered_on_the_same_channel(rig: Rig) -> None:
    number = rig.hear("Guasto", phone=PHONE)
    rig.change(f"/tickets/{number}", {"priority": "high"})
    for text in ("La fattura di marzo?\nNon torna.", "E il guasto?"):
        rig.clock.forward(seconds=1)
        rig.hear(text, phone=PHONE)
    events = len(rig.requested("ticket.customer_replied"))
    made = split(rig, number, said(rig, number)[1], {}, key="k")
    assert made.status_code == 201, made.text
    new = made.get_json()
    assert (new["title"], new["priority"], new["type"]) == ("La fattura di marzo?", "high", "public")
    assert new["channel"] == rig.get(f"/tickets/{number}").get_json()["channel"]
    assert [(each["number"], each["text"]) for each in said(rig, number)] == [
        (None, "Guasto"),
        (2, "E il guasto?"),
    ]
    assert [each["part"] for each in said(rig, new["number"])] == ["description"]
    relations = rig.get(f"/tickets/{number}/relations").get_json()["items"]
    assert [(each["kind"], each["ticket"]["number"]) for each in relations] == [("related", new["number"])]
    assert rig.hear("ancora", phone=PHONE) == number
    assert said(rig, number)[-1]["number"] == 3
    assert len(rig.requested("ticket.customer_replied")) == events + 1
    answered = rig.post(f"/tickets/{new['number']}/replies", {"text": "Ecco la fattura"})
    assert answered.status_code == 201
    opened = [each.recipient.kind for each in rig.requested("ticket.opened")]
    assert opened[-1] == "none", "the customer is not greeted a second time"


def test_a_providers_id_may_hold_what_addresses_are_cut_at(rig: Rig) -> None:
    number = rig.hear("Guasto", phone=PHONE)
    rig.hear("La fattura?", phone=PHONE, message_id="wamid.HBg/Mz+k=/split")
    action = said(rig, number)[1]
    place = f"/tickets/{number}/actions/{quote(action['id'], safe='')}"
    assert rig.get(place).get_json()["text"] == "La fattura?"
    assert rig.post(f"{place}/split", {}).status_code == 201


def test_sent_again_it_makes_one_ticket(rig: Rig) -> None:
    number = rig.hear("Guasto", phone=PHONE)
    rig.hear("La fattura?", phone=PHONE)
    (_, comment) = said(rig, number)
    first = split(rig, number, comment, {"title": "Fattura"}, key="k")
    again = split(rig, number, comment, {"title": "Fattura"}, key="k")
    assert again.get_json() == first.get_json()
    assert len(rig.get("/tickets").get_json()["items"]) == 2


def test_files_go_with_it(rig: Rig) -> None:
    number = rig.hear("Guasto", phone=PHONE)
    rig.post(f"/tickets/{number}/notes", {"text": "see", "attachments": [rig.upload()]})
    new = split(rig, number, said(rig, number)[-1], {"title": "Files"}).get_json()
    assert new["type"] == "internal"
    assert len(rig.get(f"/tickets/{new['number']}/attachments").get_json()["items"]) == 1
    assert rig.get(f"/tickets/{number}/attachments").get_json()["items"] == []
    assert rig.hear("altro", phone=PHONE) == number


def test_from_a_closed_ticket_the_talk_goes_on_with_the_new_one(rig: Rig) -> None:
    number = rig.hear("Guasto", phone=PHONE)
    rig.hear("La fattura?", phone=PHONE)
    rig.change(f"/tickets/{number}", {"status": "closed"})
    new = split(rig, number, said(rig, number)[1], {}).get_json()["number"]
    assert rig.hear("e allora?", phone=PHONE) == new
    assert rig.get(f"/tickets/{number}").get_json()["status"]["key"] == "closed"


def test_what_the_ticket_began_with_stays(rig: Rig) -> None:
    number = rig.hear("Guasto", phone=PHONE)
    refused = split(rig, number, said(rig, number)[0], {})
    assert refused.status_code == 409
    assert refused.get_json()["type"].endswith("action-not-splittable")
    assert len(rig.get("/tickets").get_json()["items"]) == 1


def test_an_action_that_is_not_there(rig: Rig) -> None:
    assert split(rig, rig.hear(), {"id": "nothing"}, {}).status_code == 404
