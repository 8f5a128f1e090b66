"""The doors in a real browser: what people see, type and get."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Page, expect

from services.ticket_service.domain.first_run import code_digest
from services.ticket_service.store import collections as names
from services.ticket_service.store.preparing_people import PreparingPeople
from tests.ticket_service.api.rig import ANNA, EMAIL, PASSWORD, Rig
from tests.ticket_service.console.rig import Screen

pytestmark = pytest.mark.integration


def type_log_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("width", [360, 1440])
def test_a_wrong_password_is_said_the_right_one_leads_on_and_the_way_out_is_in_the_menu(
    rig: Rig, screen: Screen, width: int
) -> None:
    screen.allowed.append("401")
    page = screen.open("/profile", user=None, width=width)
    screen.axe(page)
    type_log_in(page, "wrong")
    expect(page.get_by_role("alert").first).to_contain_text("is not right")
    expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
    screen.axe(page)
    type_log_in(page)
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
    page.locator(".rail-me").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_second_factor_is_set_up_used_and_taken_away(rig: Rig, screen: Screen) -> None:
    page = screen.open("/profile/security")
    screen.axe(page)
    page.get_by_role("button", name="Set it up").click()
    page.locator("#begin-password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    secret = page.locator("#confirm-factor [data-secret]")
    expect(secret).to_have_text(re.compile("[A-Z2-7]{32}"))
    screen.axe(page)
    device = pyotp.TOTP(secret.inner_text())
    page.locator("#confirm-code").fill(device.at(rig.clock.now))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator("#recovery li")
    expect(codes).to_have_count(10)
    code = codes.first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.locator("#second-factor")).to_contain_text("On since")
    other = screen.open("/login", user=None)
    type_log_in(other)
    expect(other.get_by_role("heading", name="Your second factor")).to_be_visible()
    screen.axe(other)
    other.get_by_label("Code").fill(code)
    other.get_by_role("button", name="Continue").click()
    expect(other.locator(".rail")).to_be_visible()
    rig.clock.forward(seconds=60)
    page.get_by_role("button", name="Do without it").first.click()
    page.locator("#drop-code").fill(device.at(rig.clock.now))
    page.locator("#drop-factor").get_by_role("button", name="Do without it").click()
    expect(page.get_by_role("button", name="Set it up")).to_be_visible()


def test_other_browsers_are_logged_out_from_the_list_and_by_another_password(
    rig: Rig, screen: Screen
) -> None:
    screen.allowed += ["401"]
    other = screen.open("/profile")
    page = screen.open("/profile/security")
    rows = page.locator("#sessions li")
    expect(rows).to_have_count(2)
    rows.get_by_role("button", name="Log out").click()
    expect(rows).to_have_count(1)
    other.reload()
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()
    type_log_in(other)
    page.get_by_label("Password of now").fill(PASSWORD)
    page.get_by_label("New password").fill("another long password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_label("Password of now")).to_have_value("")
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()
    rig.db[names.USERS].update_one({"_id": ANNA}, {"$set": {"version": 1}})


def test_a_token_is_shown_once_and_revoked(rig: Rig, screen: Screen) -> None:
    page = screen.open("/profile/tokens", width=360)
    page.get_by_role("button", name="New token").click()
    page.get_by_label("What uses it").fill("Backoffice")
    screen.axe(page)
    page.get_by_role("button", name="Make the token").click()
    shown = page.locator("#shown-token [data-answer=token]")
    expect(shown).to_have_text(re.compile("^spt_"))
    assert rig.get("/me", token=shown.inner_text()).status_code == 200
    page.get_by_role("button", name="I have kept it").click()
    row = page.locator("#tokens li", has_text="Backoffice")
    row.get_by_role("button", name="Revoke").click()
    page.locator("#question [data-yes]").click()
    expect(row).to_have_count(0)


def test_what_one_likes_is_kept_and_seen_at_once(rig: Rig, screen: Screen) -> None:
    page = screen.open("/profile", width=360)
    screen.axe(page)
    page.get_by_label("Colours").select_option("dark")
    page.get_by_label("Lists").select_option("compact")
    page.locator("form", has=page.get_by_label("Colours")).get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    screen.axe(page)
    page.get_by_label("Time zone").select_option("Europe/Lisbon")
    page.locator("form", has=page.get_by_label("Time zone")).get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-time-zone", "Europe/Lisbon")


@pytest.mark.parametrize("width", [360, 1440])
def test_a_new_desk_is_opened_in_the_language_of_who_opens_it(rig: Rig, screen: Screen, width: int) -> None:
    screen.allowed += ["403"]
    rig.db[names.USERS].delete_many({})
    rig.store._cached.clear()  # type: ignore[attr-defined]
    PreparingPeople(rig.db).first_run(code_digest("abcd-efgh-jkmn"), datetime.now(UTC))
    page = screen.open("/", user=None, width=width, timezone_id="Europe/Rome")
    expect(page.locator("select[name=time_zone]")).to_have_value("Europe/Rome")
    page.locator("input[name=name]").fill("Carla")
    page.locator("select[name=language]").select_option("de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("input[name=name]")).to_have_value("Carla")
    screen.axe(page)
    page.locator("input[name=code]").fill("wrong")
    page.locator("input[name=email]").fill("carla@example.org")
    page.locator("input[name=password]").fill("a long new password")
    page.locator("input[value=S003]").check()
    page.locator(".door-form > button").click()
    expect(page.locator("input[name=code]")).to_have_class(re.compile("is-wrong"))
    expect(page.locator("input[value=S003]")).to_be_checked()
    page.locator("input[name=code]").fill("ABCD EFGH JKMN")
    page.locator("input[name=password]").fill("a long new password")
    page.locator(".door-form > button").click()
    expect(page.locator(".rail")).to_be_visible()
    page.close()  # with the desk cleaned away, what the page still asks for would be refused
    rig.clean()
