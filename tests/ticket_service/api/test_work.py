"""Products, projects, contracts, interventions and worked time over REST."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.times import format_utc
from tests.ticket_service.api.rig import ANNA, BRUNO, Rig

pytestmark = pytest.mark.integration
KINDS = ("products", "projects", "contracts")


def _made(rig: Rig, path: str, **body: Any) -> Any:
    answer = rig.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def _gone(rig: Rig, path: str) -> Any:
    return rig.call("DELETE", path, headers={"If-Match": rig.get(path).headers["ETag"]})


def _history(rig: Rig, number: str, what: str) -> list[tuple[Any, Any]]:
    items = rig.get(f"/tickets/{number}/history?limit=100").get_json()["items"]
    return [(each["from"], each["to"]) for each in items if each["what"] == what]


def _set(rig: Rig, number: str, **fields: Any) -> None:
    answer = rig.change(f"/tickets/{number}", fields)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_made_once_changed_as_it_was_read_and_deleted(rig: Rig, kind: str) -> None:
    first = rig.post(f"/{kind}", {"name": " Caldaia C24 ", "code": "C24"}, key="k")
    again = rig.post(f"/{kind}", {"name": " Caldaia C24 ", "code": "C24"}, key="k")
    made = first.get_json()
    assert (first.status_code, again.get_json()) == (201, made)
    assert (made["name"], made["active"]) == ("Caldaia C24", True)
    path = f"/{kind}/{made['id']}"
    read = rig.get(path)
    assert read.get_json() == made
    changed = rig.patch(path, {"active": False}, match=read.headers["ETag"])
    assert (changed.status_code, changed.get_json()["active"]) == (200, False)
    assert rig.patch(path, {"name": "x"}, match=read.headers["ETag"]).status_code == 412
    assert rig.patch(path, {"name": "x"}, match=None).status_code == 428
    assert rig.patch(path, {"name": "Other"}, match=changed.headers["ETag"]).status_code == 200
    assert rig.call("DELETE", path).status_code == 428
    assert _gone(rig, path).status_code == 204
    assert rig.get(path).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_found_by_the_beginnings_of_their_words(rig: Rig, kind: str) -> None:
    for name, code in (("Città Élite", "A-1"), ("Citrus", "A-2"), ("Boiler", "B-1")):
        rig.clock.forward(seconds=1)
        _made(rig, f"/{kind}", name=name, code=code)
    found = rig.get(f"/{kind}?q=cit").get_json()
    assert [each["name"] for each in found["items"]] == ["Citrus", "Città Élite"]
    assert [each["name"] for each in rig.get(f"/{kind}?q=elite CITTA").get_json()["items"]] == ["Città Élite"]
    assert [each["name"] for each in rig.get(f"/{kind}?q=b-1").get_json()["items"]] == ["Boiler"]
    first = rig.get(f"/{kind}?limit=2").get_json()
    rest = rig.get(f"/{kind}?limit=2&cursor={first['next']}").get_json()
    assert [each["name"] for each in first["items"] + rest["items"]] == ["Boiler", "Citrus", "Città Élite"]
    boiler = rig.get(f"/{kind}?q=boiler").get_json()["items"][0]["id"]
    rig.change(f"/{kind}/{boiler}", {"active": False, "name": "Heater"})
    assert [each["name"] for each in rig.get(f"/{kind}?active=false").get_json()["items"]] == ["Heater"]
    assert rig.get(f"/{kind}?q=boiler").get_json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/products", {}, "name"),
        ("/products", {"name": " "}, "name"),
        ("/products", {"name": "x", "code": "a\nb"}, "code"),
        ("/products", {"name": "x", "hours": 3}, "hours"),
        ("/projects", {"name": "x", "starts_on": "2025-13-01"}, "starts_on"),
        ("/projects", {"name": "x", "starts_on": "2025-02-02", "ends_on": "2025-02-01"}, "ends_on"),
        ("/projects", {"name": "x", "organization": "nobody"}, "organization"),
        ("/contracts", {"name": "x", "project": "nothing"}, "project"),
        ("/contracts", {"name": "x", "hours": -1}, "hours"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(
    rig: Rig, path: str, body: dict[str, Any], field: str
) -> None:
    answer = rig.post(path, body)
    assert (answer.status_code, [each["field"] for each in answer.get_json()["errors"]]) == (422, [field])
    assert rig.get(path).get_json()["items"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_ticket_names_is_not_deleted(rig: Rig, kind: str) -> None:
    made, number = _made(rig, f"/{kind}", name="Care"), rig.hear()
    _set(rig, number, **{kind.removesuffix("s"): made["id"]})
    refused = _gone(rig, f"/{kind}/{made['id']}")
    problem = refused.get_json()
    assert (refused.status_code, problem["type"], problem["count"]) == (
        409,
        "urn:sportello:problem:in-use",
        1,
    )
    _set(rig, number, **{kind.removesuffix("s"): None})
    assert _gone(rig, f"/{kind}/{made['id']}").status_code == 204


def test_a_project_that_a_contract_names_is_not_deleted(rig: Rig) -> None:
    project = _made(rig, "/projects", name="Heating")["id"]
    _made(rig, "/contracts", name="Care", project=project)
    assert "1 contracts" in _gone(rig, f"/projects/{project}").get_json()["title"]


def test_worked_time_adds_up_on_the_ticket_and_is_taken_off_its_contract(rig: Rig) -> None:
    contract = _made(rig, "/contracts", name="Care", hours=10)
    number, other = rig.hear(), rig.hear()
    for each in (number, other):
        _set(rig, each, contract=contract["id"])
    body = {"minutes": 90, "worked_on": "2025-02-27", "note": "On site"}
    entry = rig.post(f"/tickets/{number}/time-entries", body, key="t")
    assert (entry.status_code, entry.get_json()["user"]) == (201, ANNA)
    assert rig.post(f"/tickets/{number}/time-entries", body, key="t").get_json() == entry.get_json()
    _made(rig, f"/tickets/{number}/time-entries", minutes=150, worked_on="2025-02-28", user=BRUNO)
    _made(rig, f"/tickets/{other}/time-entries", minutes=60, worked_on="2025-02-28")
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (ticket["hours"], ticket["days"]) == (4.0, 0.5)
    read = rig.get(f"/contracts/{contract['id']}").get_json()
    assert (read["hours_worked"], read["hours_left"]) == (5.0, 5.0)
    assert rig.get("/contracts").get_json()["items"] == [read]

    path = f"/tickets/{number}/time-entries/{entry.get_json()['id']}"
    changed = rig.change(path, {"minutes": 30})
    assert (changed.status_code, changed.get_json()["minutes"]) == (200, 30)
    assert rig.get(f"/tickets/{number}").get_json()["hours"] == 3.0
    assert _gone(rig, path).status_code == 204
    assert rig.get(f"/tickets/{number}").get_json()["hours"] == 2.5
    assert len(rig.get(f"/tickets/{number}/time-entries").get_json()["items"]) == 1
    assert _history(rig, number, "hours") == [(0.0, 1.5), (1.5, 4.0), (4.0, 3.0), (3.0, 2.5)]
    kept = [(was and was["minutes"], now and now["minutes"]) for was, now in _history(rig, number, "time")]
    assert kept == [(None, 90), (None, 150), (90, 30), (30, None)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"minutes": 0, "worked_on": "2025-02-27"}, "minutes"),
        ({"minutes": 1441, "worked_on": "2025-02-27"}, "minutes"),
        ({"minutes": 1.5, "worked_on": "2025-02-27"}, "minutes"),
        ({"minutes": 10}, "worked_on"),
        ({"minutes": 10, "worked_on": "yesterday"}, "worked_on"),
        ({"minutes": 10, "worked_on": "2025-02-27", "user": "nobody"}, "user"),
        ({"minutes": 10, "worked_on": "2025-02-27", "intervention": "none"}, "intervention"),
    ],
)
def test_time_that_cannot_be_is_refused_and_changes_nothing(
    rig: Rig, body: dict[str, Any], field: str
) -> None:
    number = rig.hear()
    before = rig.get(f"/tickets/{number}").get_json()
    answer = rig.post(f"/tickets/{number}/time-entries", body)
    assert (answer.status_code, [each["field"] for each in answer.get_json()["errors"]]) == (422, [field])
    assert rig.get(f"/tickets/{number}").get_json() == before


def test_an_entry_belongs_to_its_ticket_alone(rig: Rig) -> None:
    number, other = rig.hear(), rig.hear()
    entry = _made(rig, f"/tickets/{number}/time-entries", minutes=5, worked_on="2025-02-27")
    assert rig.get(f"/tickets/{other}/time-entries/{entry['id']}").status_code == 404
    wrong = f"/tickets/{other}/time-entries/{entry['id']}"
    assert rig.patch(wrong, {"minutes": 6}, match='"x"').status_code == 404


def test_an_intervention_takes_over_what_the_ticket_says(rig: Rig) -> None:
    number = rig.hear("La caldaia perde")
    _set(rig, number, assignee=BRUNO, planned_at=format_utc(rig.clock.now))
    made = _made(rig, f"/tickets/{number}/interventions", minutes=90)
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (made["ticket"], made["title"], made["description"]) == (
        number,
        ticket["title"],
        ticket["description"],
    )
    assert (made["technician"], made["planned_at"], made["status"]) == (
        BRUNO,
        "2025-02-27T12:00:00Z",
        "planned",
    )
    own = {"title": "Valve", "description": "", "technician": None, "planned_at": "2025-03-01T08:00:00Z"}
    given = _made(rig, f"/tickets/{number}/interventions", **own)
    assert {name: given[name] for name in own} == own
    assert rig.get(f"/tickets/{number}/interventions").get_json()["items"] == [given, made]


def test_an_intervention_is_carried_out_and_reported_in_the_tickets_history(rig: Rig) -> None:
    number = rig.hear()
    path = f"/interventions/{_made(rig, f'/tickets/{number}/interventions', title='Valve')['id']}"
    rig.clock.forward(hours=1)
    assert rig.change(path, {"status": "in_progress"}).get_json()["started_at"] == "2025-02-27T13:00:00Z"
    rig.clock.forward(hours=1)
    done = rig.change(path, {"status": "done", "report": "Replaced."}).get_json()
    assert (done["ended_at"], done["report"]) == ("2025-02-27T14:00:00Z", "Replaced.")
    wrong = rig.change(path, {"status": "cancelled"})
    assert (wrong.status_code, wrong.get_json()["allowed"]) == (409, ["in_progress"])
    assert _history(rig, number, "intervention.status") == [
        ("planned", "in_progress"),
        ("in_progress", "done"),
    ]
    assert _history(rig, number, "intervention.report") == [("", "Replaced.")]
    entry = {"minutes": 30, "worked_on": "2025-02-27", "intervention": path.rpartition("/")[2]}
    _made(rig, f"/tickets/{number}/time-entries", **entry)
    assert _gone(rig, path).get_json()["type"] == "urn:sportello:problem:in-use"


def test_a_customers_interventions_are_found_over_all_tickets(rig: Rig) -> None:
    phone = "+393351110000"
    number = rig.hear(phone=phone)
    made = _made(rig, f"/tickets/{number}/interventions", title="One")
    _made(rig, f"/tickets/{rig.hear()}/interventions", title="Somebody else's")
    contact = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]
    assert rig.get(f"/contacts/{contact}/interventions").get_json()["items"] == [made]
    assert rig.get("/contacts/nobody/interventions").status_code == 404


def test_interventions_are_listed_by_technician_state_and_plan(rig: Rig) -> None:
    number = rig.hear()
    for title, day, technician in (("b", 2, BRUNO), ("a", 1, ANNA), ("c", 3, BRUNO)):
        rig.clock.forward(minutes=1)
        body = {"title": title, "planned_at": f"2025-03-0{day}T08:00:00Z", "technician": technician}
        _made(rig, f"/tickets/{number}/interventions", **body)
    _made(rig, f"/tickets/{number}/interventions", title="d", status="cancelled")

    def titles(query: str) -> list[str]:
        found = rig.get(f"/interventions?{query}")
        assert found.status_code == 200, found.text
        return [each["title"] for each in found.get_json()["items"]]

    assert titles("") == ["d", "c", "a", "b"]
    assert titles("sort=planned") == ["a", "b", "c"]
    assert titles(f"technician={BRUNO}&sort=planned") == ["b", "c"]
    assert titles("status=cancelled,done") == ["d"]
    assert titles("planned_from=2025-03-02T00:00:00Z&planned_to=2025-03-03T00:00:00Z") == ["b"]
    first = rig.get("/interventions?sort=planned&limit=2").get_json()
    assert titles(f"sort=planned&limit=2&cursor={first['next']}") == ["c"]


def test_a_technician_has_to_exist(rig: Rig) -> None:
    answer = rig.post(f"/tickets/{rig.hear()}/interventions", {"technician": "nobody"})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "technician")
