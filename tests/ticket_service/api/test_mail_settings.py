"""Settings of mail over REST: what stands around answers, and rules that are kept, ordered, tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.received_mail import mail_event
from tests.ticket_service.api.rig import MAIL_CHANNEL, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
SETTINGS = "/settings/mail"
RULES = "/settings/mail-rules"
NEWS = {"what": "header:list-unsubscribe", "how": "present"}


def rule(name: str = "Shop", *conditions: dict[str, Any], **then: Any) -> dict[str, Any]:
    """A rule as clients send it."""
    return {"name": name, "conditions": list(conditions), "then": {"do": "open", **then}}


def fields_refused(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {each["field"] for each in answer.get_json()["errors"]}


def test_settings_of_mail_begin_with_what_is_safe_and_are_changed_one_by_one(rig: Rig) -> None:
    begun = rig.get(SETTINGS).get_json()
    assert (begun["strangers"], begun["quote_previous"], begun["most_per_sender"]) == ("with-proof", True, 30)
    words = {MAIL_CHANNEL.id: {"from_name": "Anna, ACME", "header": "", "footer": "ACME S.p.A."}}
    changed = rig.change(SETTINGS, {"strangers": "never", "channels": words})
    assert changed.status_code == 200, changed.text
    assert changed.get_json() == {**begun, "strangers": "never", "channels": words}
    assert rig.get(SETTINGS).get_json() == changed.get_json()
    assert rig.patch(SETTINGS, {"copy_cc": False}, match='"of-before"').status_code == 412


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"strangers": "sometimes"}, "strangers"),
        ({"most_per_sender": 0}, "most_per_sender"),
        ({"footer": "x" * 5_001}, "footer"),
        ({"channels": {"whatsapp-main": {}}}, "channels.whatsapp-main"),
        ({"channels": {"mail-main": {"from_name": "Anna\r\nBcc: x@y.example"}}}, None),
    ],
)
def test_settings_of_mail_that_cannot_be_are_refused(
    rig: Rig, wanted: dict[str, Any], field: str | None
) -> None:
    refused = fields_refused(rig.change(SETTINGS, wanted))
    assert field is None or refused == {field}


def test_who_may_not_change_settings_sees_them(rig: Rig) -> None:
    assert rig.get(SETTINGS, token=OTHER_TOKEN).status_code == 200
    tag = rig.get(SETTINGS).headers["ETag"]
    refused = rig.call(
        "PATCH", SETTINGS, token=OTHER_TOKEN, json={"copy_cc": False}, headers={"If-Match": tag}
    )
    assert refused.status_code == 403
    assert rig.post(RULES, rule(), token=OTHER_TOKEN).status_code == 403


def test_a_rule_is_kept_shown_changed_and_deleted(rig: Rig) -> None:
    wanted = rule(
        "Shop", {"what": "sender", "how": "ends", "value": "@shop.example"}, fields={"priority": "high"}
    )
    made = rig.post(RULES, wanted, key="once")
    assert made.status_code == 201, made.text
    shown = made.get_json()
    assert shown["conditions"] == [
        {"what": "sender", "how": "ends", "value": "@shop.example", "negate": False}
    ]
    assert shown["then"] == {
        **{"do": "open", "fields": {"priority": "high"}, "reply_with": None, "silent": False, "reason": ""}
    }
    assert rig.post(RULES, wanted, key="once").get_json() == shown
    path = f"{RULES}/{shown['id']}"
    assert rig.get(path).get_json() == shown
    changed = rig.change(path, {"active": False, "then": {"do": "hold", "reason": "Look first"}}).get_json()
    assert (changed["active"], changed["then"]["reason"], changed["conditions"]) == (
        False,
        "Look first",
        shown["conditions"],
    )
    tag = rig.get(path).headers["ETag"]
    assert rig.call("DELETE", path, headers={"If-Match": tag}).status_code == 204
    assert rig.get(path).status_code == 404
    assert rig.get(RULES).get_json()["items"] == []


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (rule("a", {"what": "colour", "how": "is", "value": "red"}), {"conditions.0.what"}),
        (rule("a", {"what": "size", "how": "larger", "value": "much"}), {"conditions.0.value"}),
        (rule("a", {"what": "subject", "how": "larger", "value": "1"}), {"conditions.0.how"}),
        (rule("a", {"what": "channel", "how": "is", "value": "fax"}), {"conditions.0.value"}),
        (rule("a", {"what": "automatic", "how": "is", "value": "robot"}), {"conditions.0.value"}),
        (rule("a", fields={"priority": "enormous"}), {"then.fields.priority"}),
        (
            rule("a", fields={"assignee": "nobody", "group": "none"}),
            {"then.fields.assignee", "then.fields.group"},
        ),
        (rule("a", fields={"status": "closed"}), {"then.fields.status"}),
        (rule("a", reply_with="nothing"), {"then.reply_with"}),
        (rule("a", do="ignore", fields={"priority": "high"}, silent=True), {"then.fields", "then.silent"}),
        (rule("a", reason="why"), {"then.reason"}),
    ],
)
def test_a_rule_that_could_never_work_is_refused_with_the_place(
    rig: Rig, wanted: dict[str, Any], fields: set[str]
) -> None:
    assert fields_refused(rig.post(RULES, wanted)) == fields


def test_rules_are_put_in_order(rig: Rig) -> None:
    ids = [rig.post(RULES, rule(name)).get_json()["id"] for name in ("a", "b", "c")]
    assert [each["id"] for each in rig.get(RULES).get_json()["items"]] == ids
    turned = rig.post(f"{RULES}/order", {"ids": ids[::-1]}).get_json()["items"]
    assert [(each["id"], each["position"]) for each in turned] == list(
        zip(ids[::-1], (10, 20, 30), strict=True)
    )
    assert [each["name"] for each in rig.get(RULES).get_json()["items"]] == ["c", "b", "a"]
    assert fields_refused(rig.post(f"{RULES}/order", {"ids": ids[:2]})) == {"ids"}


def test_trying_says_which_rule_decides_and_why_each_other_does_not(rig: Rig) -> None:
    rig.post(RULES, {**rule("Off", NEWS), "active": False})
    rig.post(RULES, rule("Big", {"what": "size", "how": "larger", "value": "1000"}))
    rig.post(RULES, rule("News", NEWS, do="ignore", reason="Newsletter"))
    rig.post(RULES, rule("All"))
    answer = rig.post(f"{RULES}/try", {"mail": {"headers": {"List-Unsubscribe": "<x>"}, "size": 900}})
    assert answer.status_code == 200, answer.text
    tried = answer.get_json()
    assert (tried["rule"], tried["then"]["reason"]) == ("News", "Newsletter")
    assert [(each["name"], each["why"]) for each in tried["rules"]] == [
        ("Off", "off"),
        ("Big", "conditions"),
        ("News", "fires"),
        ("All", "behind"),
    ]
    assert [one["held"] for each in tried["rules"] for one in each["conditions"]] == [True, False, True]


def test_rules_are_tried_on_a_stored_mail_and_nothing_happens_to_it(rig: Rig) -> None:
    event = mail_event("Ecco la fattura", at=rig.clock.now, subject="Fattura 12", raw_size=2_000)
    rig.take(event)
    draft = rule("Invoices", {"what": "subject", "how": "starts", "value": "FATTURA"}, do="hold")
    outbox = len(rig.outbox())
    tried = rig.post(f"{RULES}/try", {"message": event.data.dedupe_key, "rule": draft}).get_json()
    assert (tried["rule"], tried["rules"][0]["id"]) == ("Invoices", None)
    assert len(rig.outbox()) == outbox
    assert rig.get(RULES).get_json()["items"] == []
    whatsapp = rig.hear()
    message = rig.get(f"/tickets/{whatsapp}/actions").get_json()["items"][0]["id"]
    assert rig.post(f"{RULES}/try", {"message": message}).status_code == 404
    assert fields_refused(rig.post(f"{RULES}/try", {})) == {"message"}


def test_a_rule_being_changed_is_tried_in_place_of_the_stored_one(rig: Rig) -> None:
    stored = rig.post(RULES, rule("Stored")).get_json()
    draft = {**rule("Draft", NEWS), "position": stored["position"]}
    body = {"mail": {"subject": "x"}, "rule": draft, "rule_id": stored["id"]}
    tried = rig.post(f"{RULES}/try", body).get_json()
    assert tried["rule"] is None
    assert [(each["id"], each["why"]) for each in tried["rules"]] == [(stored["id"], "conditions")]
