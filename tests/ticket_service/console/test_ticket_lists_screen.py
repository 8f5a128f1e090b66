"""Lists of tickets in a browser: by keyboard and pointer, with news that wait, for all who read them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import Screen
from tests.ticket_service.console.test_ticket_lists import several

pytestmark = pytest.mark.integration


def status_of(rig: Rig, number: str) -> str:
    key: str = rig.get(f"/tickets/{number}").get_json()["status"]["key"]
    return key


def listening(page: Page) -> None:
    """Wait until the page hears what happens."""
    expect(page.locator("html")).to_have_attribute("data-live", "live")


def drag(page: Page, card: str, lane: str) -> None:
    """Drag a card into a lane with the mouse."""
    start, goal = page.locator(card).bounding_box(), page.locator(lane).bounding_box()
    assert start is not None
    assert goal is not None
    page.mouse.move(start["x"] + 40, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 40, steps=3)
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + goal["height"] / 2, steps=5)
    expect(page.locator(lane)).to_have_class(re.compile("is-target"))
    page.mouse.up()


def test_many_tickets_are_selected_by_keyboard_and_changed_at_once(screen: Screen) -> None:
    rig = screen.rig
    numbers = several(rig, 5)
    rig.post("/settings/statuses", {"key": "parked", "label": "Parked", "asks_justification": True})
    page = screen.open("/tickets")
    listening(page)
    page.keyboard.press("j")
    expect(page.locator(f"#open-{numbers[4]}")).to_be_focused()
    page.keyboard.press("x")
    page.locator(f"#row-{numbers[1]} .row-pick input").click(modifiers=["Shift"])
    expect(page.locator("[data-picked]")).to_have_text("4 tickets selected")
    page.keyboard.press("s")
    expect(page.locator("#changing-status")).to_be_focused()
    page.locator("#changing-status").select_option("parked")
    page.locator("#changing-reason").fill("Estate")
    page.locator("#changing-add").fill("estate, urgente")
    page.locator("#changing button[type=submit]").click()
    expect(page.locator(".toast-line").first).to_have_text("4 tickets are changed.")
    expect(page.locator("#list-picked")).to_be_hidden()
    expect(page.locator(f"#row-{numbers[4]} .row-status")).to_contain_text("Parked")
    ticket = rig.get(f"/tickets/{numbers[4]}").get_json()
    assert (ticket["status"]["key"], ticket["justification"], ticket["tags"]) == (
        "parked",
        "Estate",
        ["estate", "urgente"],
    )
    assert status_of(rig, numbers[0]) == "open"


def test_each_ticket_that_refuses_is_named_with_its_reason(screen: Screen) -> None:
    rig = screen.rig
    first, second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"status": "closed"})
    page = screen.open("/tickets?sort=-updated")
    page.locator("#list-picked [data-pick-shown]").evaluate("each => each.click()")
    page.locator("[data-change-picked]").click()
    page.locator("#changing-priority").select_option("high")
    page.locator("#changing button[type=submit]").click()
    refused = page.locator("#changing [data-refused]")
    expect(refused).to_contain_text("1 changed")
    expect(refused.locator("li")).to_contain_text(first)
    assert rig.get(f"/tickets/{second}").get_json()["priority"] == "high"


def test_an_agent_changes_the_ticket_that_has_the_focus(screen: Screen) -> None:
    (number,) = several(screen.rig, 1)
    page = screen.open("/tickets", user="bruno")
    listening(page)
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#changing-assignee")).to_be_focused()
    page.locator("#changing-assignee").select_option(label="Bruno")
    page.locator("#changing button[type=submit]").click()
    expect(page.locator(f"#row-{number} .avatar")).to_have_attribute("title", "Bruno")


def test_news_wait_behind_a_pill_and_nothing_jumps(screen: Screen) -> None:
    rig = screen.rig
    numbers = several(rig, 30)
    page = screen.open("/tickets", height=600)
    listening(page)
    page.locator(f"#row-{numbers[20]} .row-pick input").check()
    page.locator(f"#open-{numbers[10]}").focus()
    scrolled = page.locator("#list-body").evaluate("each => each.scrollTop")
    assert scrolled > 0
    new = rig.hear("Sono nuovo", name="Nuova Persona")
    rig.change(f"/tickets/{numbers[10]}", {"title": "Ha un altro titolo"})
    expect(page.locator("#list-news")).to_have_text("1 new")
    expect(page.locator(f"#row-{numbers[10]}")).to_contain_text("Ha un altro titolo")
    expect(page.locator(f"#open-{numbers[10]}")).to_be_focused()
    expect(page.locator(f"#row-{numbers[20]} .row-pick input")).to_be_checked()
    assert page.locator("#list-body").evaluate("each => each.scrollTop") == scrolled
    expect(page.locator(f"#row-{new}")).to_have_count(0)
    expect(page.locator("[data-count-here]")).to_have_text("31")
    page.locator("#list-news").click()
    expect(page.locator(f"#row-{new}")).to_be_visible()
    expect(page.locator("#list-news")).to_be_hidden()
    expect(page.locator(f"#row-{numbers[20]} .row-pick input")).to_be_checked()


def test_a_ticket_that_left_the_list_stays_faint_until_the_list_is_read_again(screen: Screen) -> None:
    first, _second = several(screen.rig, 2)
    page = screen.open("/tickets")
    listening(page)
    screen.rig.change(f"/tickets/{first}", {"status": "closed"})
    expect(page.locator(f"#row-{first}")).to_have_class(re.compile("is-elsewhere"))
    expect(page.locator("#list-news")).to_be_hidden()
    expect(page.locator("[data-count-here]")).to_have_text("1")


def test_a_card_is_dragged_into_another_status_and_back_by_undo(screen: Screen) -> None:
    rig = screen.rig
    first, second = several(rig, 2)
    page = screen.open("/tickets?as=board", user="bruno")
    listening(page)
    drag(page, f"#row-{first}", "#lane-closed")
    expect(page.locator(f"#lane-closed #row-{first}")).to_be_visible()
    toast = page.locator(".toast-line").filter(has_text=f"{first} is now “Closed”.")
    expect(toast).to_be_visible()
    assert status_of(rig, first) == "closed"
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#lane-open #row-{first}")).to_be_visible()
    expect(page.locator(".toast-line").filter(has_text="is now “Open”")).to_be_visible()
    assert status_of(rig, first) == "open"
    # By keyboard the same is a menu on the card.
    page.locator(f"#row-{second}").get_by_role("button", name=f"Move {second}").press("Enter")
    page.locator(f"#row-{second} [data-move=closed]").press("Enter")
    expect(page.locator(f"#lane-closed #row-{second}")).to_be_visible()
    expect(page.locator(f"#open-{second}")).to_be_focused()
    assert page.url.endswith("as=board")


def test_a_status_that_asks_why_is_given_a_reason_or_nothing_happens(screen: Screen) -> None:
    rig = screen.rig
    (number,) = several(rig, 1)
    asks = {"asks_justification": True, "justifications": ["Cliente in ferie"]}
    rig.post("/settings/statuses", {"key": "parked", "label": "Parked", **asks})
    page = screen.open("/tickets?as=board")
    listening(page)
    drag(page, f"#row-{number}", "#lane-parked")
    expect(page.locator("#reason-text")).to_be_focused()
    page.locator("#reason [data-closes]").last.click()
    expect(page.locator(f"#lane-open #row-{number}")).to_be_visible()
    assert status_of(rig, number) == "open"
    drag(page, f"#row-{number}", "#lane-parked")
    page.locator("#reason-text").fill("Cliente in ferie")
    page.locator("#reason button[type=submit]").click()
    expect(page.locator(".toast-line")).to_contain_text("is now “Parked”")
    assert rig.get(f"/tickets/{number}").get_json()["justification"] == "Cliente in ferie"


def test_a_card_whose_move_is_refused_goes_back(screen: Screen) -> None:
    rig = screen.rig
    (number,) = several(rig, 1)
    page = screen.open("/tickets?as=board")
    listening(page)
    screen.allowed += ["422", "409", "Failed to load resource"]
    page.route(
        f"**/api/v1/tickets/{number}",
        lambda route: (
            route.fulfill(status=409, json={"title": "Close the children first.", "type": "x:children-open"})
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    drag(page, f"#row-{number}", "#lane-closed")
    expect(page.locator(".toast-line.is-bad")).to_contain_text("Close the children first.")
    expect(page.locator(f"#lane-open #row-{number}")).to_be_visible()
    assert status_of(rig, number) == "open"


def test_filters_are_chosen_in_a_panel_and_the_list_is_saved_as_a_view(screen: Screen) -> None:
    rig = screen.rig
    first, _second = several(rig, 2)
    organization = rig.post("/organizations", {"name": "Asmonti Impianti"}).get_json()["id"]
    rig.change(f"/tickets/{first}", {"priority": "urgent", "organization": organization})
    page = screen.open("/tickets")
    listening(page)
    page.locator("[data-opens=filters]").click()
    page.locator("#filter-priority summary").click()
    page.locator("#filter-priority").get_by_label("Urgent").check()
    page.locator("[data-several=organization] [role=combobox]").press_sequentially("Asmonti")
    page.get_by_role("option", name="Asmonti Impianti").click()
    expect(page.locator("[data-several=organization] .chip")).to_contain_text("Asmonti Impianti")
    page.get_by_role("button", name="Show tickets").click()
    expect(page.locator("#rows .ticket-row")).to_have_count(1)
    expect(page.locator(".chip-filter")).to_have_count(2)
    page.locator("#list-title").click()
    page.locator("[data-opens=save-view]").click()
    page.locator("#save-view-name").fill("Asmonti urgenti")
    page.get_by_role("button", name="Save the view").click()
    expect(page.locator("#list-title")).to_contain_text("Asmonti urgenti")
    (saved,) = rig.get("/views").get_json()["items"]
    assert saved["filter"] == {"open": True, "organization": [organization], "priority": ["urgent"]}
    page.locator("#list-title").click()
    expect(page.locator(f'[data-count-view="{saved["id"]}"]')).to_have_text("1")


def test_tickets_open_beside_the_list_and_on_a_phone_in_its_place(screen: Screen) -> None:
    first, second = several(screen.rig, 2)
    page = screen.open("/tickets")
    listening(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(f'#ticket-pane[data-ticket="{first}"]')).to_be_visible()
    expect(page.locator(f"#open-{first}")).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile(f"/tickets/{first}$"))
    page.locator(f"#open-{second}").click()
    expect(page.locator(f'#ticket-pane[data-ticket="{second}"]')).to_be_visible()
    expect(page.locator('#rows [aria-current="true"]')).to_have_count(1)
    # Another status: the list changes, the ticket stays open and in the address.
    page.locator("#list-status").click()
    page.locator("#list-statuses a").filter(has_text="Closed").click()
    expect(page.locator("#list-pane .empty")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/tickets/{second}\?.*status=closed"))
    phone = screen.open("/tickets", width=360)
    expect(phone.locator("#ticket-pane")).to_be_hidden()
    phone.locator(f"#open-{first}").click()
    expect(phone.locator(f'#ticket-pane[data-ticket="{first}"]')).to_be_visible()
    expect(phone.locator("#list-pane")).to_be_hidden()


def test_columns_are_chosen_and_kept(screen: Screen) -> None:
    several(screen.rig, 1)
    page = screen.open("/tickets?as=table")
    listening(page)
    page.get_by_role("button", name="How the list is shown").click()
    page.locator("[data-opens=columns]").click()
    page.locator("#column-tags").check()
    page.locator("#column-priority").uncheck()
    page.get_by_role("button", name="Subject further left").click()
    page.get_by_role("button", name="Show these columns").click()
    heads = page.locator("thead th")
    expect(heads.nth(1)).to_have_text("Subject")
    expect(heads.last).to_have_text("Tags")
    expect(page.locator("#sort-priority")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_lists_are_accessible(screen: Screen, width: int, dark: bool) -> None:
    rig = screen.rig
    first, second = several(rig, 2)
    rig.change(f"/tickets/{first}", {"priority": "urgent", "tags": ["estate"]})
    rig.change(f"/tickets/{second}", {"status": "closed"})
    page = screen.open("/tickets", width=width, dark=dark)
    listening(page)
    for path in (
        "/tickets?sort=-updated",
        "/tickets?as=board",
        "/tickets?as=table&priority=urgent",
        "/tickets?assignee=me",
        "/search?q=buongiorno",
    ):
        page.goto(path)
        screen.axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (path, wide)
    page.goto("/tickets")
    for opens in ("filters", "changing"):
        page.locator(f"#{opens}").evaluate("each => each.showModal()")
        screen.axe(page, within=f"#{opens}")
        page.keyboard.press("Escape")
