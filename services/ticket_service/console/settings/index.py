"""Where all settings are found."""

from __future__ import annotations

from flask import Response

from services.ticket_service.api.openapi import ANYBODY
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.settings.areas import Group, groups

blueprint = ConsoleBlueprint("settings", __name__)


@blueprint.app_template_global("settings_groups")
def settings_groups() -> list[Group]:
    """For the navigation beside each page of settings."""
    return groups()


@blueprint.page("/settings", needs=ANYBODY)
def index() -> Response:
    """All areas that the reader may see, each with a line on what is decided there."""
    return show("settings/index.html", groups=groups())
