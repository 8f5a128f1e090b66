"""The statuses: put in order, made, changed, removed."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-statuses", __name__)
_NEW: Final[dict[str, Any]] = {
    "key": "",
    "label": "",
    "description": "",
    "color": "#6c757d",
    "roles": [],
    "asks_justification": False,
    "justifications": [],
}


@blueprint.page("/settings/statuses", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All of them in their order, with how many tickets each has."""
    counted = {each["key"]: each["count"] for each in read("/tickets/counts")["statuses"]}
    return show("settings/statuses.html", statuses=choices.statuses(), counted=counted, roles=choices.ROLES)


@blueprint.page("/settings/statuses/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """A status to add."""
    return show("settings/status.html", status=_NEW, etag="", roles=choices.ROLES)


@blueprint.page("/settings/statuses/<key>", needs=permissions.SETTINGS_READ)
def one(key: str) -> Response:
    """A status to change."""
    found = read_tagged(f"/settings/statuses/{key}")
    return show("settings/status.html", status=found.body, etag=found.etag, roles=choices.ROLES)
