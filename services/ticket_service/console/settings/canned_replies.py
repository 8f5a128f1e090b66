"""Canned replies: those the reader sees, made and changed with a preview of what they say."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, g, request
from flask_babel import lazy_gettext as _l

from services.ticket_service.api.wire import Wire
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.domain import permissions
from services.ticket_service.domain.canned_reply import CannedReply
from services.ticket_service.domain.sharing import EVERYBODY, OWN, TEAM

blueprint = ConsoleBlueprint("settings-canned-replies", __name__)
SHARED: Final = {OWN: _l("Only you"), TEAM: _l("A team"), EVERYBODY: _l("Everybody")}
MEANINGS: Final = {
    "customer.name": _l("Name of the customer"),
    "customer.first_name": _l("First name of the customer"),
    "customer.address": _l("Number or mail address of the customer"),
    "ticket.number": _l("Number of the ticket"),
    "ticket.title": _l("Title of the ticket"),
    "ticket.status": _l("Status of the ticket"),
    "agent.name": _l("Your name"),
    "agent.first_name": _l("Your first name"),
    "agent.email": _l("Your mail address"),
    "today.date": _l("Date"),
    "today.time": _l("Time"),
    "today.hour": _l("Hour, for greetings by the time of day"),
}
"""What the variables of a text are, for people."""
_NEW: Final[Wire] = {"title": "", "shortcut": "", "body": "", "shared": OWN, "team": None}


@blueprint.page("/settings/canned-replies", needs=permissions.TICKETS_READ)
def index() -> Response:
    """A page of those the reader sees, or of those that fit a search."""
    query = request.args.get("q", "")[:200]
    page = read("/canned-replies", q=query, limit=50, cursor=request.args.get("cursor"))
    return show(
        "settings/canned_replies.html",
        replies=page["items"],
        following=page["next"],
        query=query,
        shared=SHARED,
        teams=_teams(),
    )


@blueprint.page("/settings/canned-replies/new", needs=permissions.TICKETS_WRITE)
def new() -> Response:
    """One to write."""
    return _form(dict(_NEW), "", changes=True)


@blueprint.page("/settings/canned-replies/<reply_id>", needs=permissions.TICKETS_READ)
def one(reply_id: str) -> Response:
    """One to read or change."""
    found = read_tagged(f"/canned-replies/{reply_id}")
    return _form(found.body, found.etag, changes=_changes(found.body))


def _form(reply: Wire, etag: str, *, changes: bool) -> Response:
    values: dict[str, Any] = {"shared": SHARED, "meanings": MEANINGS, "teams": _teams()}
    return show("settings/canned_reply.html", reply=reply, etag=etag, changes=changes, **values)


def _changes(reply: Wire) -> bool:
    """Whether the reader may change it; the interface decides again."""
    who = g.caller
    if not who.may(permissions.TICKETS_WRITE):
        return False
    known = {name: reply[name] for name in ("id", "title", "body", "owner", "shared", "team")}
    kept = CannedReply(created_at=reply["created_at"], updated_at=reply["updated_at"], **known)
    return kept.changed_by(who.user.id, who.may(permissions.VIEWS_SHARE))


def _teams() -> dict[str, str]:
    if not g.caller.may(permissions.USERS_READ):
        return {}
    return {team["id"]: team["name"] for team in read("/teams", limit=100)["items"]}
