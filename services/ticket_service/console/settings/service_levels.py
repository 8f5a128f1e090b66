"""Service level policies: which tickets get which promises."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.console.ticket.labels import FIELDS, PROMISES
from services.ticket_service.domain import permissions
from services.ticket_service.domain.sla_policy import CONDITIONS

blueprint = ConsoleBlueprint("settings-service-levels", __name__)
_NEW: Final[dict[str, Any]] = {
    "id": "",
    "name": "",
    "description": "",
    "active": True,
    "calendar": None,
    "conditions": {},
    "targets": [{"name": "first_response", "minutes": 60, "warn_percent": 80, "warn_minutes": None}],
}


@blueprint.page("/settings/service-levels", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All policies in the order in which they are tried."""
    return show(
        "settings/service_levels.html",
        policies=read("/settings/sla-policies")["items"],
        calendars=dict(_calendars()),
        **_words(),
    )


@blueprint.page("/settings/service-levels/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """A policy to add."""
    return show("settings/service_level.html", policy=_NEW, etag="", calendars=_calendars(), **_words())


@blueprint.page("/settings/service-levels/<policy_id>", needs=permissions.SETTINGS_READ)
def one(policy_id: str) -> Response:
    """A policy to change."""
    found = read_tagged(f"/settings/sla-policies/{policy_id}")
    return show(
        "settings/service_level.html",
        policy=found.body,
        etag=found.etag,
        calendars=_calendars(),
        **_words(),
    )


def _calendars() -> choices.Choices:
    return choices.labels(read("/settings/calendars")["items"])


def _words() -> dict[str, Any]:
    names = {**FIELDS, **choices.SUBJECTS}
    return {
        "promises": PROMISES,
        "subjects": [(name, str(names[name])) for name in CONDITIONS],
        "choices": choices.for_policies(),
    }
