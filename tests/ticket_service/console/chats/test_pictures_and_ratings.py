"""What people have for those who chat: a picture of their own; and what customers say of them, in numbers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

from shared.contracts import visitor_acted
from tests.support.demo import picture
from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import BRUNO, Rig
from tests.ticket_service.console.chats.test_visitor_pages import did, words, wrote
from tests.ticket_service.console.rig import Screen, attribute, one, page

pytestmark = pytest.mark.integration


def test_a_picture_is_chosen_seen_everywhere_and_taken_away(rig: Rig, screen: Screen, tmp_path: Path) -> None:
    file, no_file = tmp_path / "io.png", tmp_path / "no.png"
    file.write_bytes(picture(300, 200))
    no_file.write_bytes(b"no picture at all")
    screen.allowed.append("422")
    page = screen.open("/profile")
    mine = page.locator("[data-portrait]")

    mine.get_by_label("Choose a picture").set_input_files(no_file)
    expect(mine.get_by_role("alert")).to_contain_text("cannot be read as a picture")
    mine.get_by_label("Choose a picture").set_input_files(file)
    expect(mine.locator(".avatar img")).to_be_visible()
    expect(page.locator("nav .avatar img")).to_have_count(1)
    screen.axe(page, within="#content")
    mine.get_by_role("button", name="Take it away").click()
    expect(mine.locator(".avatar img")).to_have_count(0)
    wait_until(lambda: rig.get("/me").get_json()["user"]["picture"] is None)


def test_the_picture_of_a_colleague_is_set_by_who_may_and_shown_to_all(rig: Rig) -> None:
    data = {"file": (io.BytesIO(picture(60, 40)), "b.png", "image/png")}
    assert rig.call("PUT", f"/users/{BRUNO}/picture", data=data).status_code == 200

    rows = page(rig, "/settings/users", user="vera")
    source = attribute(rows, ".avatar img", "src")

    assert source.startswith(f"/api/v1/users/{BRUNO}/picture?v=")
    assert one(page(rig, f"/settings/users/{BRUNO}"), "[data-portrait] img")["src"] == source
    assert not page(rig, f"/settings/users/{BRUNO}", user="vera").select("[data-portrait]")


def test_what_customers_say_is_counted_on_the_first_page(rig: Rig) -> None:
    for at, score in enumerate((5, 5, 2)):
        visitor_id = f"v-{at:032x}"
        number = wrote(rig, visitor_id=visitor_id)
        rig.clock.forward(minutes=1)
        did(rig, visitor_acted.RATED, visitor_id=visitor_id, ticket_number=number, score=score)

    shown = page(rig, "/home/numbers")

    assert words(shown, ".ratings-all") == "4 3 ratings"
    bars = [each.get_text(strip=True) for each in shown.select("[aria-labelledby=ratings] .bars td.numeric")]
    assert bars == ["2", "0", "0", "1", "0"]
    assert "Sito" in words(shown, "#ratings-table")
