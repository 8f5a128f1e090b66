"""Ways of working to start from, with a look at what becomes of the statuses that tickets have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Response
from flask_babel import lazy_gettext as _l

from services.ticket_service.api.problems import not_found
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-presets", __name__)
WAYS: Final[Mapping[str, tuple[object, object]]] = {
    "S000": (
        _l("Conversation"),
        _l("Whose turn is it? Open, waiting for the customer, answered by the customer, closed."),
    ),
    "S001": (_l("Simple"), _l("Open, in progress, closed: nothing more to think of.")),
    "S002": (
        _l("Field service"),
        _l("Shows what nobody has read yet, who has it, and what waits for feedback."),
    ),
    "S003": (
        _l("Live help"),
        _l("Open needs attention now, pending is answered, closed is solved; with spam."),
    ),
    "S004": (
        _l("Service desk"),
        _l("From new to resolved and closed, with a reason for pending, resolved and closed."),
    ),
}
"""What presets are called, and for whom they are."""


@blueprint.page("/settings/presets", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All presets with their statuses."""
    in_use = {each["key"] for each in choices.statuses()}
    presets = read("/settings/status-presets")["items"]
    return show("settings/presets.html", presets=presets, ways=WAYS, in_use=in_use)


@blueprint.page("/settings/presets/<key>", needs=permissions.SETTINGS_WRITE)
def one(key: str) -> Response:
    """What taking a preset means: which statuses stay, come and go, and where the tickets of those go."""
    wanted = next((each for each in read("/settings/status-presets")["items"] if each["key"] == key), None)
    if wanted is None:
        raise not_found("preset")
    now, then = choices.statuses(), wanted["statuses"]
    there = {each["key"] for each in then}
    counted = {each["key"]: each["count"] for each in read("/tickets/counts")["statuses"]}
    going = [
        {"status": each, "count": counted.get(each["key"]), "to": successor(each, then)}
        for each in now
        if each["key"] not in there
    ]
    staying = [each for each in now if each["key"] in there]
    return show(
        "settings/preset.html",
        preset=key,
        way=WAYS[key],
        statuses=then,
        options=choices.labels(then, "key", "label"),
        going=going,
        staying=staying,
    )


def successor(gone: Mapping[str, Any], then: Iterable[Mapping[str, Any]]) -> str:
    """The key of the status that is most like the one that goes: the most roles in common, else open alike.

    A suggestion only: the administrator decides.
    """
    roles = set(gone["roles"])
    closed = "closed" in roles

    def likeness(other: Mapping[str, Any]) -> tuple[int, bool, bool]:
        theirs = set(other["roles"])
        return len(roles & theirs), ("closed" in theirs) == closed, not theirs

    return str(max(then, key=likeness)["key"])
