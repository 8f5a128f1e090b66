"""What people decide about themselves: who they are, how the console looks, how they log in."""

from __future__ import annotations

from typing import Final
from zoneinfo import available_timezones

from flask import Response
from flask_babel import LazyString, gettext, lazy_gettext

from services.ticket_service.api import context
from services.ticket_service.api.openapi import ANYBODY
from services.ticket_service.console.languages import LANGUAGES
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("profile", __name__)
THEMES: Final[tuple[tuple[str, LazyString], ...]] = (
    ("auto", lazy_gettext("As the system")),
    ("light", lazy_gettext("Light")),
    ("dark", lazy_gettext("Dark")),
)
DENSITIES: Final[tuple[tuple[str, LazyString], ...]] = (
    ("comfortable", lazy_gettext("Comfortable")),
    ("compact", lazy_gettext("Compact")),
)
PLACES: Final[tuple[tuple[str, LazyString], ...]] = (
    ("top", lazy_gettext("On top")),
    ("left", lazy_gettext("On the left")),
)
HOMES: Final[tuple[tuple[str, LazyString], ...]] = (
    ("home", lazy_gettext("Home")),
    ("tickets", lazy_gettext("Tickets")),
    ("conversations", lazy_gettext("Conversations")),
    ("contacts", lazy_gettext("People")),
    ("calendar", lazy_gettext("Calendar")),
)
_UNDO: Final = (0, 5, 10, 20, 30)


@blueprint.page("/profile", needs=ANYBODY)
def about() -> Response:
    """Name, language, time zone, and how the console looks."""
    oneself, liked = read_tagged("/me"), read_tagged("/me/preferences")
    return show(
        "doors/profile.html",
        here="about",
        oneself=oneself,
        liked=liked,
        languages=LANGUAGES,
        zones=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        themes=THEMES,
        densities=DENSITIES,
        places=PLACES,
        homes=HOMES,
        undo=_undo(liked.body["undo_seconds"]),
    )


@blueprint.page("/profile/security", needs=ANYBODY)
def security() -> Response:
    """Password, second factor, sessions."""
    return show(
        "doors/security.html",
        here="security",
        factor=read("/me/second-factor"),
        sessions=read("/me/sessions")["items"],
        has_password=bool(context.caller().user.password_hash),
    )


@blueprint.page("/profile/tokens", needs=permissions.TOKENS_OWN)
def tokens() -> Response:
    """API tokens of one's own."""
    return show(
        "doors/tokens.html",
        here="tokens",
        tokens=read("/settings/api-tokens")["items"],
        permissions=read("/permissions")["items"],
        own=context.caller().permissions(),
    )


def _undo(now: int) -> list[tuple[int, str]]:
    return [
        (each, gettext("%(num)s seconds", num=each) if each else gettext("Send at once"))
        for each in sorted({*_UNDO, now})
    ]
