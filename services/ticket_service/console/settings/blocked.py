"""Senders whose messages open no ticket."""

from __future__ import annotations

from flask import Response, request

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.console.ticket.labels import IDENTITIES
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-blocked", __name__)


@blueprint.page("/settings/blocked", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """A page of them, the last one first."""
    page = read("/settings/blocked-senders", limit=50, cursor=request.args.get("cursor"))
    return show("settings/blocked.html", senders=page["items"], following=page["next"], kinds=IDENTITIES)
