"""The home page: what needs the reader first, the desk's numbers with charts, tables and files."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from services.ticket_service.store.queries_statistics import StatisticsQueries, TooMuch
from tests.ticket_service.api.rig import ANNA, BRUNO, Rig
from tests.ticket_service.console.rig import Screen, page, sign_in

pytestmark = pytest.mark.integration


def rows(found: BeautifulSoup) -> list[str]:
    return [" ".join(each.text.split()) for each in found.select("#attention .row-item")]


def test_own_tickets_come_first_the_late_one_on_top(rig: Rig) -> None:
    policy = {"name": "All", "targets": [{"name": "first_response", "minutes": 60, "warn_percent": 50}]}
    waiting = rig.hear(name="Waits longest")
    rig.change(f"/tickets/{waiting}", {"assignee": ANNA})
    other = rig.hear(name="Of Bruno")
    rig.change(f"/tickets/{other}", {"assignee": BRUNO})
    assert not any("Of Bruno" in each for each in rows(page(rig, "/")))
    policy.pop("targets")
    policy["targets"] = [{"name": "first_response", "minutes": 60}]
    assert rig.post("/settings/sla-policies", policy).status_code == 201
    late = rig.hear(name="Late one")
    rig.clock.forward(hours=2)
    rig.change(f"/tickets/{late}", {"assignee": ANNA})
    shown = rows(page(rig, "/"))
    assert "Late one" in shown[0]
    assert "Late ·" in shown[0]
    assert "Waits ·" in shown[1]
    assert len(shown) == 2


def test_who_has_nothing_to_do_is_told_where_there_is_something(rig: Rig) -> None:
    found = page(rig, "/", user="bruno")
    assert "Nothing of yours is waiting." in found.text
    assert found.select_one('#attention a[href="/tickets?open=true&assignee=none"]')


def test_what_is_broken_is_said_to_who_can_mend_it(rig: Rig) -> None:
    rig.reports("sending", "failing", "WhatsApp refuses the access token")
    rig.quarantine()
    alarms = page(rig, "/").select_one("#alarms")
    assert alarms is not None
    assert "WhatsApp refuses the access token" in alarms.text
    assert "1 message could not be handled" in alarms.text
    assert not page(rig, "/", user="vera").select("#alarms p")


def numbers(rig: Rig, query: str = "", user: str = "anna") -> BeautifulSoup:
    rig.web.services.statistics.forget()
    return page(rig, f"/home/numbers{query}", user=user)


def test_the_numbers_have_tables_files_and_lists_behind_them(rig: Rig) -> None:
    rig.hear()
    rig.hear()
    found = numbers(rig, "?days=30")
    tiles = {each.select_one(".stat-label").text: each for each in found.select(".tile")}  # type: ignore[union-attr]
    assert tiles["Open"].select_one(".stat-value").text == "2"  # type: ignore[union-attr]
    assert tiles["Unassigned"]["href"] == "/tickets?open=true&assignee=none"
    assert len(found.select("#per-day-table tbody tr")) == 30
    client = sign_in(rig)
    files = {each["href"] for each in found.select("a[download]")}
    assert len(files) == 6
    for address in files:
        answer = client.get(str(address))
        assert answer.status_code == 200, answer.text
        assert answer.content_type.startswith("text/csv")


def test_a_team_has_its_own_numbers_and_its_own_lists(rig: Rig) -> None:
    team = rig.post("/teams", {"name": "First line", "members": [BRUNO]}).get_json()["id"]
    rig.change(f"/tickets/{rig.hear()}", {"group": team})
    rig.hear()
    found = numbers(rig, f"?team={team}")
    tile = found.select_one(".tile")
    assert tile is not None
    assert tile.select_one(".stat-value").text == "1"  # type: ignore[union-attr]
    assert f"group={team}" in str(tile["href"])
    assert found.select_one(f'option[value="{team}"]').has_attr("selected")  # type: ignore[union-attr]


@pytest.mark.parametrize("query", ["?days=5", "?days=x", "?days=" + "9" * 400, "?team=" + "x" * 5000])
def test_an_odd_address_shows_the_usual_numbers(rig: Rig, query: str) -> None:
    assert len(numbers(rig, query).select("#per-day-table tbody tr")) == 7


def test_a_part_that_takes_too_long_says_so_and_the_others_are_there(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*given: Any) -> Any:
        raise TooMuch

    monkeypatch.setattr(StatisticsQueries, "opened", slow)
    found = numbers(rig)
    assert "Counting this takes too long." in found.text
    assert found.select_one("#by-status")


def test_names_show_as_text(rig: Rig) -> None:
    hostile = "<script>alert(1)</script>"
    rig.change(f"/tickets/{rig.hear(hostile, name=hostile)}", {"assignee": ANNA, "title": hostile})
    found = page(rig, "/")
    assert hostile in found.text
    assert not [each for each in found.select("script") if "alert" in each.text]


def test_home_on_screen(rig: Rig, screen: Screen) -> None:
    rig.change(f"/tickets/{rig.hear()}", {"assignee": ANNA})
    for width, dark in ((1440, False), (360, True)):
        shown = screen.open("/", width=width, dark=dark)
        shown.locator("#by-agent").wait_for()
        shown.locator("figure canvas").first.wait_for()
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screen.axe(shown)
    shown.get_by_text("30 days").click()
    shown.wait_for_url("**/?days=30")
    shown.locator("#per-day-table tbody tr").nth(29).wait_for(state="attached")


def test_own_tickets_follow_what_happens(rig: Rig, screen: Screen) -> None:
    number = rig.hear(name="Just assigned")
    shown = screen.open("/", user="bruno")
    shown.get_by_text("Nothing of yours is waiting.").wait_for()
    shown.locator("#by-agent").wait_for()
    rig.change(f"/tickets/{number}", {"assignee": BRUNO})
    shown.locator("#attention", has_text="Just assigned").wait_for()
