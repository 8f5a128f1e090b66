"""Builds the sandbox: the only place that knows which providers have a stand-in."""

import logging
import sys

import httpx
from flask import Flask

from sandbox import api, mail, meta, page, problems, shop, twilio
from sandbox.config import Settings, load_settings
from sandbox.state import SandboxState

_MAX_BODY_BYTES = 2**20


def create_app(settings: Settings | None = None, transport: httpx.BaseTransport | None = None) -> Flask:
    """The sandbox as a WSGI application, to be served by one process with many threads.

    `settings` come from the environment when not given; `transport` replaces the network to the gateway.
    Raises environs.EnvValidationError for a wrong environment.
    """
    settings = settings or load_settings()
    _log_to_stderr(settings.log_level)
    app = Flask("sandbox")
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = None  # always asked again: an update is never half seen
    state = SandboxState()
    app.extensions["sandbox"] = state
    problems.install(app)
    page.harden(app)
    app.register_blueprint(page.blueprint(shop=settings.webchat is not None))
    app.register_blueprint(api.blueprint(state))
    meta.install(app, settings, state, transport)
    twilio.install(app, settings, state, transport)
    mail.install(app, settings, state)
    shop.install(app, settings)
    return app


def _log_to_stderr(level: str) -> None:
    log = logging.getLogger("sandbox")
    log.setLevel(level)
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        log.addHandler(handler)
        log.propagate = False
