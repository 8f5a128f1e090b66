"""Conversations over REST: which there are, what was said last, on which ticket each message is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration
ANNA_PHONE, BICE_PHONE = "+393351000001", "+393351000002"


def listed(rig: Rig, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = rig.get(f"/conversations{query}").get_json()["items"]
    return items


def names(rig: Rig, query: str) -> set[str]:
    return {each["contact"]["name"] for each in listed(rig, query)}


def test_conversations_are_told_apart_by_whether_messages_join_a_ticket(rig: Rig) -> None:
    closed = rig.hear("Grazie", phone=ANNA_PHONE, name="Anna")
    rig.hear("Buongiorno", phone=BICE_PHONE, name="Bice")
    rig.change(f"/tickets/{closed}", {"status": "closed"})
    assert names(rig, "?open_ticket=false") == {"Anna"}
    assert names(rig, "?open_ticket=true") == {"Bice"}
    assert names(rig, "") == {"Anna", "Bice"}


def test_conversations_in_which_answers_wait_are_found(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=ANNA_PHONE, name="Anna")
    rig.hear("Buongiorno", phone=BICE_PHONE, name="Bice")
    assert names(rig, "?drafts=true") == set()
    rig.clock.forward(hours=25)
    kept = rig.post(f"/tickets/{number}/replies", {"text": "A domani", "when_closed": "draft"})
    assert kept.status_code in (201, 202), kept.text
    assert names(rig, "?drafts=true") == {"Anna"}
    assert names(rig, "?drafts=false") == {"Bice"}


def test_a_conversation_says_what_was_said_last(rig: Rig) -> None:
    rig.hear("Prima", phone=ANNA_PHONE)
    rig.clock.forward(minutes=1)
    number = rig.hear("x" * 300, phone=ANNA_PHONE)
    (talk,) = listed(rig)
    last = talk["last_message"]
    assert (last["direction"], last["text"], last["delivery"]) == ("in", "x" * 200, None)
    rig.clock.forward(minutes=1)
    rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"})
    last = rig.get(f"/conversations/{talk['id']}").get_json()["last_message"]
    assert (last["direction"], last["text"], last["author"]["name"]) == ("out", "Eccomi", "anna")
    assert last["delivery"] == "queued"


def test_each_message_says_on_which_ticket_it_is(rig: Rig) -> None:
    number = rig.hear("Prima", phone=ANNA_PHONE)
    (talk,) = listed(rig)
    said = rig.get(f"/conversations/{talk['id']}/messages").get_json()["items"]
    assert [(each["text"], each["ticket"]) for each in said] == [("Prima", number)]
    assert rig.get("/conversations?open_ticket=perhaps").status_code == 422
