"""The lists of values that people choose from on tickets."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.console.settings.choices import DICTIONARIES
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-dictionaries", __name__)


@blueprint.page("/settings/dictionaries", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The first list."""
    return _list(next(iter(DICTIONARIES)))


@blueprint.page("/settings/dictionaries/<name>", needs=permissions.SETTINGS_READ)
def one(name: str) -> Response:
    """A list in its order, with a line for a new value."""
    return _list(name)


@blueprint.page("/settings/dictionaries/<name>/<key>", needs=permissions.SETTINGS_READ)
def entry(name: str, key: str) -> Response:
    """One value."""
    found = read_tagged(f"/settings/dictionaries/{name}/{key}")
    return show("settings/entry.html", name=name, entry=found.body, etag=found.etag, names=DICTIONARIES)


def _list(name: str) -> Response:
    entries = read(f"/settings/dictionaries/{name}")["entries"]
    return show("settings/dictionary.html", name=name, entries=entries, names=DICTIONARIES)
