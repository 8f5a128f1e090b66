"""What every web application answers alike."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from gunicorn.http.errors import InvalidChunkSize, NoMoreData

from shared.web.base import create_base_app, secure_headers, trace_requests
from shared.web.problems import Problem


@pytest.fixture
def broken() -> dict[str, str | None]:
    return {"broker": None}


@pytest.fixture
def app(broken: dict[str, str | None]) -> Flask:
    app = create_base_app("test", {"broker": lambda: broken["broker"]}, max_body=100)
    trace_requests(app)
    secure_headers(app)

    @app.post("/echo")
    def echo() -> bytes:
        return request.get_data()

    @app.get("/refuse")
    def refuse() -> str:
        raise Problem(409, "template-required", "The window is closed.", "Send a template.", field="text")

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError("secret detail")

    return app


def test_it_is_alive_even_when_it_is_not_ready(app: Flask, broken: dict[str, str | None]) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    broken["broker"] = "not connected"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"checks": {"broker": "not connected"}})
    assert client.get("/healthz").status_code == 200


def test_metrics_are_in_prometheus_format(app: Flask) -> None:
    client = app.test_client()
    client.get("/healthz")
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain")
    assert b'sportello_http_request_seconds_count{endpoint="healthz",status="200"}' in answer.data


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere", 404),
        ("put", "/echo", 405),
        ("get", "/refuse", 409),
        ("get", "/crash", 500),
    ],
)
def test_every_error_is_a_problem_without_a_traceback(
    app: Flask, method: str, path: str, status: int
) -> None:
    answer = getattr(app.test_client(), method)(path)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status"} <= set(answer.get_json(force=True))
    assert b"secret detail" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_refusal_says_what_to_do(app: Flask) -> None:
    assert app.test_client().get("/refuse").get_json(force=True) == {
        "type": "urn:sportello:problem:template-required",
        "title": "The window is closed.",
        "status": 409,
        "detail": "Send a template.",
        "field": "text",
    }


def test_a_body_over_the_limit_is_refused(app: Flask) -> None:
    client = app.test_client()
    assert client.post("/echo", data=b"x" * 100).status_code == 200
    assert client.post("/echo", data=b"x" * 101).status_code == 413


def test_a_given_trace_is_carried_on_and_a_broken_one_is_replaced(app: Flask) -> None:
    client = app.test_client()
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = client.get("/healthz", headers={"traceparent": given})
    assert answer.headers["X-Trace-Id"] == "0af7651916cd43dd8448eb211c80319c"
    other = client.get("/healthz", headers={"traceparent": "nonsense\x00"}).headers["X-Trace-Id"]
    assert len(other) == 32


def test_answers_carry_the_security_headers(app: Flask) -> None:
    headers = app.test_client().get("/healthz").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("error", [InvalidChunkSize(b"zz"), NoMoreData(b"")])
def test_a_body_in_broken_chunks_is_the_clients_fault(app: Flask, error: Exception) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise error

        def readinto(self, buffer: Any) -> int:
            raise error

    environ = {"wsgi.input": Broken(), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    answer = app.test_client().post("/echo", environ_overrides=environ)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
