"""The quarantine: what could not be handled, why, as it came; tried again or put away."""

from __future__ import annotations

import json

from flask import Response, request

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_all
from services.ticket_service.console.settings.outward_words import DEAD_LETTERS, HELD, REASONS
from services.ticket_service.domain import permissions, quarantine

blueprint = ConsoleBlueprint("settings-quarantine", __name__)
ALL = "all"
DEAD = "dead-letters"


@blueprint.page("/settings/quarantine", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """What waits; `state` shows what was decided, `reason` narrows (`dead-letters`: all of the broker's)."""
    state = request.args.get("state", quarantine.HELD)
    reason = request.args.get("reason", "").strip()[:100]
    page = read(
        "/quarantine",
        state=state if state in HELD else None,
        reason=DEAD_LETTERS if reason == DEAD else reason or None,
        cursor=request.args.get("cursor"),
        limit=50,
    )
    return show(
        "settings/quarantine.html",
        items=page["items"],
        following=page["next"],
        state=state if state in HELD else ALL,
        states=HELD,
        reason=reason,
        reasons=REASONS,
        dead=DEAD,
    )


@blueprint.page("/settings/quarantine/<item_id>", needs=permissions.SETTINGS_READ)
def one(item_id: str) -> Response:
    """One item, whole."""
    item = read(f"/quarantine/{item_id}")
    names = {user["id"]: user["name"] for user in read_all("/users")} if item["decided_by"] else {}
    return show(
        "settings/quarantine_item.html",
        item=item,
        raw=_readable(item["payload"]),
        states=HELD,
        reasons=REASONS,
        decided_by=names.get(item["decided_by"], item["decided_by"]),
    )


def _readable(payload: str) -> str:
    """JSON with line breaks; what is none stays as it came."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return payload
