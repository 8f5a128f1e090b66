"""The Flask application all services start from."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Flask, Response, g, jsonify, request

from shared.contracts.envelope import new_traceparent, trace_id
from shared.runtime.health import Check, is_ready, run_checks
from shared.runtime.metrics import HTTP_SECONDS, metrics_text
from shared.web.problems import register_problem_handlers

_TRACEPARENT: Final = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def create_base_app(
    service: str,
    checks: Mapping[str, Check],
    *,
    max_body: int,
    measure: Callable[[], None] = lambda: None,
) -> Flask:
    """An application with /healthz, /readyz, /metrics, problem+json errors and a body limit (bytes).

    `measure` brings gauges up to date that nobody looks at between two scrapes.
    """
    app = Flask(service, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    register_problem_handlers(app)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        answers = run_checks(checks)
        return jsonify(checks=answers), 200 if is_ready(answers) else 503

    @app.get("/metrics")
    def metrics() -> Response:
        measure()
        return Response(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return app


def trace_requests(app: Flask) -> None:
    """Give every request a trace context, put its id in the logs and the answer, and time it.

    Not for routes where each microsecond counts: those make their trace context themselves.
    """

    @app.before_request
    def begin() -> None:
        given = request.headers.get("traceparent", "")
        g.traceparent = given if _TRACEPARENT.match(given) else new_traceparent()
        g.began = time.perf_counter()
        structlog.contextvars.bind_contextvars(trace_id=trace_id(g.traceparent))

    @app.after_request
    def end(response: Response) -> Response:
        HTTP_SECONDS.labels(request.endpoint or "none", str(response.status_code)).observe(
            time.perf_counter() - g.get("began", time.perf_counter())
        )
        response.headers["X-Trace-Id"] = trace_id(g.get("traceparent", ""))
        return response

    @app.teardown_request
    def forget(_error: Any) -> None:
        structlog.contextvars.unbind_contextvars("trace_id")


def secure_headers(app: Flask) -> None:
    """Add the security headers a response does not set itself."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response
