"""Outgoing webhooks: which programs hear of what, with the log of what was sent."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_all, read_tagged
from services.ticket_service.console.settings.outward_words import DELIVERY, EVENTS
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-webhooks", __name__)
_NEW: Final[dict[str, Any]] = {
    **{"id": "", "url": "", "description": "", "events": [], "active": True, "disabled_reason": ""},
    "previous_until": None,
}


@blueprint.page("/settings/webhooks", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All of them."""
    return show("settings/webhooks.html", webhooks=read_all("/settings/webhooks"), events=EVENTS)


@blueprint.page("/settings/webhooks/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """One to add."""
    return show("settings/webhook.html", webhook=_NEW, etag="", events=EVENTS)


@blueprint.page("/settings/webhooks/<webhook_id>", needs=permissions.SETTINGS_READ)
def one(webhook_id: str) -> Response:
    """One to change, with its log (`state` narrows it)."""
    found = read_tagged(f"/settings/webhooks/{webhook_id}")
    state = request.args.get("state", "")
    log = read(
        f"/settings/webhooks/{webhook_id}/deliveries",
        state=state if state in DELIVERY else None,
        cursor=request.args.get("cursor"),
        limit=25,
    )
    return show(
        "settings/webhook.html",
        webhook=found.body,
        etag=found.etag,
        events=EVENTS,
        deliveries=log["items"],
        following=log["next"],
        state=state if state in DELIVERY else "",
        states=DELIVERY,
    )
