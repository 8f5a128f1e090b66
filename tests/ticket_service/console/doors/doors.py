"""A browser at the doors, without one: forms are filled in as people do."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.ticket_service.api.rig import EMAIL, PASSWORD, Rig


def token_of(client: FlaskClient, path: str = "/login") -> str:
    """What a page of ours was given, so that it can send its form."""
    page = BeautifulSoup(client.get(path).text, "html.parser")
    field = page.find("input", {"name": "csrf_token"})
    assert field is not None, path
    return str(field["value"])


def send(client: FlaskClient, path: str, address: str = "192.0.2.1", **typed: Any) -> TestResponse:
    """Send the form of a page."""
    form = {"csrf_token": token_of(client, path), **typed}
    return client.post(path, data=form, environ_overrides={"REMOTE_ADDR": address})


def log_in(
    rig: Rig, email: str = EMAIL, password: str = PASSWORD, *, client: FlaskClient | None = None, **typed: Any
) -> tuple[FlaskClient, TestResponse]:
    """A browser after somebody sent the form, and the answer."""
    client = client or rig.app.test_client()
    return client, send(client, "/login", email=email, password=password, **typed)


def is_in(client: FlaskClient) -> bool:
    """Whether the browser gets in."""
    return client.get("/api/v1/me").status_code == 200
