"""What a request has at hand: the application's services, who is asking, and since when."""

from __future__ import annotations

from typing import Final, cast

from flask import Flask, current_app, g

from services.ticket_service.api.services import Services
from services.ticket_service.api.wire import View
from services.ticket_service.auth import Caller
from services.ticket_service.domain.history import AGENT, Actor

_KEY: Final = "ticket_service"


def attach(app: Flask, services: Services) -> None:
    """Give the application its services."""
    app.extensions[_KEY] = services


def services() -> Services:
    """The services of the application that handles the request."""
    return cast(Services, current_app.extensions[_KEY])


def caller() -> Caller:
    """Who is asking; guard.py let nobody through without."""
    return cast(Caller, g.caller)


def actor() -> Actor:
    """The caller as history and messages name it."""
    user = caller().user
    return Actor(AGENT, user.id, user.name)


def traceparent() -> str:
    """The request's trace context."""
    return cast(str, g.traceparent)


def view() -> View:
    """The desk's statuses and settings, for showing tickets."""
    store = services().desk.store
    return View(store.workflow(), store.desk())
