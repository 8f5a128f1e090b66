"""The one place where the mail collector's parts meet."""

from __future__ import annotations

from typing import Final

import structlog
from flask import Flask

from services.mail_collector.config import CollectorSettings, read_settings
from shared.messaging.message import Publisher
from shared.messaging.publisher import PipelinedPublisher
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.web.base import create_base_app, secure_headers, trace_requests

SERVICE: Final = "mail_collector"
MAX_BODY: Final = 64_000


def settings_or_exit() -> CollectorSettings:
    """The settings, logs set up; exits with 2 when they are wrong. Says which mailboxes are not collected."""
    settings = or_exit(read_settings)
    configure_logging(SERVICE, "web", settings.process.log_level)
    if settings.mailboxes:
        mailboxes = [mailbox.id for mailbox in settings.mailboxes]
        structlog.get_logger(__name__).warning("mail is not collected in this version", channels=mailboxes)
    return settings


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
