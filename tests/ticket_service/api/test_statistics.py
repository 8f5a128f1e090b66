"""The desk's numbers over REST: right, a file behind each, refused in words where there is too much."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import pytest

from services.ticket_service.store.queries_statistics import StatisticsQueries, TooMuch
from tests.ticket_service.api.rig import ANNA, BRUNO, CHANNEL, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

NUMBERS: Final = ("tickets", "first-response", "backlog", "service-levels", "agents")


def numbers(rig: Rig, name: str, **query: Any) -> dict[str, Any]:
    rig.web.services.statistics.forget()
    answer = rig.get(f"/statistics/{name}", query_string=query, token=OTHER_TOKEN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def rows(rig: Rig, name: str, **query: Any) -> list[list[str]]:
    answer = rig.get(f"/statistics/{name}", query_string={**query, "format": "csv"})
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


@pytest.fixture
def worked(rig: Rig) -> Rig:
    """Yesterday two tickets, of which one was answered after ten minutes and closed; today one of a team."""
    policy = {
        "name": "All",
        "targets": [{"name": "first_response", "minutes": 5}, {"name": "resolution", "minutes": 6000}],
    }
    assert rig.post("/settings/sla-policies", policy).status_code == 201
    first = rig.hear()
    rig.hear()
    rig.clock.forward(minutes=10)
    assert rig.post(f"/tickets/{first}/replies", {"text": "Eccoci"}).status_code in (201, 202)
    rig.change(f"/tickets/{first}", {"assignee": ANNA, "status": "closed"})
    rig.clock.forward(days=1)
    team = rig.post("/teams", {"name": "First line", "members": [BRUNO]}).get_json()["id"]
    rig.change(f"/tickets/{rig.hear()}", {"assignee": BRUNO, "group": team})
    rig.team = team  # type: ignore[attr-defined]
    return rig


def test_tickets_per_day(worked: Rig) -> None:
    found = numbers(worked, "tickets", days=3)
    assert found == {
        "opened": 3,
        "closed": 1,
        "days": [
            {"day": "2025-02-26", "opened": 0, "closed": 0},
            {"day": "2025-02-27", "opened": 2, "closed": 1},
            {"day": "2025-02-28", "opened": 1, "closed": 0},
        ],
    }
    assert numbers(worked, "tickets", days=1)["opened"] == 1
    assert rows(worked, "tickets", days=2) == [
        ["day", "opened", "closed"],
        ["2025-02-27", "2", "1"],
        ["2025-02-28", "1", "0"],
    ]


def test_a_day_is_that_of_the_zone_that_is_asked_for(worked: Rig) -> None:
    worked.clock.now = worked.clock.now.replace(hour=23, minute=30)
    worked.hear()
    assert [each["opened"] for each in numbers(worked, "tickets", days=2)["days"]] == [1, 1]
    there = numbers(worked, "tickets", days=2, time_zone="America/New_York")
    assert [each["opened"] for each in there["days"]] == [2, 2]


def test_first_response(worked: Rig) -> None:
    found = numbers(worked, "first-response", days=2)
    assert found["answered"] == 1
    assert found["median_seconds"] == pytest.approx(600, rel=0.01)
    assert found["p90_seconds"] == found["median_seconds"]
    assert [each["answered"] for each in found["days"]] == [1, 0]
    assert found["days"][1]["median_seconds"] is None
    assert rows(worked, "first-response", days=1)[1] == ["2025-02-28", "0", "", ""]


def test_backlog(worked: Rig) -> None:
    found = numbers(worked, "backlog")
    assert (found["count"], found["unanswered"], found["unassigned"]) == (2, 2, 1)
    assert found["oldest_at"].startswith("2025-02-27")
    assert {each["key"]: each["count"] for each in found["statuses"] if each["count"]} == {"open": 2}
    assert "closed" not in {each["key"] for each in found["statuses"]}
    assert [(each["channel"], each["count"]) for each in found["channels"]] == [
        (CHANNEL, 2),
        ("whatsapp-twilio", 0),
        ("webchat-main", 0),
        ("mail-main", 0),
    ]
    assert rows(worked, "backlog") == [
        ["status", "channel", "count", "unanswered", "late"],
        ["open", CHANNEL, "2", "2", "0"],
    ]


def test_service_levels(worked: Rig) -> None:
    targets = {each.pop("target"): each for each in numbers(worked, "service-levels")["targets"]}
    assert targets["first_response"] == {"kept": 0, "broken": 1, "running": 2}
    assert targets["resolution"] == {"kept": 1, "broken": 0, "running": 2}
    assert rows(worked, "service-levels")[0] == ["target", "kept", "broken", "running"]


def test_agents(worked: Rig) -> None:
    found = numbers(worked, "agents")["agents"]
    shown = [(each["name"], each["opened"], each["closed"], each["open"], each["answered"]) for each in found]
    assert shown == [("Bruno", 1, 0, 1, 0), ("anna", 1, 1, 0, 1), ("", 1, 0, 1, 0)]
    assert rows(worked, "agents")[1][:5] == [BRUNO, "Bruno", "1", "0", "1"]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_team_has_its_own(worked: Rig, name: str) -> None:
    found = numbers(worked, name, team=worked.team)  # type: ignore[attr-defined]
    total = found.get("opened", found.get("count"))
    assert total in (1, None)
    if name == "agents":
        assert [each["name"] for each in found["agents"]] == ["Bruno"]


@pytest.mark.parametrize("name", [*NUMBERS, "satisfaction"])
def test_an_empty_desk_has_numbers_too(rig: Rig, name: str) -> None:
    assert numbers(rig, name)
    assert rows(rig, name)


def test_numbers_are_a_minute_old_at_most(worked: Rig) -> None:
    assert numbers(worked, "backlog")["count"] == 2
    worked.hear()
    assert worked.get("/statistics/backlog").get_json()["count"] == 2
    assert numbers(worked, "backlog")["count"] == 3


@pytest.mark.parametrize(
    "query", [{"days": 0}, {"days": 93}, {"time_zone": "Mars/Olympus"}, {"format": "pdf"}, {"weeks": 1}]
)
def test_what_cannot_be_counted_is_refused(rig: Rig, query: dict[str, Any]) -> None:
    assert rig.get("/statistics/tickets", query_string=query).status_code == 422


def test_too_much_is_said_in_words(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*given: Any) -> Any:
        raise TooMuch

    monkeypatch.setattr(StatisticsQueries, "opened", slow)
    answer = rig.get("/statistics/tickets")
    assert answer.status_code == 503
    assert answer.get_json()["type"].endswith("too-much-to-count")
    assert answer.headers["Retry-After"] == "60"
