"""Teams: groups of users who share tickets."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_all, read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-teams", __name__)
_NEW: Final[dict[str, Any]] = {"id": "", "name": "", "description": "", "members": [], "active": True}


@blueprint.page("/settings/teams", needs=permissions.USERS_READ)
def index() -> Response:
    """All of them by name, with who is in them."""
    teams = sorted(read_all("/teams"), key=lambda team: (not team["active"], team["name"].casefold()))
    return show("settings/teams.html", teams=teams, names={user["id"]: user["name"] for user in _users()})


@blueprint.page("/settings/teams/new", needs=permissions.USERS_WRITE)
def new() -> Response:
    """A team to add."""
    return show("settings/team.html", team=_NEW, etag="", users=_offered(_NEW))


@blueprint.page("/settings/teams/<team_id>", needs=permissions.USERS_READ)
def one(team_id: str) -> Response:
    """A team to change."""
    found = read_tagged(f"/teams/{team_id}")
    return show("settings/team.html", team=found.body, etag=found.etag, users=_offered(found.body))


def _users() -> list[dict[str, Any]]:
    return sorted(read_all("/users"), key=lambda user: user["name"].casefold())


def _offered(team: dict[str, Any]) -> list[dict[str, Any]]:
    """Who works here, and who is in the team and no longer does."""
    return [user for user in _users() if user["active"] or user["id"] in team["members"]]
