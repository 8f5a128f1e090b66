"""Service level policies, calendars and closing by itself over REST, and what tickets show of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.jobs.auto_closing import close_and_remind
from services.ticket_service.jobs.service_levels import SETTLED_AFTER, recalculate, watch_promises
from services.ticket_service.store.timed import TimedTickets
from tests.ticket_service.api.rig import NOON, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

POLICIES, CALENDARS, AUTO_CLOSE = "/settings/sla-policies", "/settings/calendars", "/settings/auto-close"
OFFICE = {
    "name": "Office",
    "time_zone": "Europe/Rome",
    "hours": [
        {"weekday": day, "opens": opens, "closes": closes}
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
        for opens, closes in (("09:00", "13:00"), ("14:00", "18:00"))
    ],
    "country": "IT",
}
STANDARD = {
    "name": "Standard",
    "targets": [
        {"name": "first_response", "minutes": 60, "warn_percent": 50},
        {"name": "resolution", "minutes": 600},
    ],
}


def made(rig: Rig, path: str, document: Any) -> str:
    answer = rig.post(path, document)
    assert answer.status_code == 201, answer.text
    key: str = answer.get_json()["id"]
    return key


def gone(rig: Rig, path: str) -> Any:
    return rig.call("DELETE", path, headers={"If-Match": rig.get(path).headers["ETag"]})


def put(rig: Rig, path: str, document: Any) -> Any:
    return rig.call("PUT", path, json=document, headers={"If-Match": rig.get(path).headers["ETag"]})


def shown(rig: Rig, number: str) -> Any:
    return rig.get(f"/tickets/{number}").get_json()


def recalculated(rig: Rig) -> int:
    rig.clock.now += SETTLED_AFTER
    rig.store._cached.clear()  # type: ignore[attr-defined]
    return recalculate(rig.web.services.desk, TimedTickets(rig.db), rig.clock.now)


def watched(rig: Rig) -> list[str]:
    watch_promises(rig.web.services.desk, TimedTickets(rig.db), rig.clock.now)
    return [
        each.sla.target for kind in ("warning", "breached") for each in rig.requested(f"ticket.sla_{kind}")
    ]


def test_a_ticket_without_a_policy_shows_no_promises(rig: Rig) -> None:
    assert shown(rig, rig.hear())["sla"] is None


def test_a_policy_is_added_once_and_tickets_show_what_it_promises(rig: Rig) -> None:
    first = rig.post(POLICIES, STANDARD, key="k1")
    assert rig.post(POLICIES, STANDARD, key="k1").get_json() == first.get_json()
    assert [each["name"] for each in rig.get(POLICIES).get_json()["items"]] == ["Standard"]
    ticket = shown(rig, rig.hear())
    assert ticket["sla"] == {
        "policy": first.get_json()["id"],
        "paused": False,
        "targets": [
            {
                "name": "first_response",
                "state": "pending",
                "started_at": "2025-02-27T12:00:00Z",
                "due_at": "2025-02-27T13:00:00Z",
                "warn_at": "2025-02-27T12:30:00Z",
                "met_at": None,
                "remaining_minutes": None,
            },
            {
                "name": "resolution",
                "state": "pending",
                "started_at": "2025-02-27T12:00:00Z",
                "due_at": "2025-02-27T22:00:00Z",
                "warn_at": None,
                "met_at": None,
                "remaining_minutes": None,
            },
        ],
    }
    assert ticket["solution_forecast"] == "2025-02-27T22:00:00Z"


def test_an_answer_meets_the_first_response_and_pauses_the_rest(rig: Rig) -> None:
    made(rig, POLICIES, STANDARD)
    number = rig.hear()
    rig.clock.forward(minutes=20)
    assert rig.post(f"/tickets/{number}/replies", {"text": "Eccoci"}).status_code == 201
    first, resolution = shown(rig, number)["sla"]["targets"]
    assert (first["state"], first["met_at"]) == ("met", "2025-02-27T12:20:00Z")
    assert (resolution["due_at"], resolution["remaining_minutes"]) == (None, 580)


def test_the_timers_warn_and_tell_what_is_broken_once(rig: Rig) -> None:
    made(rig, POLICIES, STANDARD)
    number = rig.hear()
    rig.clock.forward(minutes=30)
    assert watched(rig) == ["first_response"]
    rig.clock.forward(minutes=30)
    assert watched(rig) == ["first_response"] * 2
    assert watched(rig) == ["first_response"] * 2
    assert shown(rig, number)["sla"]["targets"][0]["state"] == "breached"
    assert rig.requested("ticket.sla_breached")[0].ticket_number == number


def test_a_calendar_decides_when_it_is_due_and_cannot_go_while_a_policy_names_it(rig: Rig) -> None:
    calendar = made(rig, CALENDARS, OFFICE)
    policy = made(rig, POLICIES, {**STANDARD, "calendar": calendar})
    # Thursday, 13:00 in Rome: ten hours of open time end on Friday at 16:00 there.
    assert shown(rig, rig.hear())["solution_forecast"] == "2025-02-28T15:00:00Z"
    refused = gone(rig, f"{CALENDARS}/{calendar}")
    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:sportello:problem:in-use")
    assert gone(rig, f"{POLICIES}/{policy}").status_code == 204
    assert gone(rig, f"{CALENDARS}/{calendar}").status_code == 204


def test_open_tickets_follow_a_changed_policy_and_a_changed_calendar(rig: Rig) -> None:
    number = rig.hear()
    calendar = made(rig, CALENDARS, OFFICE)
    policy = made(rig, POLICIES, {**STANDARD, "calendar": calendar})
    assert recalculated(rig) == 1
    assert shown(rig, number)["solution_forecast"] == "2025-02-28T15:00:00Z"
    assert rig.change(f"{CALENDARS}/{calendar}", {"closed_days": [{"day": "2025-02-28"}]}).status_code == 200
    assert recalculated(rig) == 1
    assert shown(rig, number)["solution_forecast"] == "2025-03-03T15:00:00Z"
    assert rig.change(f"{POLICIES}/{policy}", {"active": False}).status_code == 200
    assert recalculated(rig) == 1
    assert (shown(rig, number)["sla"], shown(rig, number)["solution_forecast"]) == (None, None)


def test_another_priority_brings_another_policy_at_once(rig: Rig) -> None:
    made(rig, POLICIES, {**STANDARD, "order": 20})
    urgent = {"name": "Urgent", "order": 10, "conditions": {"priority": ["urgent"]}}
    made(rig, POLICIES, {**urgent, "targets": [{"name": "resolution", "minutes": 30}]})
    number = rig.hear()
    assert rig.change(f"/tickets/{number}", {"priority": "urgent"}).status_code == 200
    assert shown(rig, number)["solution_forecast"] == "2025-02-27T12:30:00Z"
    entries = rig.get(f"/tickets/{number}/history").get_json()["items"]
    assert "solution_forecast" in {each["what"] for each in entries}


def test_a_forecast_set_by_hand_stays(rig: Rig) -> None:
    made(rig, POLICIES, STANDARD)
    number = rig.hear()
    path = f"/tickets/{number}"
    assert rig.change(path, {"solution_forecast": "2025-03-05T10:00:00Z"}).status_code == 200
    assert rig.change(path, {"title": "Caldaia"}).get_json()["solution_forecast"] == "2025-03-05T10:00:00Z"


WRONG_POLICIES: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"targets": []}, "targets"),
    ({"targets": [{"name": "speed", "minutes": 5}]}, "targets.0.name"),
    ({"targets": [{"name": "idle", "minutes": 0}]}, "targets.0.minutes"),
    ({"targets": [{"name": "idle", "minutes": "5"}]}, "targets.0.minutes"),
    ({"targets": [{"name": "idle", "minutes": 5, "warn_minutes": 5}]}, "targets.0.warn_minutes"),
    ({"targets": [{"name": "idle", "minutes": 5}] * 2}, "targets"),
    ({"calendar": "nothing"}, "calendar"),
    ({"conditions": {"priority": ["very-high"]}}, "conditions.priority"),
    ({"conditions": {"organization": ["nobody"]}}, "conditions.organization"),
    ({"conditions": {"weather": ["rain"]}}, "conditions.weather.key"),
    ({"order": 10**9}, "order"),
    ({"unknown": 1}, "unknown"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG_POLICIES)
def test_a_policy_that_makes_no_sense_is_refused_by_the_field(
    rig: Rig, wrong: dict[str, Any], field: str
) -> None:
    refused = rig.post(POLICIES, {**STANDARD, **wrong})
    assert refused.status_code == 422, refused.text
    assert field in [each["field"] for each in refused.get_json()["errors"]]


WRONG_CALENDARS: list[tuple[dict[str, Any], str]] = [
    ({"time_zone": "Europe/Atlantis"}, "time_zone"),
    ({"hours": []}, "hours"),
    ({"hours": [{"weekday": "monday", "opens": "25:00", "closes": "26:00"}]}, "hours.0.opens"),
    ({"hours": [{"weekday": "monday", "opens": "18:00", "closes": "09:00"}]}, "hours.0.closes"),
    ({"hours": [*OFFICE["hours"], {"weekday": "monday", "opens": "12:00", "closes": "15:00"}]}, "hours"),
    ({"country": "XX"}, "country"),
    ({"subdivision": "ZZ"}, "subdivision"),
    ({"country": None, "subdivision": "RM"}, "subdivision"),
    ({"closed_days": [{"day": "tomorrow"}]}, "closed_days.0.day"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG_CALENDARS)
def test_a_calendar_that_makes_no_sense_is_refused_by_the_field(
    rig: Rig, wrong: dict[str, Any], field: str
) -> None:
    refused = rig.post(CALENDARS, {**OFFICE, **wrong})
    assert refused.status_code == 422, refused.text
    assert field in [each["field"] for each in refused.get_json()["errors"]]


def test_a_calendar_is_shown_as_it_was_given(rig: Rig) -> None:
    night = {"weekday": "sunday", "opens": "22:00", "closes": "24:00"}
    days = [{"day": "2026-06-24", "label": "San Giovanni", "every_year": True}]
    given = {
        **OFFICE,
        "hours": [night],
        "closed_days": days,
        "open_days": ["2026-12-08"],
        "subdivision": "RM",
    }
    path = f"{CALENDARS}/{made(rig, CALENDARS, given)}"
    found = rig.get(path).get_json()
    assert {name: found[name] for name in given} == given
    before = rig.get(path).headers["ETag"]
    assert rig.change(path, {"name": "Night"}).get_json()["name"] == "Night"
    assert rig.patch(path, {"name": "Late"}, match=before).status_code == 412
    assert rig.patch(path, {"name": "Late"}, match=None).status_code == 428
    assert [each["name"] for each in rig.get(CALENDARS).get_json()["items"]] == ["Night"]


def test_public_holidays_can_be_looked_at_before_choosing_them(rig: Rig) -> None:
    regions = {
        each["country"]: each["subdivisions"]
        for each in rig.get("/settings/holiday-regions").get_json()["items"]
    }
    assert "BY" in regions["DE"]
    found = rig.get("/settings/holidays?country=DE&subdivision=BY&year=2026").get_json()["items"]
    assert "2026-01-06" in {each["day"] for each in found}
    assert rig.get("/settings/holidays?country=XX&year=2026").status_code == 422


def test_agents_may_look_and_only_administrators_change(rig: Rig) -> None:
    for path, document in ((POLICIES, STANDARD), (CALENDARS, OFFICE)):
        assert rig.get(path, token=OTHER_TOKEN).status_code == 200
        assert rig.post(path, document, token=OTHER_TOKEN).status_code == 403


def test_tickets_that_wait_too_long_are_closed_after_a_reminder(rig: Rig) -> None:
    assert rig.get(AUTO_CLOSE).get_json() == {"rules": []}
    template = {"name": "ancora_li", "language": "it", "components": []}
    rule = {
        **{"status": "waiting_for_response", "after_days": 7, "to": "closed"},
        "reminder": {"after_days": 5, "text": "Ancora lì?", "templates": {"whatsapp-main": template}},
    }
    kept = put(rig, AUTO_CLOSE, {"rules": [rule]})
    assert kept.status_code == 200, kept.text
    assert kept.get_json() == {"rules": [rule]}
    number = rig.hear()
    rig.post(f"/tickets/{number}/replies", {"text": "Eccoci"})
    done = []
    for day in range(9):
        rig.clock.now = NOON + timedelta(days=day, minutes=1)
        done.append(close_and_remind(rig.web.services.desk, TimedTickets(rig.db), rig.clock.now))
    assert done == [0, 0, 0, 0, 0, 1, 0, 1, 0]
    assert shown(rig, number)["status"]["key"] == "closed"
    assert [each.content.kind for each in rig.requested()] == ["text", "template"]


WRONG_RULES: list[tuple[dict[str, Any], str]] = [
    ({"status": "gone"}, "rules.0.status"),
    ({"status": "closed"}, "rules.0.status"),
    ({"to": "open"}, "rules.0.to"),
    ({"after_days": 0}, "rules.0.after_days"),
    ({"reminder": {"after_days": 7, "text": "x"}}, "rules.0.reminder"),
    ({"reminder": {"after_days": 1, "text": " "}}, "rules.0.reminder.text"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG_RULES)
def test_a_rule_that_makes_no_sense_is_refused_by_the_field(
    rig: Rig, wrong: dict[str, Any], field: str
) -> None:
    rule = {"status": "waiting_for_response", "after_days": 7, "to": "closed", **wrong}
    refused = put(rig, AUTO_CLOSE, {"rules": [rule]})
    assert refused.status_code == 422, refused.text
    assert field in [each["field"] for each in refused.get_json()["errors"]]
