"""What the dialogs of a ticket's menu need to know, each read when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import request
from flask_babel import to_user_timezone

from services.ticket_service.api import context
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.console.reading import read, read_all, read_tagged
from services.ticket_service.console.ticket import labels
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.console.ticket.words import in_path
from services.ticket_service.domain import permissions, relation
from shared.web.problems import Problem

Values = dict[str, Any]


def _merge(ticket: Wire) -> Values:
    _require(permissions.TICKETS_WRITE)
    return {}


def _split(ticket: Wire) -> Values:
    _require(permissions.TICKETS_WRITE)
    return {"action": _action(ticket)[0]}


def _edit(ticket: Wire) -> Values:
    _require(permissions.TICKETS_WRITE)
    action, etag = _action(ticket)
    return {"action": action, "action_etag": etag}


def _spam(ticket: Wire) -> Values:
    _require(permissions.TICKETS_WRITE)
    return {}


def _relations(ticket: Wire) -> Values:
    found = read(f"/tickets/{ticket['number']}/relations")
    return {
        "relations": found["items"],
        "kinds": [(each, labels.RELATIONS[each]) for each in relation.KINDS],
        "labels": labels,
    }


def _confidential(ticket: Wire) -> Values:
    found = read(f"/tickets/{ticket['number']}/confidential-requests")
    return {"requests": found["items"], "labels": labels}


def _documents(ticket: Wire) -> Values:
    models = [each for each in read_all("/settings/document-models") if each["active"]]
    return {"models": models}


def _watchers(ticket: Wire) -> Values:
    names = Names()
    others = [user for user in names.users.values() if user.active and user.id not in ticket["watchers"]]
    return {"names": names, "others": sorted(others, key=lambda user: user.name.casefold())}


def _interventions(ticket: Wire) -> Values:
    found = read(f"/tickets/{ticket['number']}/interventions", limit=100)
    return {"interventions": found["items"], "names": Names(), "labels": labels}


def _time(ticket: Wire) -> Values:
    found = read(f"/tickets/{ticket['number']}/time-entries", limit=100)
    today = to_user_timezone(context.services().desk.clock()).date().isoformat()
    return {"entries": found["items"], "names": Names(), "today": today}


def _action(ticket: Wire) -> tuple[Wire, str]:
    action_id = request.args.get("action", "")
    if not action_id:
        raise not_found("action")
    found = read_tagged(f"/tickets/{ticket['number']}/actions/{in_path(action_id)}")
    return found.body, found.etag


def _require(permission: str) -> None:
    if not context.caller().may(permission):
        raise Problem(403, "permission-missing", "You may not do this.", permission, permission=permission)


SHEETS: Final[Mapping[str, Callable[[Wire], Values]]] = {
    "merge": _merge,
    "split": _split,
    "edit": _edit,
    "spam": _spam,
    "relations": _relations,
    "confidential": _confidential,
    "documents": _documents,
    "watchers": _watchers,
    "interventions": _interventions,
    "time": _time,
}
"""By the name in the address; each gets the ticket. Problem 403, 404."""
