"""The web application of the desk: the REST interface and its documentation."""

from __future__ import annotations

from typing import Final

from flask import Flask

from services.ticket_service.api import (
    actions,
    contacts,
    conversations,
    guard,
    quarantine,
    refusals,
    settings,
    tickets,
    tokens,
)
from services.ticket_service.api.bodies import MAX_BODY_BYTES
from services.ticket_service.api.context import attach
from services.ticket_service.api.docs_page import docs_page
from services.ticket_service.api.openapi import make_api
from services.ticket_service.config import read_settings
from services.ticket_service.wiring import Web, build_web
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit
from shared.web.base import create_base_app, secure_headers, trace_requests

RESOURCES: Final = (tickets, actions, contacts, conversations, settings, tokens, quarantine)


def create_app(web: Web | None = None) -> Flask:
    """The application; on the database that the environment names unless it is given what it rests on."""
    if web is None:
        settings_given = or_exit(read_settings)
        configure_logging("ticket_service", "web", settings_given.process.log_level)
        web = build_web(settings_given)
    app = create_base_app("ticket_service", web.checks, max_body=MAX_BODY_BYTES)
    trace_requests(app)
    secure_headers(app)
    attach(app, web.services)
    guard.close(app)
    refusals.register_refusals(app)
    api = make_api(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint)
    app.register_blueprint(docs_page)
    return app
