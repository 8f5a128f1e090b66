"""Users: who works here, what they may, how they get in."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, g, request

from services.ticket_service.console.languages import LANGUAGES
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_all, read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.console.settings.people_words import ROLES, SECOND_FACTOR
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-users", __name__)
_NEW: Final[dict[str, Any]] = {
    **{"id": "", "name": "", "email": "", "roles": [permissions.AGENT], "language": "", "time_zone": ""},
    **{"active": True, "available": True, "capacity": None, "has_password": False},
}
GONE: Final = "gone"


@blueprint.page("/settings/users", needs=permissions.USERS_READ)
def index() -> Response:
    """Who works here, or (`?which=gone`) who no longer does."""
    gone = request.args.get("which") == GONE
    open_ = {each["id"]: each["open"] for each in read("/statistics/agents", days=1)["agents"]}
    policy = read_tagged("/settings/access")
    return show(
        "settings/users.html",
        users=sorted(read_all("/users", active=not gone), key=lambda user: user["name"].casefold()),
        gone=gone,
        open=open_,
        roles=ROLES,
        policy=policy.body,
        policy_etag=policy.etag,
        who=SECOND_FACTOR,
    )


@blueprint.page("/settings/users/new", needs=permissions.USERS_WRITE)
def new() -> Response:
    """Somebody to add."""
    return show("settings/user.html", user=_NEW, etag="", teams=[], **_words())


@blueprint.page("/settings/users/<user_id>", needs=permissions.USERS_READ)
def one(user_id: str) -> Response:
    """Somebody with what they may; for who may change it also how they get in."""
    found = read_tagged(f"/users/{user_id}")
    inside: dict[str, Any] = {}
    if g.caller.may(permissions.USERS_WRITE):
        inside = {
            "factor": read(f"/users/{user_id}/second-factor"),
            "sessions": read(f"/users/{user_id}/sessions")["items"],
            "tokens": read(f"/users/{user_id}/api-tokens")["items"],
        }
    teams = read_all("/teams", member=user_id)
    return show("settings/user.html", user=found.body, etag=found.etag, teams=teams, **inside, **_words())


def _words() -> dict[str, Any]:
    return {"roles": ROLES, "languages": LANGUAGES, "zones": choices.time_zones()}
