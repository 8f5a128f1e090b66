"""The little HTTP server of processes without a web application: /healthz, /readyz and /metrics."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from shared.runtime.health import Check, is_ready, run_checks
from shared.runtime.metrics import metrics_text


class _QuietHandler(WSGIRequestHandler):
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        """Probes are asked every few seconds; a line for each would bury the rest."""


def start_probe_server(checks: Mapping[str, Check]) -> WSGIServer | None:
    """Serve probes on PROBE_HOST:PROBE_PORT in a daemon thread; None when PROBE_PORT is not set.

    OSError when the port is taken.
    """
    port = os.environ.get("PROBE_PORT")
    if not port:
        return None
    host = os.environ.get("PROBE_HOST", "127.0.0.1")
    server = make_server(host, int(port), _application(checks), handler_class=_QuietHandler)
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server


def _application(checks: Mapping[str, Check]) -> Callable[..., Iterable[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        status, kind, body = "404 Not Found", "text/plain", b"Not found\n"
        if path == "/healthz":
            status, kind, body = "200 OK", "application/json", b'{"status": "alive"}'
        elif path == "/readyz":
            answers = run_checks(checks)
            status = "200 OK" if is_ready(answers) else "503 Service Unavailable"
            kind, body = "application/json", json.dumps({"checks": answers}).encode()
        elif path == "/metrics":
            status, kind, body = "200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics_text()
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return application
