"""The pages of canned replies: who sees which, who is offered to change them."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import OTHER_TOKEN, Rig
from tests.ticket_service.console.rig import Screen, page

pytestmark = pytest.mark.integration
PATH = "/settings/canned-replies"


def kept(rig: Rig, title: str, token: str | None = None, **more: str) -> str:
    """The id of a canned reply."""
    document = {"title": title, "body": "Buongiorno {{ customer.first_name }}", **more}
    answer = rig.post("/canned-replies", document, **({"token": token} if token else {}))
    assert answer.status_code == 201, answer.text
    reply_id: str = answer.get_json()["id"]
    return reply_id


def test_the_list_shows_own_and_shared_ones_and_is_searched(rig: Rig) -> None:
    kept(rig, "Greeting", shared="all", shortcut="hello")
    kept(rig, "Mine alone")
    kept(rig, "Bruno's own", OTHER_TOKEN)
    titles = [each.text for each in page(rig, PATH).select(".row-item strong")]
    assert titles == ["Greeting", "Mine alone"]
    bruno = page(rig, PATH, user="bruno")
    assert [each.text for each in bruno.select(".row-item strong")] == ["Greeting", "Bruno's own"]
    found = page(rig, f"{PATH}?q=gree").select(".row-item code")
    assert [each.text for each in found] == ["/hello"]
    assert page(rig, f"{PATH}?q=nothing").select_one(".empty-title") is not None


def test_whoever_may_not_change_one_can_read_it(rig: Rig) -> None:
    shared = kept(rig, "Greeting", shared="all")
    for user, changes in (("anna", True), ("bruno", False), ("vera", False)):
        form = page(rig, f"{PATH}/{shared}", user=user)
        assert (form.select_one("[data-canned] button[type=submit]") is not None) is changes, user
        assert (form.select_one("[data-canned] fieldset[disabled]") is None) is changes, user
    assert page(rig, f"{PATH}/{kept(rig, 'Mine')}", user="bruno", status=404)
    assert page(rig, f"{PATH}/new", user="vera", status=403)


def test_one_is_written_with_a_preview_and_found_in_the_list(rig: Rig, screen: Screen) -> None:
    screen.allowed.append("422")
    here = screen.open(f"{PATH}/new", user="bruno")
    here.locator("#f-title").fill("Greeting <b>")
    here.locator("#f-body").fill("Dear {{ customer.nmae }}")
    here.get_by_text("customer.nmae. Use").wait_for()
    here.locator("#f-body").fill("Dear ")
    here.get_by_role("button", name="First name of the customer").click()
    here.get_by_text("Dear <customer.first_name>").wait_for()
    screen.axe(here)
    here.get_by_role("button", name="Save").click()
    here.get_by_text("Greeting <b>").wait_for()
    screen.axe(here)
    stored = rig.get("/canned-replies", token=OTHER_TOKEN).get_json()["items"]
    assert [(each["title"], each["body"]) for each in stored] == [
        ("Greeting <b>", "Dear {{ customer.first_name }}")
    ]
