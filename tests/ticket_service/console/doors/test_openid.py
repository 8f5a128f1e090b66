"""Logging in by a provider: whom it vouches for gets in, and nothing that only looks like its word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.ticket_service.domain.openid import OpenId
from services.ticket_service.openid import OpenIdProvider
from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import ANNA, BRUNO, PASSWORD, Rig
from tests.ticket_service.console.doors.doors import is_in
from tests.ticket_service.console.doors.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    running_provider,
)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def _provider() -> Iterator[Provider]:
    with running_provider(lambda: datetime.now(UTC)) as provider:
        yield provider


@pytest.fixture
def provider(_provider: Provider, rig: Rig) -> Provider:
    """As it is when nobody lies."""
    fresh = Provider(rig.clock, _provider.issuer)
    for name in ("clock", "claims", "userinfo", "metadata", "key", "algorithm", "status", "codes"):
        setattr(_provider, name, getattr(fresh, name))
    return _provider


@pytest.fixture
def desk(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Flask]:
    """The application of a desk that knows a provider."""

    def knowing(provider: Provider, **options: Any) -> Flask:
        openid = OpenId(provider.issuer, CLIENT_ID, CLIENT_SECRET, "Company", **options)
        services = replace(rig.web.services, openid=OpenIdProvider(openid, rig.clock))
        monkeypatch.setitem(rig.app.extensions, "ticket_service", services)
        return rig.app

    return knowing


def came_back(app: Flask, provider: Provider, wanted: str = "/tickets") -> tuple[FlaskClient, TestResponse]:
    """A browser that went there and back."""
    client = app.test_client()
    sent = client.get("/login/openid", query_string={"next": wanted})
    assert sent.status_code == 302, sent.text
    code, state = provider.visited(sent.headers["Location"])
    return client, client.get("/login/openid/callback", query_string={"code": code, "state": state})


def test_whom_the_provider_vouches_for_gets_in(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    app = desk(provider)
    assert "Log in with Company" in app.test_client().get("/login").text
    client, answer = came_back(app, provider)
    assert answer.headers["Location"] == "/tickets"
    assert client.get("/api/v1/me").get_json()["user"]["id"] == ANNA


def test_a_desk_without_a_provider_has_no_such_way(rig: Rig) -> None:
    for path in ("/login/openid", "/login/openid/callback"):
        assert rig.client.get(path).status_code == 404


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": [CLIENT_ID, "somebody-else"]},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_word_that_is_not_for_us_is_not_believed(
    rig: Rig, provider: Provider, desk: Callable[..., Flask], claims: dict[str, Any]
) -> None:
    provider.claims = claims
    client, answer = came_back(desk(provider), provider)
    assert answer.status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_signature_that_anybody_could_make_is_none(
    rig: Rig, provider: Provider, desk: Callable[..., Flask], algorithm: str
) -> None:
    provider.algorithm = algorithm
    client, answer = came_back(desk(provider), provider)
    assert answer.status_code == 403
    assert not is_in(client)


def test_keys_may_change(rig: Rig, provider: Provider, desk: Callable[..., Flask]) -> None:
    app = desk(provider)
    assert came_back(app, provider)[1].status_code == 302
    provider.key = "two"
    assert came_back(app, provider)[1].status_code == 302


def test_an_answer_counts_once_in_the_browser_that_asked(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    app = desk(provider)
    victim, thief = app.test_client(), app.test_client()
    code, state = provider.visited(thief.get("/login/openid").headers["Location"])
    answer = {"code": code, "state": state}
    assert victim.get("/login/openid/callback", query_string=answer).status_code == 403
    assert victim.get("/login/openid").status_code == 302
    assert victim.get("/login/openid/callback", query_string=answer).status_code == 403
    assert not is_in(victim)
    assert thief.get("/login/openid/callback", query_string={**answer, "state": "x"}).status_code == 403
    assert thief.get("/login/openid/callback", query_string=answer).status_code == 403, "begun anew only"


def test_nobody_is_sent_elsewhere_afterwards(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    assert came_back(desk(provider), provider, "//evil.example")[1].headers["Location"] == "/"


def test_somebody_unknown_gets_in_only_where_that_is_allowed(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    provider.claims = {"email": "New@Example.org", "name": "New\nPerson"}
    client, answer = came_back(desk(provider), provider)
    assert (answer.status_code, "Nobody with your address" in answer.text) == (403, True)
    client, answer = came_back(desk(provider, create_role="viewer"), provider)
    me = client.get("/api/v1/me").get_json()["user"]
    assert (me["email"], me["name"], me["roles"]) == ("new@example.org", "New Person", ["viewer"])
    assert me["has_password"] is False
    client.post("/logout")
    again, _ = came_back(desk(provider, create_role="viewer"), provider)
    assert again.get("/api/v1/me").get_json()["user"]["id"] == me["id"]
    rig.change(f"/users/{me['id']}", {"active": False})
    assert came_back(desk(provider, create_role="viewer"), provider)[1].status_code == 403


def test_roles_follow_the_provider_but_the_last_administrator_stays(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    app = desk(provider, roles_claim="groups", roles={"support": "operator", "boss": "admin"})
    provider.claims = {"email": "bruno@example.org", "groups": ["support", "other"]}
    assert came_back(app, provider)[0].get("/api/v1/me").get_json()["user"]["roles"] == ["operator"]
    provider.claims = {"email": "bruno@example.org", "groups": "nothing that is known"}
    assert came_back(app, provider)[0].get("/api/v1/me").get_json()["user"]["roles"] == ["operator"]
    provider.claims = {"groups": ["support"]}
    assert came_back(app, provider)[0].get("/api/v1/me").get_json()["user"]["roles"] == ["admin"]
    assert rig.db[names.USERS].find_one({"_id": BRUNO}) is not None


def test_a_second_factor_of_the_desk_is_asked_for_all_the_same(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    secret = rig.post("/me/second-factor", {"password": PASSWORD}).get_json()["secret"]
    rig.post("/me/second-factor/confirmation", {"code": pyotp.TOTP(secret).at(rig.clock.now)})
    client, answer = came_back(desk(provider), provider)
    assert answer.headers["Location"] == "/login/code"
    assert not is_in(client)


def test_the_address_may_come_with_the_userinfo_of_the_same_person(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    provider.claims = {"email": None, "email_verified": None}
    provider.userinfo = {"sub": "1", "email": "anna@example.org", "email_verified": True}
    assert is_in(came_back(desk(provider), provider)[0])
    provider.userinfo["sub"] = "2"
    assert came_back(desk(provider), provider)[1].status_code == 403


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_says_nonsense_of_itself_is_away(
    rig: Rig, provider: Provider, desk: Callable[..., Flask], metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    answer = desk(provider).test_client().get("/login/openid")
    assert answer.status_code == 503
    said = BeautifulSoup(answer.text, "html.parser").find(id="mistake")
    assert said is not None
    assert "does not answer" in said.get_text()


def test_a_provider_that_is_away_leaves_the_password(
    rig: Rig, provider: Provider, desk: Callable[..., Flask]
) -> None:
    provider.status = 500
    assert desk(provider).test_client().get("/login/openid").status_code == 503
    nowhere = replace(provider, issuer="http://127.0.0.1:9")
    answer = desk(nowhere).test_client().get("/login/openid")
    assert (answer.status_code, 'name="password"' in answer.text) == (503, True)
