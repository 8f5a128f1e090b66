"""API tokens: what the reader's own programs log in with."""

from __future__ import annotations

from flask import Response, g

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.console.settings.people_words import PERMISSIONS
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-tokens", __name__)


@blueprint.page("/settings/tokens", needs=permissions.TOKENS_OWN)
def index() -> Response:
    """The reader's tokens, and a form for another one."""
    own = g.caller.permissions()
    return show(
        "settings/tokens.html",
        tokens=read("/settings/api-tokens")["items"],
        scopes=[(name, meaning) for name, meaning in PERMISSIONS.items() if name in own],
        meanings=PERMISSIONS,
    )
