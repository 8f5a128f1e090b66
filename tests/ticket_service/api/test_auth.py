"""Who gets in: tokens everywhere, an administrator's password for the first token, nobody else."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.ticket_service import auth
from services.ticket_service.domain import permissions
from services.ticket_service.domain.api_token import PUBLIC_DIGITS
from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import ANNA, EMAIL, NOON, OTHER_TOKEN, PASSWORD, TOKEN, Rig

pytestmark = pytest.mark.integration
TOKENS = "/settings/api-tokens"
NO_ROUTES = (("GET", "/api/v1/nothing-here"), ("GET", "/api/v1"), ("PUT", "/api/v1/me"))


def _basic(email: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


def _log_in(rig: Rig, email: str, password: str, address: str = "192.0.2.1") -> TestResponse:
    return rig.client.post(
        f"/api/v1{TOKENS}",
        json={"name": "mine"},
        headers=_basic(email, password),
        environ_overrides={"REMOTE_ADDR": address},
    )


def _routes(rig: Rig) -> list[tuple[str, str]]:
    return [
        (method, rule.rule.replace("<", "").replace(">", ""))
        for rule in rig.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and rule.rule != "/api/v1/openapi.json"
        for method in sorted(rule.methods or ())
    ]


def _is_refused(rig: Rig, method: str, path: str, headers: dict[str, str]) -> None:
    answer = rig.client.open(path, method=method, headers=headers)
    assert answer.status_code == 401, (method, path, headers)
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Sportello"')
    assert answer.content_type == "application/problem+json"


def test_every_route_of_the_interface_is_closed(rig: Rig) -> None:
    routes = _routes(rig)
    assert len(routes) > 25
    for method, path in [*routes, *NO_ROUTES]:
        for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}):
            _is_refused(rig, method, path, headers)


@pytest.mark.parametrize(
    "given",
    [
        *("Bearer", "Bearer ", "Bearer wrong", "Bearer " + "x" * 10_000, "Bearer \xff\xfe"),
        f"Bearer {hashlib.sha256(TOKEN.encode()).hexdigest()}",
        *(f"Token {TOKEN}", TOKEN, "Digest username=a", "Basic !!!"),
    ],
    ids=lambda given: given[:16],
)
def test_nothing_that_only_looks_like_a_log_in_opens_anything(rig: Rig, given: str) -> None:
    one_of_each_method = {method: (method, path) for method, path in _routes(rig)}
    for method, path in [*one_of_each_method.values(), ("POST", f"/api/v1{TOKENS}"), *NO_ROUTES]:
        _is_refused(rig, method, path, {"Authorization": given})


def test_a_password_opens_nothing_but_the_making_of_tokens(rig: Rig) -> None:
    for method, path in _routes(rig):
        if (method, path) != ("POST", f"/api/v1{TOKENS}"):
            answer = rig.client.open(path, method=method, headers=_basic(EMAIL, PASSWORD))
            assert answer.status_code == 401, (method, path)


def test_health_document_and_docs_are_open(rig: Rig) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/docs"):
        assert rig.client.get(path).status_code == 200, path


def test_a_token_says_who_is_asking(rig: Rig) -> None:
    me = rig.get("/me").get_json()
    assert (me["user"]["id"], me["user"]["email"], me["user"]["roles"]) == (ANNA, EMAIL, ["admin"])
    assert set(me["permissions"]) == permissions.ALL
    assert me["token"]["name"] == "tests"
    assert "argon2" not in str(me)
    assert TOKEN not in str(me)


def test_the_last_use_is_written_at_most_once_a_minute(rig: Rig) -> None:
    def last_used() -> Any:
        return (rig.db[names.API_TOKENS].find_one({"_id": auth.digest_of(TOKEN)}) or {})["last_used_at"]

    rig.get("/me")
    assert last_used() == NOON
    rig.clock.forward(seconds=59)
    rig.get("/me")
    assert last_used() == NOON
    rig.clock.forward(seconds=1)
    rig.get("/me")
    assert last_used() == NOON + timedelta(minutes=1)


def test_a_token_whose_user_is_gone_opens_nothing(rig: Rig) -> None:
    rig.db[names.API_TOKENS].update_one({"_id": auth.digest_of(TOKEN)}, {"$set": {"user_id": "gone"}})
    assert rig.get("/me").status_code == 401


def test_a_token_is_shown_once_kept_as_a_digest_and_revoked(rig: Rig) -> None:
    made = rig.post(TOKENS, {"name": "sync"}).get_json()
    secret = made["token"]
    assert len(secret) > 40
    assert rig.get("/me", token=secret).get_json()["token"]["name"] == "sync"
    listed = rig.get(TOKENS).get_json()["items"]
    assert {token["name"] for token in listed} == {"tests", "sync"}
    assert secret not in str(listed)
    assert secret not in str(list(rig.db[names.API_TOKENS].find()))
    revoked = rig.call("DELETE", f"{TOKENS}/{made['id']}")
    assert (revoked.status_code, revoked.data) == (204, b"")
    assert rig.get("/me", token=secret).status_code == 401
    assert rig.call("DELETE", f"{TOKENS}/{made['id']}").status_code == 404


def test_nobody_revokes_the_token_of_another(rig: Rig) -> None:
    theirs = auth.digest_of(OTHER_TOKEN)[:PUBLIC_DIGITS]
    assert rig.call("DELETE", f"{TOKENS}/{theirs}").status_code == 404
    assert rig.get("/me", token=OTHER_TOKEN).status_code == 200


def test_whoever_works_here_makes_tokens_for_themselves(rig: Rig) -> None:
    made = _log_in(rig, "bruno@example.org", PASSWORD).get_json()
    assert rig.get("/me", token=made["token"]).get_json()["user"]["name"] == "Bruno"
    mine = rig.get(TOKENS, token=OTHER_TOKEN).get_json()["items"]
    assert {token["name"] for token in mine} == {"tests", "mine"}


def test_a_token_can_do_no_more_than_it_was_made_for(rig: Rig) -> None:
    made = rig.post(TOKENS, {"name": "lists", "scopes": ["tickets.read", "tokens.own"]}).get_json()
    secret = made["token"]
    assert rig.get("/tickets", token=secret).status_code == 200
    refused = rig.get("/contacts", token=secret)
    assert (refused.status_code, refused.get_json()["permission"]) == (403, "contacts.read")
    assert rig.get("/me", token=secret).get_json()["permissions"] == ["tickets.read", "tokens.own"]
    more = rig.post(TOKENS, {"name": "more", "scopes": ["users.write"]}, token=secret)
    assert (more.status_code, more.get_json()["errors"][0]["field"]) == (422, "scopes.0")
    child = rig.post(TOKENS, {"name": "child"}, token=secret).get_json()
    assert child["scopes"] == ["tickets.read", "tokens.own"], "what is left out is no way to more"


def test_a_scope_beyond_ones_own_role_is_refused(rig: Rig) -> None:
    refused = rig.post(TOKENS, {"name": "x", "scopes": ["settings.write"]}, token=OTHER_TOKEN)
    assert refused.status_code == 422
    rig.post(TOKENS, {"name": "x", "scopes": ["settings.write"]})
    rig.db[names.USERS].update_one({"_id": ANNA}, {"$set": {"roles": ["viewer"]}})
    assert rig.get("/me").get_json()["permissions"] == sorted(permissions.ROLES["viewer"])


def test_a_token_stops_when_its_time_is_over(rig: Rig) -> None:
    wanted = {"name": "short", "expires_at": "2025-02-27T13:00:00Z"}
    secret = rig.post(TOKENS, wanted).get_json()["token"]
    rig.clock.forward(minutes=59)
    assert rig.get("/me", token=secret).status_code == 200
    longer = rig.post(TOKENS, {"name": "x", "expires_at": None}, token=secret)
    assert (longer.status_code, longer.get_json()["errors"][0]["field"]) == (422, "expires_at")
    assert rig.post(TOKENS, {"name": "x"}, token=secret).get_json()["expires_at"] == wanted["expires_at"]
    rig.clock.forward(minutes=1)
    assert rig.get("/me", token=secret).status_code == 401
    past = rig.post(TOKENS, {"name": "late", "expires_at": "2025-02-27T12:00:00Z"})
    assert (past.status_code, past.get_json()["errors"][0]["field"]) == (422, "expires_at")


@pytest.mark.parametrize("email", [EMAIL, "ANNA@Example.org", " anna@example.org "])
def test_an_administrators_password_makes_a_token(rig: Rig, email: str) -> None:
    answer = _log_in(rig, email, PASSWORD)
    assert answer.status_code == 201
    assert rig.get("/me", token=answer.get_json()["token"]).get_json()["user"]["id"] == ANNA


def test_a_wrong_log_in_does_not_tell_whether_the_account_exists(rig: Rig) -> None:
    verified: list[str | None] = []
    passwords = rig.web.services.authenticator._passwords
    verify = passwords.verify

    def counted(password_hash: str | None, password: str) -> bool:
        verified.append(password_hash)
        return verify(password_hash, password)

    for email, password in (
        (EMAIL, "wrong"),
        ("nobody@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(passwords, "verify", counted)
            answer = _log_in(rig, email, password)
        assert answer.status_code == 401
        problem = answer.get_json()
        assert problem["type"] == "urn:sportello:problem:log-in-refused"
        assert "Basic" in answer.headers["WWW-Authenticate"]
    assert len(verified) == 3, "the slow check runs for accounts that do not exist, too"


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_guessing_slows_down_for_any_account(rig: Rig, email: str) -> None:
    for _ in range(auth.FREE_PER_ACCOUNT):
        assert _log_in(rig, email, "wrong").status_code == 401
    waits = []
    for _ in range(4):
        blocked = _log_in(rig, email, PASSWORD)
        assert (blocked.status_code, blocked.get_json()["type"]) == (
            429,
            "urn:sportello:problem:too-many-attempts",
        )
        waits.append(int(blocked.headers["Retry-After"]))
        rig.clock.forward(seconds=waits[-1])
        assert _log_in(rig, email, "wrong").status_code == 401
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]


def test_a_success_forgets_the_failures(rig: Rig) -> None:
    for _ in range(auth.FREE_PER_ACCOUNT - 1):
        _log_in(rig, EMAIL, "wrong")
    assert _log_in(rig, EMAIL, PASSWORD).status_code == 201
    for _ in range(auth.FREE_PER_ACCOUNT - 1):
        assert _log_in(rig, EMAIL, "wrong").status_code == 401


def test_one_address_cannot_try_all_accounts(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.web.services.authenticator._passwords, "verify", lambda hashed, given: False)
    statuses = [
        _log_in(rig, f"user{n}@example.org", "wrong").status_code for n in range(auth.FREE_PER_ADDRESS + 1)
    ]
    assert statuses == [401] * auth.FREE_PER_ADDRESS + [429]
    assert _log_in(rig, EMAIL, "wrong", address="192.0.2.2").status_code == 401


def test_simultaneous_guesses_do_not_all_pass(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.web.services.authenticator._passwords, "verify", lambda hashed, given: False)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: _log_in(rig, EMAIL, "wrong").status_code, range(24)))
    assert answers.count(401) == auth.FREE_PER_ACCOUNT
    assert answers.count(429) == 24 - auth.FREE_PER_ACCOUNT


def test_a_reserved_name_is_refused(rig: Rig) -> None:
    answer = rig.post(TOKENS, {"name": "SPORTELLO_API_TOKEN"})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "name")
