"""The gateway's web process: gunicorn with gevent workers calls `create_app` once in each of them."""

from __future__ import annotations

import atexit

from flask import Flask

from services.webhook_gateway.config import read_settings
from services.webhook_gateway.wiring import build_app, build_publisher
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit


def create_app() -> Flask:
    """The application with a running publisher; exits with 2 after listing every wrong setting.

    Must run after the fork (gunicorn without preload): a connection cannot be shared by two processes. When
    the worker ends its requests have been answered, so nothing is in flight and the connection just closes.
    """
    settings = or_exit(read_settings)
    configure_logging("webhook_gateway", "web", settings.process.log_level)
    publisher = build_publisher(settings, green=True)
    publisher.start()
    atexit.register(publisher.stop, 5.0)
    return build_app(settings.channels, publisher)
