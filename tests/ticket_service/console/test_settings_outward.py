"""Settings about people, other programs and what comes and goes: shown right, changed by the interface."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from services.ticket_service.auditing import kind_name
from services.ticket_service.console.settings.audited import THINGS
from services.ticket_service.console.settings.outward_words import EVENTS, REASONS, TEMPLATE
from services.ticket_service.console.settings.people_words import PERMISSIONS, ROLES
from services.ticket_service.domain import permissions
from services.ticket_service.store.kinds import KINDS
from shared.contracts import template_changed, ticket_fact
from tests.ticket_service.api.rig import ANNA, BRUNO, CHANNEL, Rig
from tests.ticket_service.console.rig import Screen, page

PAGES: Final = (
    *("users", f"users/{BRUNO}", "users?which=gone", "teams", "roles", "channels", f"channels/{CHANNEL}"),
    *("templates", "notifications", "tokens", "webhooks", "quarantine", "quarantine?state=all"),
    "notifications/words?event=opened&audience=requester&language=it",
)
REFUSED: Final = re.compile(r"\b(?:Malformed|Poison)\(\s*\"([a-z-]+)\"")
ONLY_CHANGING: Final = ("users/new", "teams/new", "templates/new", "webhooks/new")


def test_every_reason_to_put_something_aside_has_words() -> None:
    """The reasons are named where things are refused, in services that do not know the console."""
    sources = (path.read_text() for path in Path("services").rglob("*.py"))
    named = {reason for text in sources for reason in REFUSED.findall(text)}
    assert len(named) > 15
    assert named <= set(REASONS)


def test_every_permission_role_event_and_kind_has_words() -> None:
    assert set(PERMISSIONS) == permissions.ALL
    assert set(ROLES) == set(permissions.ROLES)
    assert set(EVENTS) == set(ticket_fact.TYPES)
    assert set(TEMPLATE) == set(template_changed.STATUSES)
    audited = {kind_name(kind) for kind, how in KINDS.items() if how.audited}
    assert audited <= set(THINGS), audited - set(THINGS)


@pytest.mark.integration
@pytest.mark.parametrize("path", PAGES)
def test_a_viewer_sees_and_can_change_nothing(rig: Rig, path: str) -> None:
    found = page(rig, f"/settings/{path}", user="vera")
    own = "tokens"  # everybody makes tokens for oneself
    if path != own:
        buttons = found.select("main button[data-api]:not([disabled])")
        assert not [each for each in buttons if not each.find_parent("fieldset", disabled=True)]
        assert not found.select("main form[data-api] > fieldset:not([disabled])")


@pytest.mark.integration
@pytest.mark.parametrize("path", [*ONLY_CHANGING, "audit"])
def test_who_may_not_is_told_so(rig: Rig, path: str) -> None:
    found = page(rig, f"/settings/{path}", user="bruno", status=403)
    assert "You may not see this." in found.text


@pytest.mark.integration
def test_users_with_their_tickets_and_where_they_are_logged_in(rig: Rig) -> None:
    rig.change(f"/tickets/{rig.hear()}", {"assignee": BRUNO})
    rig.change(f"/users/{BRUNO}", {"capacity": 5})
    assert "1 of 5 tickets" in _words(page(rig, "/settings/users"))
    page(rig, "/", user="bruno")
    one = page(rig, f"/settings/users/{BRUNO}")
    assert one.select("#sessions .row-item")
    rig.change(f"/users/{BRUNO}", {"active": False})
    assert "Bruno" not in str(page(rig, "/settings/users").select_one("#users"))
    assert "Bruno" in str(page(rig, "/settings/users?which=gone").select_one("#users"))


@pytest.mark.integration
def test_the_table_of_roles_is_the_one_that_is_held(rig: Rig) -> None:
    rows = page(rig, "/settings/roles").select("tbody tr")
    assert len(rows) == len(permissions.ALL)
    for row in rows:
        key = row.code.text  # type: ignore[union-attr]
        shown = [bool(cell.select("svg")) for cell in row.select("td")]
        assert shown == [key in permissions.ROLES[role] for role in ROLES]


@pytest.mark.integration
def test_a_channel_shows_the_worst_first_with_its_remedy(rig: Rig) -> None:
    rig.reports("quality", "ok", "Quality is high")
    rig.reports("sending", "failing", "WhatsApp refuses the access token")
    assert "WhatsApp refuses the access token" in page(rig, "/settings/channels").text
    aspects = page(rig, f"/settings/channels/{CHANNEL}").select(".aspect")
    assert "WhatsApp refuses the access token" in aspects[0].text
    assert "Does not work" in aspects[0].text
    assert "Quality is high" in aspects[1].text


@pytest.mark.integration
def test_templates_with_why_they_were_rejected(rig: Rig) -> None:
    rig.knows("please_answer")
    rig.knows("offers", "rejected", reason="INVALID_FORMAT", template_id="2")
    assert len(page(rig, "/settings/templates").select("#templates li")) == 2
    found = page(rig, "/settings/templates?status=rejected")
    assert [each.text for each in found.select("#templates .row-title")] == ["offers"]
    one = page(rig, str(found.select_one("#templates a")["href"]))  # type: ignore[index]
    assert "INVALID_FORMAT" in one.text
    assert "Abbiamo una risposta per lei." in one.text


@pytest.mark.integration
def test_the_log_of_a_webhook_with_each_try(rig: Rig) -> None:
    made = rig.post(
        "/settings/webhooks", {"url": "https://hooks.example.com/x", "events": ["ticket.opened"]}
    ).get_json()
    now = rig.clock.now
    attempt = {"at": now, "status": None, "error": "connection refused", "milliseconds": 12}
    rig.db["webhook_deliveries"].insert_one(
        {
            **{"_id": "d1", "webhook_id": made["id"], "event_id": "e", "event_type": "ticket.opened"},
            **{"ticket_id": "t", "ticket_number": "TT1", "body": "{}", "created_at": now, "due_at": now},
            **{"expires_at": now, "state": "failed", "tries": 1, "attempts": [attempt], "version": 1},
            "delivered_at": None,
        }
    )
    found = page(rig, f"/settings/webhooks/{made['id']}")
    assert "connection refused" in _words(found)
    assert found.select_one('[data-api$="/deliveries/d1/resend"]')
    assert not page(rig, f"/settings/webhooks/{made['id']}?state=delivered").select("#deliveries li")


@pytest.mark.integration
def test_the_audit_log_says_who_changed_what_and_is_narrowed(rig: Rig) -> None:
    rig.change(f"/users/{BRUNO}", {"name": "Bruno Neri"})
    rig.post("/teams", {"name": "First line", "members": []})
    entries = [_words(each) for each in page(rig, "/settings/audit").select("#entries > li")]
    assert "Team" in entries[0]
    assert "name" in entries[1]
    assert "Bruno Neri" in entries[1]
    for query, count in (("what=team", 1), (f"who={ANNA}", 2), (f"who={BRUNO}", 0), (f"subject={BRUNO}", 1)):
        assert len(page(rig, f"/settings/audit?{query}").select("#entries > li")) == count, query
    for query, count in (
        ("from=2025-02-27&to=2025-02-27", 2),
        ("from=2025-02-28", 0),
        ("to=2025-02-26", 0),
        ("from=nonsense", 2),
    ):
        assert len(page(rig, f"/settings/audit?{query}").select("#entries > li")) == count, query


@pytest.mark.integration
def test_the_audit_log_calls_things_by_their_names_where_it_knows_them(rig: Rig) -> None:
    rig.change(f"/users/{BRUNO}", {"signature": "Saluti"})
    team = rig.post("/teams", {"name": "First line", "members": []}).get_json()
    rig.change(f"/teams/{team['id']}", {"members": [BRUNO]})

    called = [each.get_text() for each in page(rig, "/settings/audit").select(".audit-subject")]

    assert called == [team["id"], "First line", rig.get(f"/users/{BRUNO}").get_json()["name"]]


@pytest.mark.integration
def test_quarantine_with_reason_and_what_came_dead_letters_among_them(rig: Rig) -> None:
    item = rig.quarantine()
    rig.quarantine("dead-letter-rejected", replayable=False)
    rig.quarantine("something-else")
    assert len(page(rig, "/settings/quarantine").select("#items li")) == 3
    dead = page(rig, "/settings/quarantine?reason=dead-letters").select("#items li")
    assert [_words(each.select_one(".row-title")) for each in dead] == ["Dead letter: refused too often"]
    one = page(rig, f"/settings/quarantine/{item}")
    assert "No channel has the phone number id 5550001." in one.text
    assert json.loads(one.select_one("pre").text) == {"id": "5550001"}  # type: ignore[union-attr]
    assert rig.post(f"/quarantine/{item}/replay").status_code == 200
    assert not page(rig, f"/settings/quarantine/{item}").select("main [data-api]")
    assert len(page(rig, "/settings/quarantine?state=replayed").select("#items li")) == 1


@pytest.mark.integration
def test_hostile_text_in_quarantine_shows_as_text(rig: Rig) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    item = rig.quarantine(hostile)
    for path in ("/settings/quarantine", f"/settings/quarantine/{item}"):
        found = page(rig, path)
        assert hostile in found.text
        assert not found.select("img[onerror]")


@pytest.mark.integration
def test_notices_show_which_words_are_own(rig: Rig) -> None:
    text = {"event": "opened", "audience": "requester", "language": "it", "subject": "S", "body": "Ciao"}
    rig.change("/settings/notifications", {"texts": [text], "sends": {"opened": ["staff"]}})
    found = page(rig, "/settings/notifications")
    own = [each["href"] for each in found.select(".words-row .chip-accent")]
    assert own == ["/settings/notifications/words?event=opened&audience=requester&language=it"]
    assert [each["value"] for each in found.select('input[name="sends.opened[]"][checked]')] == ["staff"]
    words = page(rig, str(own[0]))
    assert words.select_one("textarea#f-body").text == "Ciao"  # type: ignore[union-attr]
    for wrong in ("event=noted&audience=requester&language=it", "event=x&audience=inside", "language=xx"):
        page(rig, f"/settings/notifications/words?{wrong}", status=404)


def _words(found: Any) -> str:
    assert found is not None
    return " ".join(found.text.split())


@pytest.mark.integration
def test_on_screen_a_token_is_made_shown_once_and_revoked(rig: Rig, screen: Screen) -> None:
    shown = screen.open("/settings/tokens", user="bruno")
    shown.get_by_label("What for").fill("Backoffice")
    shown.get_by_role("button", name="Make token").click()
    secret = shown.locator("#new-token-secret")
    secret.wait_for()
    token = secret.text_content()
    assert token
    assert rig.get("/me", token=token).status_code == 200
    shown.get_by_role("button", name="I have kept it").click()
    shown.locator("#tokens .row-title", has_text="Backoffice").wait_for()
    assert token not in shown.content()
    shown.locator("#tokens li", has_text="Backoffice").get_by_role("button", name="Revoke").click()
    shown.locator("[data-yes]").click()
    shown.get_by_text("Revoked.").wait_for()
    assert rig.get("/me", token=token).status_code == 401


@pytest.mark.integration
def test_on_screen_a_user_joins_a_team(rig: Rig, screen: Screen) -> None:
    shown = screen.open("/settings/users/new")
    shown.get_by_label("Name").fill("Carla Bianchi")
    shown.get_by_label("E-mail address").fill("anna@example.org")
    shown.get_by_label("First password").fill("correct horse battery")
    shown.get_by_role("button", name="Add user").click()
    shown.locator("[data-summary]:visible").wait_for()  # the address is taken, nothing typed is lost
    screen.allowed.append("409")
    shown.get_by_label("E-mail address").fill("carla@example.org")
    shown.get_by_role("button", name="Add user").click()
    shown.locator("h1", has_text="Carla Bianchi").wait_for()
    shown.goto("/settings/teams/new")
    shown.get_by_label("Name").fill("First line")
    shown.get_by_label("Carla Bianchi").check()
    shown.get_by_role("button", name="Add team").click()
    shown.wait_for_url("**/settings/teams")
    assert "Carla Bianchi" in shown.locator(".row-item", has_text="First line").inner_text()


@pytest.mark.integration
def test_on_screen_a_template_is_written_with_its_examples(rig: Rig, screen: Screen) -> None:
    shown = screen.open("/settings/templates/new", width=360)
    shown.locator("#f-name").fill("please_answer")
    shown.locator("#f-language").fill("it")
    shown.locator("#t-body").fill("Salve {{name}}, abbiamo una risposta per lei.")
    shown.locator("#example-body-name").fill("Daniele")
    shown.get_by_text("Salve Daniele, abbiamo una risposta per lei.").wait_for()
    shown.locator("[data-button-type]").first.select_option("QUICK_REPLY")
    shown.locator("[data-button-text]").first.fill("Sì")
    shown.get_by_role("button", name="Submit for approval").click()
    shown.locator("h1", has_text="please_answer").wait_for()
    made = rig.get("/templates").get_json()["items"][0]
    assert (made["status"], made["parameter_format"]) == ("submitting", "named")
    assert made["components"][0]["example"] == {
        "body_text_named_params": [{"param_name": "name", "example": "Daniele"}]
    }


@pytest.mark.integration
def test_on_screen_notices_are_set_and_written(rig: Rig, screen: Screen) -> None:
    shown = screen.open("/settings/notifications")
    shown.locator('[name="sends.opened[]"][value="staff"]').check()
    with shown.expect_navigation():
        shown.locator("form", has_text="Who is told of what").get_by_role("button", name="Save").click()
    shown.locator('[name="sends.opened[]"][value="staff"]:checked').wait_for()
    assert rig.get("/settings/notifications").get_json()["sends"]["opened"] == ["staff"]
    shown.goto("/settings/notifications/words?event=opened&audience=requester&language=en")
    shown.get_by_label("Text").fill("Dear {{ customer.name }}, it is {{ ticket.number }}.")
    shown.locator('[data-preview="text"]', has_text="Dear").wait_for()
    shown.get_by_role("button", name="Save").click()
    shown.get_by_text("Own words").first.wait_for()
    assert rig.get("/settings/notifications").get_json()["texts"][0]["body"].startswith("Dear {{")


@pytest.mark.integration
def test_on_screen_all_that_waits_is_tried_again(rig: Rig, screen: Screen) -> None:
    for reason in ("unknown-channel", "malformed-event"):
        rig.quarantine(reason)
    shown = screen.open("/settings/quarantine")
    shown.get_by_role("button", name="Try all of these again").click()
    shown.locator("[data-yes]").click()
    shown.get_by_text("2 are tried again.").wait_for()
    shown.get_by_text("Nothing waits here").wait_for()
    assert {item["state"] for item in rig.get("/quarantine").get_json()["items"]} == {"replayed"}


@pytest.mark.integration
def test_a_trace_is_found_by_the_id_of_what_was_put_aside(rig: Rig) -> None:
    item = rig.quarantine()
    link = page(rig, f"/settings/quarantine/{item}").select_one('a[href^="/settings/traces?id="]')
    assert link is not None
    assert "stopped here" in str(page(rig, str(link["href"])).select_one(".trace"))
    assert "Nothing has this id" in page(rig, "/settings/traces?id=no%2Fsuch%3Fthing").text
