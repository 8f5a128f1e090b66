"""The notifier's web process: probes and metrics; what was sent and how it ended is the desk's to show."""

from __future__ import annotations

import atexit

from flask import Flask

from services.notifier.config import read_settings
from services.notifier.wiring import build_web
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit


def create_app() -> Flask:
    """The application; exits with 2 after listing every wrong setting. To be called after the fork."""
    settings = or_exit(read_settings)
    configure_logging("notifier", "web", settings.process.log_level)
    web = build_web(settings)
    web.publisher.start()
    atexit.register(web.publisher.stop, 5.0)
    return web.app
