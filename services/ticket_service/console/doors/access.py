"""Settings: who cannot log in with a password alone."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_babel import LazyString, lazy_gettext

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("access", __name__)
WHO: Final[tuple[tuple[str, LazyString, LazyString], ...]] = (
    ("nobody", lazy_gettext("Nobody"), lazy_gettext("Everybody decides for themselves, on their profile.")),
    (
        "admins",
        lazy_gettext("Administrators"),
        lazy_gettext("Who can change the desk and its users sets one up at the next log-in."),
    ),
    ("everybody", lazy_gettext("Everybody"), lazy_gettext("All set one up at their next log-in.")),
)


@blueprint.page("/settings/access", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The choice, with what follows from it."""
    found = read_tagged("/settings/access")
    return show("doors/access.html", policy=found.body, etag=found.etag, who=WHO)
