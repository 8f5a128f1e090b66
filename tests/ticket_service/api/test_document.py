"""The OpenAPI document, the page that shows it, and what is answered while the database is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from services.ticket_service.api.openapi import DOCUMENT_PATH
from tests.ticket_service.api.offline import offline_app

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with offline_app() as made:
        yield made


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    """The document as clients get it, without a log-in."""
    answer = app.test_client().get(DOCUMENT_PATH)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def test_every_route_is_in_the_document_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and rule.rule != DOCUMENT_PATH
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in _operations(document)} == routes


def test_every_operation_says_what_it_does_and_how_it_refuses(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"apiToken": []}]
    assert set(document["components"]["securitySchemes"]) == {"apiToken", "login"}
    for path, method, operation in _operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert {"401", "503"} <= set(operation["responses"]), where
        assert any(status.startswith("2") for status in operation["responses"]), where
        if "{" in path:
            assert "404" in operation["responses"], where
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), where
        for status, response in operation["responses"].items():
            if status[0] in "45":
                assert list(response["content"]) == ["application/problem+json"], (where, status)
        if method == "post":
            assert "Idempotency-Key" in {parameter.get("name") for parameter in operation["parameters"]}, (
                where
            )
        if method == "patch":
            assert {"412", "428"} <= set(operation["responses"]), where


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        if method == "post":
            headers = {each["name"] for each in operation.get("parameters", []) if each.get("in") == "header"}
            assert "Idempotency-Key" in headers, path


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = re.findall(r"'\$ref': '#/([^']+)'", str(document))
    assert len(references) > 50
    for reference in references:
        part: Any = document
        for step in reference.split("/"):
            part = part[step]


def test_every_schema_is_a_json_schema_and_its_patterns_are_understood(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name
    assert "\\\\Z" not in str(document), "Python's end of text means nothing to other readers of the document"


def test_every_body_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        examples = [example["value"] for example in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        assert examples, f"{method} {path}"
        schema = {**content.get("schema", {}), "components": document["components"]}
        for example in examples:
            Draft202012Validator(schema).validate(example)


def _fetch(app: Flask, path: str) -> TestResponse:
    with app.test_client() as client:
        answer = client.get(path, buffered=True)
        answer.close()
        return answer


def test_the_docs_page_has_no_inline_script_and_loads_only_from_here(app: Flask) -> None:
    page = _fetch(app, "/api/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"\son\w+=", page.text)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/")
        assert _fetch(app, address).status_code == 200, address


@pytest.mark.parametrize("name", ["swagger-ui.js", "index.css", "..%2f..%2fapp.py", "%2fetc%2fpasswd", "x"])
def test_only_what_the_page_needs_is_served(app: Flask, name: str) -> None:
    assert _fetch(app, f"/api/docs/assets/{name}").status_code == 404


def test_nobody_gets_in_while_the_database_is_away_but_is_told_to_come_back(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/api/v1/tickets", headers={"Authorization": "Bearer any"})
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.get_json()["type"] == "urn:sportello:problem:unavailable"
    assert answer.headers["Retry-After"]
    assert client.get("/api/v1/tickets").status_code == 401
    assert set(client.get("/readyz").get_json()["checks"]) == {"database", "prepared"}
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
