"""Records and the calendar as pages: what they show, what they offer, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.ticket_service.api.rig import BRUNO, Rig
from tests.ticket_service.console.rig import page

pytestmark = pytest.mark.integration


def plan(rig: Rig, at: str | None, **wanted: Any) -> str:
    body = {"title": "Change the valve", "planned_at": at, **wanted}
    made = rig.post(f"/tickets/{rig.hear()}/interventions", body)
    assert made.status_code == 201, made.text
    return str(made.get_json()["id"])


def where(soup: BeautifulSoup, intervention: str) -> list[str]:
    """The days on which an intervention stands."""
    return [
        str(each.find_parent(attrs={"data-day": True})["data-day"])  # type: ignore[index]
        for each in soup.select(f'[data-intervention="{intervention}"]')
    ]


def words(soup: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in soup.select(selector)]


def test_an_intervention_stands_on_its_day_in_every_view(rig: Rig) -> None:
    known = plan(rig, "2025-02-28T08:30:00Z", minutes=90, technician=BRUNO)
    assert where(page(rig, "/calendar"), known) == ["2025-02-28"]
    week = page(rig, "/calendar?view=week")
    assert where(week, known) == ["2025-02-28"]
    (event,) = week.select(f'[data-intervention="{known}"]')
    assert {"cal-from-10", "cal-for-6", "cal-lane-1", "step-planned"} <= set(event["class"])
    assert not page(rig, "/calendar?view=day").select("[data-intervention]"), "today is the day before"
    assert where(page(rig, "/calendar?view=day&on=2025-02-28"), known) == ["2025-02-28"]
    (row,) = words(page(rig, "/calendar?view=agenda"), ".agenda-day .row-item")
    assert "09:30" in row.replace("9:30 AM", "09:30")
    assert "Bruno" in row


def test_what_began_before_a_view_is_shown_in_it(rig: Rig) -> None:
    known = plan(rig, "2025-02-26T22:00:00Z", minutes=120)
    assert where(page(rig, "/calendar?view=day&on=2025-02-27"), known) == ["2025-02-27"]


def test_the_calendar_is_narrowed_by_technician_and_status(rig: Rig) -> None:
    mine = plan(rig, "2025-02-28T08:30:00Z", technician=BRUNO)
    other = plan(rig, "2025-02-28T08:30:00Z")
    rig.change(f"/interventions/{other}", {"status": "done"})
    of_bruno = page(rig, f"/calendar?technician={BRUNO}")
    assert where(of_bruno, mine)
    assert not where(of_bruno, other)
    done = page(rig, "/calendar?status=done")
    assert where(done, other)
    assert not where(done, mine)
    assert page(rig, "/calendar?technician=nobody&status=none&view=nonsense&on=tomorrow").select(".month")


@pytest.mark.parametrize(("user", "moves"), [("bruno", True), ("vera", False)])
def test_only_who_may_change_interventions_is_offered_to_move_them(rig: Rig, user: str, moves: bool) -> None:
    known = plan(rig, "2025-02-28T08:30:00Z")
    soup = page(rig, "/calendar", user=user)
    assert bool(soup.select("[data-moves]")) == moves
    dialog = page(rig, f"/calendar/interventions/{known}", user=user)
    assert bool(dialog.select("[data-api]")) == moves
    page(rig, "/calendar/new", user=user, status=200 if moves else 403)


def test_an_intervention_offers_the_steps_it_can_take(rig: Rig) -> None:
    known = plan(rig, "2025-02-28T08:30:00Z", technician=BRUNO, minutes=90)
    soup = page(rig, f"/calendar/interventions/{known}")
    assert words(soup, ".sheet-about button") == ["Begin", "Done", "Call off"]
    form = soup.select_one("form[data-only-changed]")
    assert form is not None
    assert form["data-api"] == f"PATCH /api/v1/interventions/{known}"
    started = rig.patch(f"/interventions/{known}", {"status": "done"}, match=str(form["data-etag"]))
    assert started.status_code == 200
    assert words(page(rig, f"/calendar/interventions/{known}"), ".sheet-about button") == ["Take up again"]


def test_time_worked_in_an_intervention_is_shown_with_its_sum(rig: Rig) -> None:
    known = plan(rig, "2025-02-28T08:30:00Z")
    number = rig.get(f"/interventions/{known}").get_json()["ticket"]
    entry = {"minutes": 75, "worked_on": "2025-02-28", "note": "Valve"}
    rig.post(f"/tickets/{number}/time-entries", {**entry, "intervention": known})
    rig.post(f"/tickets/{number}/time-entries", entry)
    soup = page(rig, f"/calendar/interventions/{known}")
    assert words(soup, "#worked-title") == ["Time worked · 1 h 15 min"]
    assert len(soup.select(".worked .row-item")) == 1
    assert not soup.select('[data-api^="DELETE"]'), "with time on it it is called off instead"


def test_a_new_intervention_is_planned_for_a_ticket(rig: Rig) -> None:
    number = rig.hear()
    assert page(rig, "/calendar/new?day=2025-03-01").select('[name="ticket"]')
    form = page(rig, f"/calendar/new?ticket={number}&day=2025-03-01").select_one("form")
    assert form is not None
    assert form["data-api"] == f"POST /api/v1/tickets/{number}/interventions"
    at = form.select_one('[name="planned_at"]')
    assert at is not None
    assert at["value"] == "2025-03-01T09:00"
    page(rig, "/calendar/new?ticket=TT99999", status=404)


def test_an_address_names_the_intervention_to_open(rig: Rig) -> None:
    known = plan(rig, "2025-06-12T08:30:00Z")
    soup = page(rig, f"/calendar?intervention={known}")
    assert where(soup, known) == ["2025-06-12"]
    assert soup.select(f'[data-open-now="/calendar/interventions/{known}"]')
    assert not page(rig, "/calendar?intervention=../../users").select("[data-open-now]")


def test_a_ticket_lends_its_sheet_the_same_fields(rig: Rig) -> None:
    sheet = page(rig, f"/tickets/{rig.hear()}/sheets/interventions")
    (form,) = sheet.select('form[data-api^="POST"]')
    names = {str(each["name"]) for each in form.select("[name]")}
    assert names == {"title", "technician", "planned_at", "minutes", "description"}
    assert "Bruno" in form.get_text()


def test_records_are_found_and_shown_with_their_tickets_and_hours(rig: Rig) -> None:
    acme = rig.post("/organizations", {"name": "Acme"}).get_json()["id"]
    contract = {"name": "Care 2025", "code": "C-25", "hours": 40, "organization": acme}
    care = rig.post("/contracts", contract).get_json()["id"]
    number = rig.hear()
    rig.change(f"/tickets/{number}", {"contract": care, "hours": 2.5})
    (row,) = words(page(rig, "/records/contracts?q=c-25"), "#records > li")
    assert "Acme" in row
    assert "37.5 of 40 h left" in row
    record = page(rig, f"/records/contracts/{care}")
    assert number in record.get_text()
    assert "37.5 h" in record.get_text()
    assert f"PATCH /api/v1/contracts/{care}" in {
        str(each["data-api"]) for each in record.select("main [data-api]")
    }
    assert not page(rig, f"/records/contracts/{care}", user="vera").select("main [data-api]")
    assert "Nothing fits." in page(rig, "/records/contracts?q=zzz").get_text()


@pytest.mark.parametrize("kind", ["products", "projects", "contracts"])
def test_every_kind_has_a_list_and_a_form(rig: Rig, kind: str) -> None:
    assert "Nothing here yet." in page(rig, f"/records/{kind}").get_text()
    assert "None is switched off." in page(rig, f"/records/{kind}?active=false").get_text()
    form = page(rig, f"/records/{kind}/new", user="bruno").select_one("form[data-api]")
    assert form is not None
    sent = {str(each["name"]) for each in form.select("[name]")}
    made = rig.post(f"/{kind}", {"name": "Boiler C24"})
    assert sent <= set(made.get_json()), "the form sends only what the interface knows"
    page(rig, f"/records/{kind}/new", user="vera", status=403)


def test_there_are_no_other_kinds(rig: Rig) -> None:
    page(rig, "/records/users", status=404)
    page(rig, "/records/products/nothing", status=404)
