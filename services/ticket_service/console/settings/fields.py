"""Fields of tickets: used or not, mandatory or not, and what they are called here."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.console.ticket.labels import FIELDS
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-fields", __name__)


@blueprint.page("/settings/fields", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """Every field that can be switched, on one form."""
    found = read_tagged("/settings/fields")
    return show("settings/fields.html", fields=found.body["items"], etag=found.etag, labels=FIELDS)
