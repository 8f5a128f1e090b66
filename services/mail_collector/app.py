"""The mail collector's web process: checks the mailboxes' settings, answers probes, collects nothing yet."""

from __future__ import annotations

import atexit

import structlog
from flask import Flask

from services.mail_collector.config import read_settings
from services.mail_collector.wiring import SERVICE, build_app, build_publisher
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit


def create_app() -> Flask:
    """The application; exits with 2 after listing every wrong setting. To be called after the fork."""
    settings = or_exit(read_settings)
    configure_logging(SERVICE, "web", settings.process.log_level)
    if settings.mailboxes:
        mailboxes = [mailbox.id for mailbox in settings.mailboxes]
        structlog.get_logger(__name__).warning("mail is not collected in this version", channels=mailboxes)
    publisher = build_publisher(settings.process.amqp_url)
    publisher.start()
    atexit.register(publisher.stop, 5.0)
    return build_app(publisher)
