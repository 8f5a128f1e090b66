"""Logging in with a browser, and everything that tries to get in without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from services.ticket_service import auth
from services.ticket_service.api.session_cookie import COOKIE, SAFE_COOKIE
from services.ticket_service.auth import digest_of
from services.ticket_service.domain.session import IDLE, LONGEST
from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import ANNA, BRUNO, EMAIL, PASSWORD, TOKEN, Rig
from tests.ticket_service.console.doors.doors import is_in, log_in, send, token_of
from tests.ticket_service.console.rig import sign_in

pytestmark = pytest.mark.integration
SESSIONS = "sessions"


def test_who_knows_the_password_gets_in_and_only_the_digest_of_the_session_is_kept(rig: Rig) -> None:
    client, answer = log_in(rig)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/api/v1/me").get_json()["user"]["id"] == ANNA
    with client.session_transaction() as session:
        secret = session["sid"]
    kept = list(rig.db[SESSIONS].find())
    assert [each["_id"] for each in kept] == [digest_of(secret)]
    assert secret not in str(kept)
    assert kept[0]["address"] == "192.0.2.1"


def test_the_cookie_is_out_of_reach_for_scripts_other_sites_and_plain_http(rig: Rig) -> None:
    _, plain = log_in(rig)
    cookie = plain.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    client = rig.app.test_client()
    page = BeautifulSoup(client.get("/login", base_url="https://desk.example.org").text, "html.parser")
    token = page.find("input", {"name": "csrf_token"})
    assert token is not None
    form = {"csrf_token": token["value"], "email": EMAIL, "password": PASSWORD}
    safe = client.post("/login", data=form, base_url="https://desk.example.org").headers["Set-Cookie"]
    assert safe.startswith(f"{SAFE_COOKIE}=")
    assert "; Secure" in safe
    assert "Path=/" in safe
    assert "Domain" not in safe


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org", "", "x" * 2_000])
def test_a_wrong_log_in_says_the_same_whether_or_not_the_account_exists(rig: Rig, email: str) -> None:
    client, answer = log_in(rig, email, "wrong")
    assert answer.status_code == 401
    said = BeautifulSoup(answer.text, "html.parser").find(id="mistake")
    assert said is not None
    assert said.get_text(strip=True) == "The e-mail address or the password is not right."
    assert not is_in(client)


def test_guessing_is_slowed_down_in_words_even_with_the_right_password(rig: Rig) -> None:
    for _ in range(auth.FREE_PER_ACCOUNT):
        assert log_in(rig, EMAIL, "wrong")[1].status_code == 401
    client, blocked = log_in(rig)
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "2")
    assert "Try again in 2 seconds." in blocked.text
    assert not is_in(client)
    rig.clock.forward(seconds=2)
    assert is_in(log_in(rig)[0])


def test_one_address_does_not_try_all_accounts_but_an_office_logs_in(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = rig.web.services.authenticator._passwords
    monkeypatch.setattr(passwords, "verify", lambda kept, given: given == PASSWORD)
    client = rig.app.test_client()
    for _ in range(auth.FREE_PER_ADDRESS + 5):
        assert log_in(rig)[1].status_code == 302
    token = token_of(client)
    statuses = [
        client.post(
            "/login",
            data={"csrf_token": token, "email": f"user{n}@example.org", "password": "wrong"},
            environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
        ).status_code
        for n in range(auth.FREE_PER_ADDRESS + 1)
    ]
    assert statuses == [401] * auth.FREE_PER_ADDRESS + [429]


def test_a_log_in_needs_a_form_of_ours(rig: Rig) -> None:
    client = rig.app.test_client()
    typed = {"email": EMAIL, "password": PASSWORD}
    other = token_of(rig.app.test_client())
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": other}):
        answer = client.post("/login", data={**typed, **token})
        assert answer.status_code == 403
        assert EMAIL in answer.text, "nothing typed is lost"
        assert PASSWORD not in answer.text
        assert not is_in(client)


def test_a_session_planted_before_the_log_in_is_worth_nothing(rig: Rig) -> None:
    client = rig.app.test_client()
    with client.session_transaction() as session:
        session["sid"] = "known to the attacker"
        session["half"] = {"planted": True}
    log_in(rig, client=client)
    with client.session_transaction() as session:
        assert session["sid"] != "known to the attacker"
        assert "half" not in session
    assert rig.db[SESSIONS].count_documents({}) == 1
    forged = rig.app.test_client()
    forged.set_cookie(COOKIE, "eyJzaWQiOiJ4In0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert not is_in(forged)


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/tickets/TT24?as=board", "/tickets/TT24?as=board"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("\\/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=//evil.example", "/"),
        ("/logout", "/"),
        ("/api/v1/me", "/"),
        ("/%0d%0aSet-Cookie:x=y", "/%0d%0aSet-Cookie:x=y"),
        ("/x\r\nSet-Cookie: x=y", "/"),
        ("/" + "x" * 3_000, "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_elsewhere_after_the_log_in(rig: Rig, wanted: str, place: str) -> None:
    client, answer = log_in(rig, next=wanted)
    assert answer.headers["Location"] == place
    again = client.get("/login", query_string={"next": wanted})
    assert (again.status_code, again.headers["Location"]) == (302, place)


def test_who_asks_for_a_page_comes_back_to_it_and_chooses_the_section_to_begin_with(rig: Rig) -> None:
    client = rig.app.test_client()
    assert client.get("/profile?x=1").headers["Location"] == "/login?next=%2Fprofile%3Fx%3D1"
    rig.change("/me/preferences", {"home": "calendar"})
    assert log_in(rig)[1].headers["Location"] == "/calendar"
    assert log_in(rig, next="/tickets")[1].headers["Location"] == "/tickets"


def test_logging_out_ends_the_session_also_for_who_kept_the_cookie(rig: Rig) -> None:
    client, _ = log_in(rig)
    stolen = client.get_cookie(COOKIE)
    assert stolen is not None
    thief = rig.app.test_client()
    thief.set_cookie(COOKIE, stolen.value)
    assert is_in(thief)
    assert client.post("/logout").status_code == 302
    assert is_in(client), "another site cannot log anybody out"
    with client.session_transaction():
        pass
    token = BeautifulSoup(client.get("/profile").text, "html.parser").find("meta", {"name": "csrf-token"})
    assert token is not None
    assert client.post("/logout", data={"csrf_token": token["content"]}).headers["Location"] == "/login"
    assert not is_in(client)
    assert not is_in(thief)
    assert rig.db[SESSIONS].count_documents({}) == 0


def test_a_session_ends_when_it_is_idle_or_old(rig: Rig) -> None:
    client, _ = log_in(rig)
    rig.clock.forward(seconds=(IDLE - timedelta(seconds=1)).total_seconds())
    assert is_in(client)
    rig.clock.forward(seconds=IDLE.total_seconds())
    assert not is_in(client)
    client, _ = log_in(rig)
    for _ in range(int(LONGEST / timedelta(hours=11)) + 1):
        assert is_in(client)
        rig.clock.forward(hours=11)
    assert not is_in(client)


def test_who_is_switched_off_is_out_at_once(rig: Rig) -> None:
    client = sign_in(rig, "bruno")
    assert is_in(client)
    rig.change(f"/users/{BRUNO}", {"active": False})
    assert not is_in(client)
    assert client.get("/profile").status_code == 302


def test_a_token_or_a_password_never_mixes_with_the_cookie(rig: Rig) -> None:
    client = sign_in(rig, "anna")
    for wrong in ("Bearer wrong", "Basic d3Jvbmc6d3Jvbmc=", "Nonsense", ""):
        assert client.get("/api/v1/me", headers={"Authorization": wrong}).status_code == 401
    with_token = client.patch(
        "/api/v1/me",
        json={"available": True},
        headers={"Authorization": f"Bearer {TOKEN}", "If-Match": "*"},
    )
    assert with_token.status_code == 200, "whoever sends a token needs no proof of a page"


def test_every_unsafe_route_asks_a_browser_for_the_proof_of_a_page(rig: Rig) -> None:
    client = sign_in(rig, "anna")
    routes = [
        (method, rule.rule.replace("<", "").replace(">", "").replace("path:", ""))
        for rule in rig.app.url_map.iter_rules()
        if not rule.rule.startswith(("/confidential/",))
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
    ]
    assert len(routes) > 100
    before = {
        name: list(rig.db[name].find().sort("_id", 1)) for name in (names.USERS, names.SETTINGS, SESSIONS)
    }
    for method, path in routes:
        for headers in ({}, {"X-CSRFToken": "wrong"}):
            answer = client.open(path, method=method, json={}, headers=headers)
            assert answer.status_code in (302, 403), (method, path, answer.status_code)
            if answer.status_code == 302:
                assert answer.headers["Location"] in ("/login", "/"), path
    after = {name: list(rig.db[name].find().sort("_id", 1)) for name in before}
    assert before == after


def test_with_the_proof_a_browser_may_do_what_its_user_may(rig: Rig) -> None:
    client = sign_in(rig, "vera")
    page = BeautifulSoup(client.get("/profile").text, "html.parser")
    token = page.find("meta", {"name": "csrf-token"})
    assert token is not None
    headers = {"X-CSRFToken": str(token["content"]), "If-Match": "*"}
    assert client.patch("/api/v1/me", json={"available": False}, headers=headers).status_code == 200
    refused = client.patch("/api/v1/settings/desk", json={"language": "it"}, headers=headers)
    assert (refused.status_code, refused.get_json()["permission"]) == (403, "settings.write")


@pytest.mark.parametrize("path", ["/login", "/profile", "/profile/security"])
def test_no_page_is_put_into_a_frame_or_kept(rig: Rig, path: str) -> None:
    headers = sign_in(rig, "anna").get(path).headers if path != "/login" else rig.client.get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Cookie" in headers.get("Vary", "")


def test_a_page_for_nobody_leads_to_the_door_and_a_part_of_it_as_well(rig: Rig) -> None:
    part = rig.client.get("/profile", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/login")
    assert send(rig.app.test_client(), "/login", email=EMAIL, password="x").status_code == 401
