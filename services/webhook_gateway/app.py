"""The gateway's web process: gunicorn with gevent workers calls `create_app` once in each of them."""

from __future__ import annotations

import atexit

from flask import Flask

from services.webhook_gateway.wiring import build_web, settings_or_exit


def create_app() -> Flask:
    """The application with a running publisher; exits with 2 after listing every wrong setting.

    Must run after the fork (gunicorn without preload): a connection cannot be shared by two processes. When
    the worker ends its requests have been answered, so nothing is in flight and the connection just closes.
    """
    web = build_web(settings_or_exit("web"))
    web.publisher.start()
    atexit.register(web.publisher.stop, 5.0)
    return web.app
