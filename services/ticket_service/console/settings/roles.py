"""Roles: what each of them may do, in one table."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.console.settings.people_words import PERMISSIONS, ROLES
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-roles", __name__)


@blueprint.page("/settings/roles", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The table."""
    return show(
        "settings/roles.html", permissions=read("/permissions")["items"], roles=ROLES, meanings=PERMISSIONS
    )
