"""Signs of presence, and the template that asks customers to answer."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.ports import Changes, Conflict
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
PHONE = "+393351032246"
CHOICE = {"template": {"name": "please_answer", "language": "it", "components": []}}
SETTING = "/settings/please-answer"


def _conversation(rig: Rig, number: str) -> str:
    found: str = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    return found


def _show(rig: Rig, conversation: str, sign: str, **options: Any) -> bool:
    answer = rig.post(f"/conversations/{conversation}/presence", {"sign": sign}, **options)
    assert (answer.status_code, answer.get_json()["sign"]) == (202, sign)
    asked: bool = answer.get_json()["asked"]
    return asked


def test_typing_is_asked_for_once_in_five_seconds_on_the_latest_message(rig: Rig) -> None:
    conversation = _conversation(rig, rig.hear(phone=PHONE, message_id="wamid.1"))
    rig.clock.forward(seconds=1)
    rig.hear("ancora", phone=PHONE, message_id="wamid.2")
    rig.hear("👍", phone=PHONE, kind="reaction", target="wamid.1", content={"emoji": "👍"})
    assert [_show(rig, conversation, "typing") for _ in range(3)] == [True, False, False]
    rig.clock.forward(seconds=4.9)
    assert not _show(rig, conversation, "typing")
    rig.clock.forward(seconds=0.1)
    assert _show(rig, conversation, "typing")
    asked = rig.requested("presence.requested")
    assert [(each.sign, each.provider_message_id) for each in asked] == [("typing", "wamid.2")] * 2
    assert asked[0].author == "anna"
    assert asked[0].recipient.address == PHONE.lstrip("+")


def test_a_message_is_read_once(rig: Rig) -> None:
    conversation = _conversation(rig, rig.hear(phone=PHONE, message_id="wamid.1"))
    assert [_show(rig, conversation, "read") for _ in range(3)] == [True, False, False]
    assert _show(rig, conversation, "typing")
    rig.clock.forward(seconds=9)
    assert not _show(rig, conversation, "read")
    rig.hear("ancora", phone=PHONE, message_id="wamid.2")
    assert _show(rig, conversation, "read")
    signs = [(each.sign, each.provider_message_id) for each in rig.requested("presence.requested")]
    assert signs == [("read", "wamid.1"), ("typing", "wamid.1"), ("read", "wamid.2")]


def test_a_repeat_gets_the_same_answer(rig: Rig) -> None:
    conversation = _conversation(rig, rig.hear())
    assert _show(rig, conversation, "typing", key="a")
    assert _show(rig, conversation, "typing", key="a")
    assert not _show(rig, conversation, "typing", key="b")
    rig.clock.forward(seconds=9)
    assert not _show(rig, conversation, "typing", key="b")
    assert len(rig.requested("presence.requested")) == 1


@pytest.mark.parametrize(
    "body", [{}, {"sign": "dancing"}, {"sign": ["read"]}, {"sign": {"$ne": 1}}, {"a": 1}]
)
def test_other_signs_are_refused(rig: Rig, body: Any) -> None:
    conversation = _conversation(rig, rig.hear())
    assert rig.post(f"/conversations/{conversation}/presence", body).status_code == 422
    assert rig.post("/conversations/nobody/presence", {"sign": "read"}).status_code == 404


def test_the_template_that_asks_for_answers_can_be_chosen_and_taken_away(rig: Rig) -> None:
    assert rig.get(SETTING).get_json() == {"template": None}
    before = rig.get(SETTING).headers["ETag"]
    assert rig.patch(SETTING, CHOICE, match=before).get_json() == CHOICE
    assert rig.get(SETTING).get_json() == CHOICE
    assert rig.patch(SETTING, CHOICE, match=before).status_code == 412
    assert rig.patch(SETTING, CHOICE, match=None).status_code == 428
    assert rig.change(SETTING, {"template": None}).get_json() == {"template": None}
    agents = rig.call("PATCH", SETTING, json=CHOICE, token=OTHER_TOKEN, headers={"If-Match": "*"})
    assert agents.status_code == 403


def test_two_choices_at_once_do_not_overwrite_each_other(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rig.store.desk()
    rig.change(SETTING, CHOICE)
    with pytest.raises(Conflict):
        rig.store.save(Changes(records=[before]))
    assert rig.get(SETTING).get_json() == CHOICE


def test_only_a_template_that_can_be_sent_as_it_is_may_ask(rig: Rig) -> None:
    rig.knows("other")
    unknown = rig.change(SETTING, CHOICE)
    assert (unknown.status_code, unknown.get_json()["errors"][0]["field"]) == (422, "template.name")
    rig.knows("please_answer", components=[{"type": "BODY", "text": "Ciao {{1}}!"}])
    unfilled = rig.change(SETTING, CHOICE)
    assert (unfilled.status_code, unfilled.get_json()["errors"][0]["field"]) == (422, "template.components")
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "Anna"}]}]
    assert rig.change(SETTING, {"template": {**CHOICE["template"], "components": filled}}).status_code == 200
    rig.knows("please_answer", "paused")
    assert rig.change(SETTING, CHOICE).get_json()["type"] == "urn:sportello:problem:template-not-usable"
    file = {"type": "header", "parameters": [{"type": "image", "image": {"attachment_id": "x"}}]}
    with_file = rig.change(SETTING, {"template": {**CHOICE["template"], "components": [file]}})
    assert with_file.status_code == 422
    assert "sent once" in with_file.get_json()["errors"][0]["problem"]


@pytest.mark.parametrize(
    "body", [{}, {"template": "x"}, {"template": {"name": "a"}}, {"template": {"$ne": 1}}, {"a": 1}, []]
)
def test_a_choice_that_is_none_is_refused(rig: Rig, body: Any) -> None:
    assert rig.change(SETTING, body).status_code == 422
