"""The gateway's streams process: gunicorn with gevent workers calls `create_app` once in each of them."""

from __future__ import annotations

from flask import Flask

from services.webhook_gateway.wiring import build_streams, streams_settings_or_exit


def create_app() -> Flask:
    """The application with its greenlets running; exits with 2 after listing every wrong setting.

    Must run after the fork (gunicorn without preload): a connection cannot be shared by two processes.
    """
    streams = build_streams(streams_settings_or_exit())
    streams.running.start()
    return streams.app
