"""Traces: how far a message came, by any id that somebody has of it."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request

from services.ticket_service.console.live.pages import ICONS, SENDING, STATES, STEPS
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read
from services.ticket_service.domain import permissions, trace
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("settings-traces", __name__)
_LONGEST = 600
_NOT_FOUND = 404


@blueprint.page("/settings/traces", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The way of what `id` names: a message by the desk's or the provider's id, an item in quarantine."""
    wanted = request.args.get("id", "").strip()[:_LONGEST]
    found = _trace(wanted) if wanted else None
    outbound = found is not None and found["kind"] == trace.OUTBOUND
    labels = {**STEPS, **SENDING} if outbound else STEPS
    return show("settings/traces.html", wanted=wanted, trace=found, labels=labels, icons=ICONS, states=STATES)


def _trace(wanted: str) -> Json | None:
    try:
        return read(f"/traces/{quote(wanted, safe=':')}")
    except Problem as problem:
        if problem.status == _NOT_FOUND:
            return None
        raise
