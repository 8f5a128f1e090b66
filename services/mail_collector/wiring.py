"""The one place where the mail collector's parts meet."""

from __future__ import annotations

from typing import Final

from flask import Flask

from shared.messaging.message import Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.web.base import create_base_app, secure_headers, trace_requests

SERVICE: Final = "mail_collector"
MAX_BODY: Final = 64_000


def build_publisher(amqp_url: str) -> PipelinedPublisher:
    """The process's connection to the broker, not yet started."""
    return PipelinedPublisher(amqp_url, green=False, source="mail_collector.web")


def build_app(publisher: Publisher) -> Flask:
    """Probes and metrics."""

    def broker() -> str | None:
        return None if publisher.ready() else "no connection to the broker"

    app = create_base_app(SERVICE, {"broker": broker}, max_body=MAX_BODY)
    trace_requests(app)
    secure_headers(app)
    return app
