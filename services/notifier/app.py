"""The notifier's web process: probes and metrics; what was sent and how it ended is the desk's to show."""

from __future__ import annotations

import atexit

from flask import Flask

from services.notifier.wiring import build_web, settings_or_exit


def create_app() -> Flask:
    """The application; exits with 2 after listing every wrong setting. To be called after the fork."""
    web = build_web(settings_or_exit("web"))
    web.publisher.start()
    atexit.register(web.publisher.stop, 5.0)
    return web.app
