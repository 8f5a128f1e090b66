"""The frame around every page: where somebody is can be seen, and its words are not cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from services.ticket_service.console.languages import LANGUAGES
from tests.ticket_service.api.rig import ANNA, Rig
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration
CUT_OFF = "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.textContent)"


def test_the_sections_are_named_in_full_in_every_language(rig: Rig, screen: Screen) -> None:
    cut = {}
    for language in LANGUAGES:
        rig.db["users"].update_one({"_id": ANNA}, {"$set": {"language": language}})
        cut[language] = screen.open("/calendar").locator(".rail-link > span").evaluate_all(CUT_OFF)
    assert cut == {language: [] for language in LANGUAGES}


def test_the_section_one_is_in_is_in_sight_however_long_the_list_is(screen: Screen) -> None:
    page = screen.open("/settings/audit")
    expect(page.locator(".settings-nav [aria-current=page]")).to_be_in_viewport(ratio=1)
    page = screen.open("/settings/audit", width=360)
    expect(page.locator(".rail-list [aria-current=page]")).to_be_in_viewport(ratio=1)


def test_many_things_to_do_leave_the_heading_its_room(rig: Rig, screen: Screen) -> None:
    page = screen.open("/settings/templates")
    heading = page.locator(".page-head > :first-child").bounding_box()
    assert heading
    assert heading["width"] > 330


def test_the_line_above_a_conversation_is_not_cut_off(rig: Rig, screen: Screen) -> None:
    page = screen.open(f"/tickets/{rig.hear(name='Somebody whose name is as long as the line has room')}")
    room = page.locator("#ticket-fields")
    assert room.evaluate("each => each.scrollWidth <= each.clientWidth")
    expect(page.get_by_text("Description and origin")).to_be_in_viewport(ratio=1)


def test_on_a_phone_the_subject_has_a_line_of_its_own(rig: Rig, screen: Screen) -> None:
    number = rig.hear()
    rig.change(f"/tickets/{number}", {"title": "La caldaia in cucina perde"})
    subject = screen.open(f"/tickets/{number}", width=360).get_by_label("Subject")
    assert subject.evaluate("each => each.scrollWidth <= each.clientWidth")
