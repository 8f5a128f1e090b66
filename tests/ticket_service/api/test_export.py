"""Lists of tickets as files, over REST."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from services.ticket_service.api import export
from tests.ticket_service.api.rig import ANNA, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration


def table(rig: Rig, **query: str) -> list[list[str]]:
    """The rows of a CSV export."""
    answer = rig.get("/tickets/export", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="tickets-2025-02-27.csv"')
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def test_a_list_becomes_a_file_with_names_and_local_times(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    numbers = []
    for position in range(5):
        numbers.append(rig.hear("=cmd|' /C calc'!A0", name=f"Customer {position}"))
        rig.clock.forward(minutes=1)
    rig.change(f"/tickets/{numbers[0]}", {"assignee": ANNA, "priority": "high", "tags": ["a", "b"]})
    columns = "number,requester,status,assignee,priority,tags,created_at"
    rows = table(rig, columns=columns, sort="created")
    assert rows[0] == columns.split(",")
    assert [row[0] for row in rows[1:]] == numbers
    assert rows[1][1:] == ["Customer 0", "Open", "anna", "High", "a, b", "2025-02-27 13:00:00"]
    assert table(rig, columns="title", q="nothing") == [["title"]]
    rig.change(f"/tickets/{numbers[0]}", {"title": "=1+1"})
    assert table(rig, columns="title", priority="high")[1:] == [["'=1+1"]]


def test_the_same_as_a_workbook(rig: Rig) -> None:
    number = rig.hear()
    answer = rig.get("/tickets/export", query_string={"format": "xlsx", "columns": "number,created_at,hours"})
    assert answer.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = load_workbook(io.BytesIO(answer.get_data())).active
    rows = list(sheet.values)
    assert rows[0] == ("number", "created_at", "hours")
    assert (rows[1][0], str(rows[1][1]), rows[1][2]) == (number, "2025-02-27 13:00:00", 0)


def test_an_export_ends_somewhere(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_TICKETS", 2)
    for _ in range(3):
        rig.hear()
    assert len(table(rig)) == 3


def test_it_needs_its_permission(rig: Rig) -> None:
    answer = rig.get("/tickets/export", token=OTHER_TOKEN)
    assert (answer.status_code, answer.get_json()["permission"]) == (403, "tickets.export")


@pytest.mark.parametrize(
    ("query", "field"),
    [({"format": "pdf"}, "format"), ({"columns": "password"}, "columns"), ({"sort": "x"}, "sort")],
)
def test_a_wrong_value_is_named(rig: Rig, query: dict[str, str], field: str) -> None:
    answer = rig.get("/tickets/export", query_string=query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
