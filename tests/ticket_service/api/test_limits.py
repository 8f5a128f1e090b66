"""Limits: how many requests a token may make, and whose address counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import request
from flask.testing import FlaskClient

from services.ticket_service.api.limits import COUNTERS, WINDOWS, Limits
from services.ticket_service.app import create_app
from tests.ticket_service.api.rig import OTHER_TOKEN, TOKEN, Rig

pytestmark = pytest.mark.integration


@pytest.fixture
def limited(rig: Rig, mongodb_uri: str) -> Iterator[Rig]:
    """The same desk behind a limit that is soon reached."""
    web = replace(rig.web, limits=Limits("3/hour", mongodb_uri, rig.db.name))
    yield replace(rig, web=web, app=create_app(web))
    for name in (WINDOWS, COUNTERS):
        rig.db[name].drop()


def ask(client: FlaskClient, token: str, path: str = "/api/v1/me") -> tuple[int, dict[str, str]]:
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, dict(answer.headers)


def test_what_is_too_much_of_one_token_is_refused_and_another_is_not(limited: Rig) -> None:
    client = limited.client
    status, headers = ask(client, TOKEN)
    assert (status, headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == (200, "3", "2")
    assert [ask(client, TOKEN)[0] for _ in range(3)] == [200, 200, 429]
    refused = limited.get("/me")
    problem = refused.get_json()
    assert (refused.content_type, problem["type"]) == (
        "application/problem+json",
        "urn:sportello:problem:too-many-requests",
    )
    assert "3 per 1 hour" in problem["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 3_600
    assert ask(client, OTHER_TOKEN)[0] == 200


def test_processes_count_together(limited: Rig) -> None:
    mine, theirs = limited.client, create_app(limited.web).test_client()
    assert [ask(mine, TOKEN)[0], ask(theirs, TOKEN)[0], ask(mine, TOKEN)[0]] == [200] * 3
    assert ask(theirs, TOKEN)[0] == 429


def test_the_document_and_the_probes_are_free(limited: Rig) -> None:
    for path in ("/api/v1/openapi.json", "/healthz"):
        assert {ask(limited.client, TOKEN, path)[0] for _ in range(5)} == {200}


def test_without_a_log_in_nothing_is_counted(limited: Rig) -> None:
    assert {ask(limited.client, "spt_wrong")[0] for _ in range(5)} == {401}
    assert ask(limited.client, TOKEN)[0] == 200


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_the_clients_address_is_what_trusted_proxies_say(rig: Rig, proxies: int, seen: str) -> None:
    app = create_app(replace(rig.web, trusted_proxies=proxies))
    found: list[str] = []
    app.before_request(lambda: found.append(request.remote_addr or ""))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert found == [seen]
