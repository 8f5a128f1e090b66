"""Settings in a browser: sorted by hand, groups of fields, looks before saving, and for everybody's eyes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.pango import need_pango
from tests.support.waiting import wait_until
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration


def keys(screen: Screen) -> list[str]:
    return [each["key"] for each in screen.rig.get("/settings/statuses").get_json()["items"]]


def grip(page: Page, name: str) -> Any:
    return page.locator(f"[data-sorted-name='{name}'] [data-grip]")


def test_statuses_are_sorted_by_dragging_by_keys_and_by_buttons(screen: Screen) -> None:
    page = screen.open("/settings/statuses")
    page.locator("[data-sortable]").wait_for()
    box, target = grip(page, "Closed").bounding_box(), grip(page, "Open").bounding_box()
    assert box
    assert target
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] - 4, steps=8)
    page.mouse.up()
    wait_until(lambda: keys(screen)[0] == "closed")
    grip(page, "Closed").focus()
    page.keyboard.press("ArrowDown")
    wait_until(lambda: keys(screen)[:2] == ["open", "closed"])
    page.get_by_role("button", name="Move Closed down").click()
    page.get_by_role("button", name="Move Closed down").click()
    wait_until(lambda: keys(screen)[-1] == "closed")
    expect(page.locator("#toasts")).to_contain_text("Closed is number 4 now.")


def test_an_order_that_is_refused_goes_back_on_the_screen(screen: Screen) -> None:
    page = screen.open("/settings/statuses")
    page.locator("[data-sortable]").wait_for()
    screen.rig.post("/settings/statuses", {"key": "late", "label": "Late"})
    screen.allowed.append("422")
    page.get_by_role("button", name="Move Closed up").click()
    expect(page.locator("#toasts .is-bad")).to_be_visible()
    shown = page.locator("[data-sorted-key]").evaluate_all(
        "items => items.map(each => each.dataset.sortedKey)"
    )
    assert shown == ["open", "waiting_for_response", "customer_responded", "closed"]


def test_a_status_is_made_with_roles_and_reasons(screen: Screen) -> None:
    page = screen.open("/settings/statuses/new")
    page.get_by_label("Name").fill("Waiting for parts")
    page.get_by_label("Key", exact=False).and_(page.locator("input")).fill("parts")
    page.get_by_label("Waiting for the customer").check()
    expect(page.get_by_label("Reasons to choose from")).to_be_hidden()
    page.get_by_label("Ask for a reason").check()
    page.get_by_label("Reasons to choose from").fill("Ordered\nNot available")
    page.get_by_role("button", name="Add status").click()
    page.wait_for_url("**/settings/statuses")
    made = screen.rig.get("/settings/statuses/parts").get_json()
    assert (made["roles"], made["justifications"]) == (["waiting_customer"], ["Ordered", "Not available"])


def test_a_preset_is_taken_with_the_places_that_were_chosen(screen: Screen) -> None:
    number = screen.rig.hear()
    page = screen.open("/settings/presets/S003")
    page.get_by_label("From Waiting for response to").select_option("closed")
    page.get_by_role("button", name="Work this way").click()
    page.wait_for_url("**/settings/statuses")
    assert keys(screen) == ["open", "pending", "closed", "spam"]
    assert screen.rig.get(f"/tickets/{number}").get_json()["status"]["key"] == "open"


def test_the_next_numbers_show_while_a_pattern_is_typed(screen: Screen) -> None:
    page = screen.open("/settings/numbering")
    page.get_by_label("A pattern with the date").check()
    page.get_by_label("Pattern", exact=True).fill("{yyyy}/{seq:4}")
    screen.allowed.append("422")
    expect(page.locator("#sample-error")).to_contain_text("letters, digits")
    page.get_by_label("Pattern", exact=True).fill("R{yy}-{seq:4}")
    expect(page.locator("[data-sample=now]")).to_contain_text("-0001")
    expect(page.locator("#sample-error")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    assert screen.rig.get("/settings/numbering").get_json()["mask"] == "R{yy}-{seq:4}"


def test_a_policy_says_at_its_line_what_is_wrong_and_keeps_what_was_typed(screen: Screen) -> None:
    page = screen.open("/settings/service-levels/new")
    page.get_by_label("Name").fill("Urgent")
    page.get_by_role("button", name="Add a promise").click()
    second = page.locator("[data-item]").nth(1)
    second.get_by_label("Minutes of open time").fill("30")
    second.get_by_label("Warn at percent").fill("")
    second.get_by_label("or minutes before").fill("30")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Urgent", exact=True).check()
    screen.allowed.append("422")
    page.get_by_role("button", name="Add policy").click()
    expect(page.locator("[data-summary]")).to_contain_text("less than the minutes of the target")
    expect(page.locator("[id='targets.1.warn_minutes']")).to_have_class("form-control is-wrong")
    second.get_by_label("or minutes before").fill("10")
    page.get_by_role("button", name="Add policy").click()
    page.wait_for_url("**/settings/service-levels")
    (policy,) = screen.rig.get("/settings/sla-policies").get_json()["items"]
    assert policy["conditions"] == {"priority": ["urgent"]}
    assert [(each["name"], each["minutes"], each["warn_minutes"]) for each in policy["targets"]] == [
        ("first_response", 60, None),
        ("resolution", 30, 10),
    ]


def test_a_week_with_a_break_and_the_holidays_of_a_region(screen: Screen) -> None:
    page = screen.open("/settings/calendars/new")
    page.get_by_label("Name").fill("Office")
    page.get_by_label("Monday, closes at").fill("13:00")
    page.get_by_role("button", name="Add a range on Monday").click()
    page.locator("[data-day=friday] [data-remove-range]").click()
    page.get_by_label("Country").select_option("IT")
    page.get_by_label("Region").select_option("RM")
    expect(page.locator("#holidays")).to_contain_text("Saints Peter and Paul")
    page.get_by_role("button", name="Add a day").click()
    page.get_by_label("Day", exact=True).fill("2026-06-24")
    page.get_by_label("Every year").check()
    page.get_by_role("button", name="Add calendar").click()
    page.wait_for_url("**/settings/calendars")
    (made,) = screen.rig.get("/settings/calendars").get_json()["items"]
    days = [(each["weekday"], each["opens"], each["closes"]) for each in made["hours"]]
    assert days[:3] == [
        ("monday", "09:00", "13:00"),
        ("monday", "14:00", "18:00"),
        ("tuesday", "09:00", "18:00"),
    ]
    assert "friday" not in {day for day, _, _ in days}
    assert (made["subdivision"], made["closed_days"]) == (
        "RM",
        [{"day": "2026-06-24", "label": "", "every_year": True}],
    )


def test_a_rule_is_tried_before_it_is_added(screen: Screen) -> None:
    screen.rig.knows("please_answer")
    page = screen.open("/settings/assignment-rules/new")
    page.locator("#rule").get_by_label("Name").fill("Invoices")
    page.get_by_label("Any of these, one on each line").fill("fattura\ninvoice")
    page.get_by_label("Priority").select_option("urgent")
    page.get_by_label("Tags to add").fill("billing, money")
    page.locator("#try-text").fill("La Fattura è sbagliata")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("[data-verdict]")).to_contain_text("These rules apply: Invoices")
    expect(page.locator("[data-verdict]")).to_contain_text("Urgent")
    assert screen.rig.get("/settings/assignment-rules").get_json()["items"] == []
    page.get_by_role("button", name="Add rule").click()
    page.wait_for_url("**/settings/assignment-rules")
    (rule,) = screen.rig.get("/settings/assignment-rules").get_json()["items"]
    assert rule["conditions"] == [{"subject": "keyword", "any_of": ["fattura", "invoice"]}]
    assert (rule["actions"]["set"], rule["actions"]["tags"]) == ({"priority": "urgent"}, ["billing", "money"])
    page.get_by_label("Subject and first message").fill("Buongiorno")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("[data-verdict]")).to_contain_text("No rule applies")


def test_tickets_close_by_themselves_after_a_reminder_with_a_template(screen: Screen) -> None:
    components = [{"type": "BODY", "text": "Buongiorno {{1}}, ci scriva."}]
    screen.rig.knows("please_answer", components=components)
    page = screen.open("/settings/auto-close")
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("A ticket that is").select_option("waiting_for_response")
    page.get_by_label("for days").fill("7")
    page.get_by_label("Remind the customer before").check()
    page.get_by_label("After days").fill("5")
    page.get_by_label("Text", exact=True).fill("Ha ancora bisogno di noi?")
    page.get_by_label("WhatsApp: template where the reply window is closed").select_option("please_answer it")
    page.get_by_label("Value for body 1").fill("cliente")
    expect(page.locator("[data-template-text]").first).to_contain_text("Buongiorno cliente")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    (rule,) = screen.rig.get("/settings/auto-close").get_json()["rules"]
    sent = [{"type": "body", "parameters": [{"type": "text", "text": "cliente"}]}]
    assert rule["reminder"]["templates"] == {
        "whatsapp-main": {"name": "please_answer", "language": "it", "components": sent}
    }
    page.reload()
    expect(page.get_by_label("Value for body 1")).to_have_value("cliente")


def test_two_administrators_do_not_overwrite_each_other_silently(screen: Screen) -> None:
    page = screen.open("/settings/desk")
    screen.rig.change("/settings/desk", {"hours_per_day": 7})
    screen.allowed.append("412")
    page.get_by_label("A ticket opened by staff is read at once").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    kept = screen.rig.get("/settings/desk").get_json()
    assert (kept["hours_per_day"], kept["staff_tickets_are_read"]) == (7.0, True)


def test_a_document_is_looked_at_before_it_is_kept(screen: Screen) -> None:
    need_pango()
    number = screen.rig.hear()
    page = screen.open("/settings/documents/new?copy=ticket-summary")
    expect(page.get_by_label("With the values of ticket")).to_have_value(number)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_alt_text("The first page of the document")).to_be_visible(timeout=30_000)
    page.get_by_label("Content").fill("{% if %}")
    screen.allowed.append("422")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("[data-preview-error]")).to_be_visible(timeout=30_000)
