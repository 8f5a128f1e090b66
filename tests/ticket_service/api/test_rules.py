"""Rules on create, turns and the opening question as administrators set them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticket_service.api.rig import ANNA, CHANNEL, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

RULES = "/settings/assignment-rules"
BILLING: dict[str, Any] = {
    "name": "Invoices",
    "conditions": [{"subject": "keyword", "any_of": ["fattura"]}],
    "actions": {"set": {"priority": "high"}, "tags": ["billing"], "assignee": ANNA},
}


def test_a_rule_is_added_applies_is_changed_and_deleted(rig: Rig) -> None:
    rule = rig.post(RULES, BILLING).get_json()
    assert (rule["order"], rule["active"], rule["stop"]) == (10, True, False)
    ticket = rig.get(f"/tickets/{rig.hear('La fattura è sbagliata')}").get_json()
    assert (ticket["priority"], ticket["tags"], ticket["assignee"]) == ("high", ["billing"], ANNA)
    assert (ticket["source_rule"], rig.get(RULES).get_json()["items"]) == ("Invoices", [rule])
    path = f"{RULES}/{rule['id']}"
    assert rig.get(path).get_json() == rule
    changed = rig.change(path, {"conditions": [], "actions": {"tags": ["all"]}}).get_json()
    assert (changed["name"], changed["actions"]["set"], changed["actions"]["tags"]) == (
        "Invoices",
        {},
        ["all"],
    )
    assert rig.get(f"/tickets/{rig.hear()}").get_json()["tags"] == ["all"]
    assert rig.patch(path, {"active": False}, match='"old"').status_code == 412
    assert rig.patch(path, {"active": False}, match=None).status_code == 428
    etag = rig.get(path).headers["ETag"]
    assert rig.call("DELETE", path, headers={"If-Match": etag}).status_code == 204
    assert rig.get(path).status_code == 404
    assert rig.get(f"/tickets/{rig.hear()}").get_json()["tags"] == []


def test_rules_do_not_replace_what_somebody_chose(rig: Rig) -> None:
    rig.post(RULES, BILLING)
    who = {"identity": {"kind": "email", "value": "Anna@Example.org"}, "name": "Anna"}
    body = {"requester": who, "description": "La fattura", "priority": "low", "tags": ["mine"]}
    ticket = rig.post("/tickets", body).get_json()
    assert (ticket["priority"], ticket["tags"]) == ("low", ["mine", "billing"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actions": {"set": {"priority": "sky-high"}}}, "actions.set.priority"),
        ({"actions": {"set": {"organization": "nobody"}}}, "actions.set.organization"),
        ({"actions": {"assignee": "nobody"}}, "actions.assignee"),
        ({"actions": {"group": "nobody"}}, "actions.group"),
        ({"actions": {"status": "nowhere"}}, "actions.status"),
        ({"conditions": [{"subject": "channel", "any_of": ["fax"]}]}, "conditions.0.any_of.0"),
        ({"conditions": [{"subject": "category", "any_of": ["none"]}]}, "conditions.0.any_of.0"),
        ({"conditions": [{"subject": "outside_hours", "any_of": ["none"]}]}, "conditions.0.any_of.0"),
        ({"conditions": [{"subject": "organization", "any_of": ["none"]}]}, "conditions.0.any_of.0"),
        ({"conditions": [{"subject": "weather", "any_of": ["rain"]}]}, "conditions.0.subject"),
        ({"conditions": [{"subject": "keyword", "any_of": []}]}, "conditions.0.any_of"),
        ({"actions": {}}, "actions"),
        ({"name": ""}, "name"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused(
    rig: Rig, change: dict[str, Any], field: str
) -> None:
    answer = rig.post(RULES, {**BILLING, **change})
    assert answer.status_code == 422, answer.text
    assert any(each["field"].startswith(field) for each in answer.get_json()["errors"]), answer.text
    assert rig.get(RULES).get_json()["items"] == []


def test_rules_can_be_tried_out_and_nothing_happens(rig: Rig) -> None:
    rule = rig.post(RULES, BILLING).get_json()
    draft = {"name": "Late", "actions": {"reply_text": "A domani", "status": "closed"}}
    tried = rig.post(f"{RULES}/try", {"channel": CHANNEL, "text": "Fattura?", "rule": draft}).get_json()
    assert tried["applied"] == [{"id": rule["id"], "name": "Invoices"}, {"id": None, "name": "Late"}]
    assert (tried["set"], tried["tags"], tried["assignee"]) == ({"priority": "high"}, ["billing"], ANNA)
    assert (tried["reply_text"], tried["status"]) == ("A domani", "closed")
    assert rig.post(f"{RULES}/try", {"text": "Ciao"}).get_json()["applied"] == []
    assert rig.get("/tickets").get_json()["items"] == rig.outbox() == []


def test_settings_are_changed_by_those_who_may(rig: Rig) -> None:
    assert rig.post(RULES, BILLING, token=OTHER_TOKEN).status_code == 403
    assert rig.get(RULES, token=OTHER_TOKEN).status_code == 200


def test_the_question_is_set_asked_and_its_answer_joins_the_description(rig: Rig) -> None:
    path = "/settings/opening-question"
    assert rig.change(path, {"enabled": True}).get_json()["errors"][0]["field"] == "text"
    buttons = [{"id": "yes", "title": "SI"}, {"id": "no", "title": "NO"}]
    question = rig.change(path, {"enabled": True, "text": "Acconsenti?", "buttons": buttons}).get_json()
    assert (question["channels"], question["answer_within_minutes"]) == ([], 1_440)
    number = rig.hear("Buongiorno", phone="+393351032246")
    (asked,) = rig.requested()
    assert [each.title for each in asked.content.interactive.buttons] == ["SI", "NO"]
    rig.clock.forward(seconds=10)
    rig.hear("SI", phone="+393351032246", kind="button_reply", content={"id": "yes"})
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert ticket["description"].endswith("2025-02-27 13:00:10\nSI ✓")
    assert (ticket["comments_count"], ticket["status"]["key"]) == (0, "open")
    assert ticket["opening_question"] == {
        "message_id": asked.send_id,
        "asked_at": "2025-02-27T12:00:00Z",
        "answered_at": "2025-02-27T12:00:10Z",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channels": ["fax"]}, "channels.0"),
        ({"buttons": [{"id": "a", "title": "x" * 21}]}, "buttons.0.title"),
        ({"enabled": True, "buttons": [{"id": "a", "title": "A"}], "template": None}, "text"),
        (
            {"enabled": True, "text": "?", "buttons": [{"id": "a", "title": "A"}, {"id": "a", "title": "B"}]},
            "buttons",
        ),
        ({"answer_within_minutes": 0}, "answer_within_minutes"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(rig: Rig, change: dict[str, Any], field: str) -> None:
    answer = rig.change("/settings/opening-question", change)
    assert answer.status_code == 422, answer.text
    assert answer.get_json()["errors"][0]["field"] == field


def test_teams_that_take_turns_are_set(rig: Rig) -> None:
    team = rig.post("/teams", {"name": "First line", "members": [ANNA]}).get_json()["id"]
    assert rig.get("/settings/round-robin").get_json() == {"teams": []}
    etag = rig.get("/settings/round-robin").headers["ETag"]
    put = rig.call("PUT", "/settings/round-robin", json={"teams": [team]}, headers={"If-Match": etag})
    assert put.get_json() == {"teams": [team]}
    rig.post(RULES, {"name": "All", "actions": {"group": team}})
    assert rig.get(f"/tickets/{rig.hear()}").get_json()["assignee"] == ANNA
    stale = rig.call("PUT", "/settings/round-robin", json={"teams": []}, headers={"If-Match": etag})
    assert stale.status_code == 412
    etag = rig.get("/settings/round-robin").headers["ETag"]
    unknown = rig.call("PUT", "/settings/round-robin", json={"teams": ["x"]}, headers={"If-Match": etag})
    assert unknown.get_json()["errors"][0]["field"] == "teams.0"


def test_a_template_that_cannot_be_sent_is_refused_for_rules_and_the_question(rig: Rig) -> None:
    rig.knows("pending", "pending")
    template = {"name": "unknown", "language": "it"}
    rule = rig.post(RULES, {"name": "r", "actions": {"reply_template": template}})
    assert rule.get_json()["errors"][0]["field"] == "actions.reply_template.name"
    question = rig.change("/settings/opening-question", {"enabled": True, "template": template})
    assert question.get_json()["errors"][0]["field"] == "template.name"
    unapproved = {"name": "r", "actions": {"reply_template": {**template, "name": "pending"}}}
    assert rig.post(RULES, unapproved).get_json()["template_status"] == "pending"
    rig.knows("hello")
    hello = {**template, "name": "hello"}
    assert rig.post(RULES, {"name": "r", "actions": {"reply_template": hello}}).status_code == 201
    rig.hear()
    (sent,) = rig.requested()
    assert (sent.content.kind, sent.content.template.name) == ("template", "hello")
