"""The mail collector's web process: checks the settings of the mailboxes and answers probes, no more."""

from __future__ import annotations

import atexit

from flask import Flask

from services.mail_collector.wiring import build_app, build_publisher, settings_or_exit


def create_app() -> Flask:
    """The application; exits with 2 after listing every wrong setting. To be called after the fork."""
    publisher = build_publisher(settings_or_exit().process.amqp_url)
    publisher.start()
    atexit.register(publisher.stop, 5.0)
    return build_app(publisher)
