"""The gateway's web process: gunicorn with gevent workers calls `create_app` once in each of them."""

from __future__ import annotations

import atexit

from flask import Flask

from services.webhook_gateway.wiring import build_web, web_settings_or_exit


def create_app() -> Flask:
    """The application with a running publisher; exits with 2 after listing every wrong setting.

    Must run after the fork (gunicorn without preload): a connection cannot be shared by two processes. When
    the worker ends its requests have been answered, so nothing is in flight and the connection just
    closes; what waits in the spool is brought out by whoever runs next.
    """
    web = build_web(web_settings_or_exit())
    web.publisher.start()
    web.drainer.start()
    atexit.register(web.publisher.stop, 5.0)
    return web.app
