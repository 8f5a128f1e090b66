"""Lists of tickets as pages: which tickets, in which order and shape, and what can be done with them."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.ports import Changes
from tests.ticket_service.api.rig import ANNA, BRUNO, OTHER_TOKEN, Rig
from tests.ticket_service.console.rig import page, sign_in

pytestmark = pytest.mark.integration
ROWS: Final[dict[str, Any]] = {"HX-Request": "true", "HX-Target": "rows"}
"""How the browser asks for rows alone."""


def shown(found: BeautifulSoup) -> list[str]:
    """The numbers of the tickets on a page, in their order."""
    return [
        str(row["data-number"]) for row in found.select("#list-body .ticket-row, #list-body .ticket-card")
    ]


def row(found: BeautifulSoup, number: str) -> Any:
    return found.select_one(f"#row-{number}")


def titled(found: BeautifulSoup) -> str:
    title = found.select_one("#list-title .clip")
    return title.get_text(strip=True) if title else ""


def chips(found: BeautifulSoup) -> list[str]:
    return [each.get_text(" ", strip=True) for each in found.select(".chip-filter")]


def several(rig: Rig, count: int) -> list[str]:
    """Tickets of that many customers, a minute apart."""
    numbers = []
    for _ in range(count):
        numbers.append(rig.hear("Buongiorno, vorrei contattarvi"))
        rig.clock.forward(minutes=1)
    return numbers


def test_what_there_is_to_do_is_shown_first_and_the_last_changed_on_top(rig: Rig) -> None:
    first, second, third = several(rig, 3)
    rig.change(f"/tickets/{second}", {"status": "closed"})
    assert shown(page(rig, "/tickets")) == [third, first]
    assert shown(page(rig, "/tickets?sort=created")) == [first, second, third]
    assert shown(page(rig, "/tickets?status=closed")) == [second]


def test_a_row_tells_who_what_how_it_stands_and_who_is_responsible(rig: Rig) -> None:
    (number,) = several(rig, 1)
    rig.change(f"/tickets/{number}", {"assignee": BRUNO})
    found = row(page(rig, "/tickets"), number)
    words = found.get_text(" ", strip=True)
    for part in ("Daniele Asmonti", "Buongiorno, vorrei contattarvi", "Open", "Bruno", "Not read yet"):
        assert part in words
    assert found.select_one(".mark-whatsapp")["title"] == "WhatsApp"
    assert found.select_one("time")["datetime"].startswith("2025-02-27T12:0")
    rig.change(f"/tickets/{number}", {"title": "Caldaia ferma"})
    rig.post(f"/tickets/{number}/read")
    words = row(page(rig, "/tickets"), number).get_text(" ", strip=True)
    assert "Caldaia ferma" in words
    assert "Buongiorno" not in words
    assert "Not read yet" not in words


def test_what_a_stranger_wrote_is_text(rig: Rig) -> None:
    number = rig.hear('<script>alert("x")</script>', name='"><img src=x onerror=alert(1)>')
    for shape in ("list", "board", "table"):
        found = page(rig, f"/tickets?as={shape}")
        assert 'alert("x")' in row(found, number).get_text()
        assert not found.select("img[src=x]")
        assert not [each for each in found.select("script") if each.get_text(strip=True)]


def test_statuses_are_counted_and_keep_the_other_filters(rig: Rig) -> None:
    first, second, _third = several(rig, 3)
    rig.change(f"/tickets/{first}", {"status": "closed"})
    found = page(rig, "/tickets")
    counts = {
        each["data-count-status"]: each.get_text(strip=True)
        for each in found.select("#list-statuses [data-count-status]")
    }
    assert (counts[":open"], counts["open"], counts["closed"], counts[":all"]) == ("2", "2", "1", "3")
    (here,) = found.select("#list-statuses .active [data-count-status]")
    assert here["data-count-status"] == ":open"
    (here,) = page(rig, "/tickets?status=open").select("#list-statuses .active [data-count-status]")
    assert here["data-count-status"] == "open"
    rig.change(f"/tickets/{second}", {"assignee": ANNA})
    found = page(rig, "/tickets?assignee=me&open=true")
    assert titled(found) == "Mine"
    closed = found.select_one('#list-statuses a:has([data-count-status="closed"])')
    assert closed is not None
    assert parse_qs(urlsplit(str(closed["href"])).query) == {
        "assignee": ["me"],
        "status": ["closed"],
        "sort": ["-updated"],
    }
    # What is not the desk's own counter is counted after the page is there.
    assert found.select("#list-statuses [data-count-status][hidden]")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("assignee=none&open=true", "Unassigned"),
        ("unread=true&open=true", "Not read yet"),
        ("unanswered=true&status=open", "Customer waits for an answer"),
        ("watcher=me&sort=created", "Watched by me"),
        ("deleted=only&sort=-updated", "Deleted"),
        ("priority=high", "Tickets"),
    ],
)
def test_a_list_that_is_always_there_is_called_by_its_name(rig: Rig, query: str, title: str) -> None:
    assert titled(page(rig, f"/tickets?{query}")) == title


def test_each_filter_is_a_mark_that_can_be_taken_away(rig: Rig) -> None:
    (number,) = several(rig, 1)
    rig.change(f"/tickets/{number}", {"priority": "high", "tags": ["estate"]})
    address = (
        "/tickets?priority=high,urgent&tag=estate&unread=true&created_from=2025-02-27&created_to=2025-02-27"
    )
    found = page(rig, address)
    assert shown(found) == [number]
    assert chips(found) == [
        "Priority High, Urgent",
        "Tags estate",
        "Created Feb 27, 2025 to Feb 27, 2025",
        "Not read yet",
    ]
    without = found.select(".chip-filter")[0]["href"]
    assert "priority" not in parse_qs(urlsplit(str(without)).query)
    assert shown(page(rig, str(without))) == [number]
    assert shown(page(rig, f"{address}&hours_from=1")) == []


def test_days_are_those_of_the_readers_zone(rig: Rig) -> None:
    rig.clock.now = rig.clock.now.replace(hour=23, minute=30)  # already the 28th in Rome
    (number,) = several(rig, 1)
    assert shown(page(rig, "/tickets?created_from=2025-02-28&created_to=2025-02-28")) == [number]
    assert shown(page(rig, "/tickets?created_to=2025-02-27")) == []
    found = page(rig, "/tickets?created_from=2025-02-28&created_to=2025-02-28")
    assert [str(found.select_one(f"[name=created_{end}]")["value"]) for end in ("from", "to")] == [  # type: ignore[index]
        "2025-02-28",
        "2025-02-28",
    ]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("hours_from=abc", "hours_from"),
        ("created_from=2025-99-99", "created_from"),
        ("unread=perhaps", "unread"),
        ("sort=colour", "sort"),
        ("view=0197f3c0-dead-7000-8000-00000000beef", "view"),
        ("status=" + ",".join(f"s{n}" for n in range(60)), "status"),
    ],
)
def test_what_means_nothing_is_left_out_and_said(rig: Rig, query: str, named: str) -> None:
    found = page(rig, f"/tickets?{query}")
    said = found.select_one(".list-ignored")
    assert said is not None
    assert named in said.get_text()


@pytest.mark.parametrize("query", ["cursor=garbage", "q=%00", "as=cube", "assignee=&q=%20", "nothing=1"])
def test_what_says_nothing_is_passed_over(rig: Rig, query: str) -> None:
    (number,) = several(rig, 1)
    assert shown(page(rig, f"/tickets?{query}")) == [number]


def test_more_rows_follow_and_none_twice(rig: Rig) -> None:
    numbers = several(rig, 53)
    found = page(rig, "/tickets")
    assert shown(found) == numbers[:-51:-1]
    more = found.select_one("#rows-more a")
    assert more is not None
    part = page(rig, str(more["hx-get"]), **ROWS)
    assert [str(each["data-number"]) for each in part.select("#rows > .ticket-row")] == numbers[2::-1]
    assert part.select_one("#rows-more")["hidden"] == ""  # type: ignore[index]
    assert part.select_one(".list-head") is None
    # Without scripts the same address is a page of its own.
    assert shown(page(rig, str(more["href"]))) == numbers[2::-1]
    # A cursor of another order begins that order anew.
    assert shown(page(rig, f"{more['href']}&sort=created"))[0] in (numbers[0], numbers[2])


def test_everything_on_a_page_keeps_its_shape(rig: Rig) -> None:
    numbers = several(rig, 51)
    found = page(rig, "/tickets?as=table")
    part = page(rig, str(found.select_one("#rows-more a")["hx-get"]), **ROWS)  # type: ignore[index]
    assert [str(each["data-number"]) for each in part.select("tbody#rows > tr")] == numbers[:1]
    rig.call("PUT", "/me/preferences/ui/tickets:as", json={"value": "board"})
    beside = page(rig, f"/tickets/{numbers[0]}")
    links = [str(each["hx-get"]) for each in beside.select("#list-pane [hx-target='#list-pane']")]
    assert len(links) > 10
    assert all("as=list" in each for each in [*links, str(beside.select_one("#list-pane")["data-address"])])  # type: ignore[index]
    assert page(rig, "/tickets").select_one("#list-pane")["data-address"] == "/tickets"  # type: ignore[index]


def test_rows_that_are_shown_are_read_anew_also_when_they_left_the_list(rig: Rig) -> None:
    first, second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"status": "closed"})
    part = page(rig, f"/tickets?also={first}&also=TT404", **ROWS)
    assert [str(each["data-number"]) for each in part.select("#rows > .ticket-row")] == [second]
    (also,) = part.select("#rows-also > .ticket-row")
    assert (also["data-number"], "is-elsewhere" in also["class"]) == (first, True)


def test_the_board_has_all_statuses_and_those_filters(rig: Rig) -> None:
    first, second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"status": "closed", "priority": "high"})
    found = page(rig, "/tickets?as=board")
    lanes = {
        str(lane["data-lane"]): [str(card["data-number"]) for card in lane.select(".ticket-card")]
        for lane in found.select(".lane")
    }
    assert lanes == {
        "open": [second],
        "waiting_for_response": [],
        "customer_responded": [],
        "closed": [first],
    }
    assert shown(page(rig, "/tickets?as=board&priority=high")) == [first]
    only = page(rig, "/tickets?as=board&status=closed")
    assert [str(lane["data-lane"]) for lane in only.select(".lane")] == ["closed"]


def rate(rig: Rig, number: str, score: int) -> None:
    loaded, changes = rig.store.load_ticket(number), Changes()
    assert loaded is not None
    loaded.ticket.satisfaction = Satisfaction(score, "", rig.clock.now)
    changes.touch(loaded.ticket)
    rig.store.save(changes)


def test_the_table_has_the_chosen_columns_and_is_sorted_by_their_heads(rig: Rig) -> None:
    first, second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"priority": "low", "tags": ["estate", "urgente"]})
    rate(rig, first, 4)
    preferences = rig.get("/me/preferences")
    rig.patch(
        "/me/preferences",
        {"columns": {"tickets": ["number", "priority", "tags", "satisfaction", "nonsense"]}},
        match=preferences.headers["ETag"],
    )
    found = page(rig, "/tickets?as=table")
    heads = [each.get_text(strip=True) for each in found.select("thead th")[1:]]
    assert heads == ["Number", "Priority", "Tags", "Rating"]
    assert [each.get_text(strip=True) for each in row(found, first).select("td")[1:]] == [
        first,
        "Low",
        "estate, urgente",
        "",
    ]
    stars = [each.select_one(".stars") for each in (row(found, first), row(found, second))]
    assert [each and each["aria-label"] for each in stars] == ["4 of 5", None]
    rated = page(rig, "/tickets?satisfaction=4&rated=true")
    assert shown(rated) == [first]
    assert "4 of 5" in [each.get_text(strip=True) for each in rated.select("#filter-satisfaction label")]
    by = found.select_one("#sort-priority")
    assert by is not None
    again = page(rig, f"{by['href']}&as=table")
    assert shown(again) == [first, second]
    assert [th["aria-sort"] for th in again.select("thead th[aria-sort]")] == ["none", "ascending"]


def test_the_shape_is_remembered_and_a_ticket_opens_beside_a_list(rig: Rig) -> None:
    (number,) = several(rig, 1)
    answer = rig.call("PUT", "/me/preferences/ui/tickets:as", json={"value": "board"})
    assert answer.status_code == 204, answer.text
    assert page(rig, "/tickets").select_one(".board") is not None
    assert page(rig, "/tickets?as=table").select_one("table") is not None
    assert page(rig, "/tickets", user="bruno").select_one(".board") is None
    beside = page(rig, f"/tickets/{number}?as=board")
    assert beside.select_one(".board") is None
    assert beside.select_one(f"#open-{number}")["aria-current"] == "true"  # type: ignore[index]


def test_a_view_is_shown_as_it_was_saved_and_says_when_it_no_longer_is(rig: Rig) -> None:
    first, _second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"priority": "urgent"})
    saved = rig.post(
        "/views",
        {"name": "Urgent ones", "filter": {"priority": ["urgent"]}, "sort": "created", "shared": "all"},
    ).get_json()
    found = page(rig, f"/tickets?view={saved['id']}")
    assert (titled(found), shown(found)) == ("Urgent ones", [first])
    assert found.select_one(f'[data-api="DELETE /api/v1/views/{saved["id"]}"]') is not None
    assert found.select_one('[data-done="The view is saved as it is shown."]') is None
    without = str(found.select_one(".chip-filter")["href"])  # type: ignore[index]
    changed = page(rig, without)
    assert len(shown(changed)) == 2
    save = changed.select_one('[data-done="The view is saved as it is shown."]')
    assert save is not None
    # An agent sees what is for everybody and changes nothing of it.
    theirs = page(rig, f"/tickets?view={saved['id']}", user="bruno")
    assert titled(theirs) == "Urgent ones"
    assert theirs.select_one(f'[data-api="DELETE /api/v1/views/{saved["id"]}"]') is None
    assert theirs.select_one("#save-view-shared") is None


def test_views_stand_under_who_they_are_for(rig: Rig) -> None:
    for name, shared in (("Mine alone", "own"), ("For all", "all")):
        rig.post("/views", {"name": name, "shared": shared, "filter": {}})
    menu = page(rig, "/tickets").select_one(".list-menu")
    assert menu is not None
    words = menu.get_text(" ", strip=True)
    assert words.index("Your views") < words.index("Mine alone") < words.index("Views for everybody")
    assert "Mine alone" not in page(rig, "/tickets", user="bruno").get_text()


def test_everybody_sees_what_they_may_do_and_no_more(rig: Rig) -> None:
    several(rig, 1)
    admin, agent, viewer = (page(rig, "/tickets?as=board", user=who) for who in ("anna", "bruno", "vera"))
    assert admin.select("#list-picked")
    assert admin.select('a[href*="/export"]')
    assert agent.select("#changing")
    assert agent.select("[data-move]")
    assert not agent.select("#list-picked, a[href*='/export']")
    assert not viewer.select("#changing, [data-move], #list-picked, a[href='/tickets/new']")


def test_deleted_tickets_are_listed_for_who_may_delete(rig: Rig) -> None:
    kept, gone = several(rig, 2)
    etag = rig.get(f"/tickets/{gone}").headers["ETag"]
    assert rig.call("DELETE", f"/tickets/{gone}", headers={"If-Match": etag}).status_code in (200, 204)
    assert shown(page(rig, "/tickets?deleted=only")) == [gone]
    other = page(rig, "/tickets?deleted=only", user="bruno")
    assert shown(other) == [kept]
    assert other.select_one(".list-ignored") is not None


def test_one_search_finds_tickets_people_organizations_and_conversations(rig: Rig) -> None:
    number = rig.hear("Il Terminale non si accende", name="Greta Terminale")
    rig.post("/organizations", {"name": "Terminale S.r.l."})
    found = page(rig, "/search?q=terminale")
    groups = {
        str(each["aria-labelledby"]): each.get_text(" ", strip=True) for each in found.select(".search-group")
    }
    assert set(groups) == {"found-tickets", "found-contacts", "found-organizations", "found-conversations"}
    assert row(found, number) is not None
    assert "Terminale S.r.l." in groups["found-organizations"]
    assert "Nothing found" in page(rig, "/search?q=xyzzy").get_text()
    assert "What are you looking for?" in page(rig, "/search?q=%00").get_text()


def test_an_empty_list_says_what_comes_next(rig: Rig) -> None:
    assert "All done" in page(rig, "/tickets").get_text()
    found = page(rig, "/tickets?priority=high")
    assert "No ticket fits" in found.get_text()
    assert page(rig, "/tickets", user="vera").select_one('.empty a[href="/tickets/new"]') is None


def test_the_list_as_a_file_is_the_list_that_is_shown(rig: Rig) -> None:
    first, _second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"priority": "high"})
    found = page(rig, "/tickets?priority=high")
    address = str(found.select_one('a[href*="format=csv"]')["href"])  # type: ignore[index]
    answer = sign_in(rig).get(address)
    assert answer.status_code == 200
    lines = answer.text.strip().splitlines()
    assert len(lines) == 2
    assert first in lines[1]
    assert rig.call("GET", address.removeprefix("/api/v1"), token=OTHER_TOKEN).status_code == 403
