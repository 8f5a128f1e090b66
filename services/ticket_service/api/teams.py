"""Teams: groups of users to whom tickets are given together."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from services.ticket_service.act import teams as acts
from services.ticket_service.act.keeping import found
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.people_schemas import (
    NewTeamSchema,
    TeamChangeSchema,
    TeamSchema,
    team_wire,
)
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.team import Team
from services.ticket_service.store.keyset import Order, Position

blueprint = ApiBlueprint("teams", __name__, url_prefix=f"{PREFIX}/teams", description="Groups of users.")


class TeamQuery(PageQuery):
    """Which teams."""

    member = fields.String(validate=ID, metadata={"description": "Id of a user."})
    active = fields.Boolean()


@blueprint.route("", methods=["GET"])
@blueprint.arguments(TeamQuery, location="query")
@blueprint.operation("List teams, the newest first", 400, 422, needs=permissions.USERS_READ)
@blueprint.response(200, page_of(TeamSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of teams."""
    wanted: dict[str, Any] = {}
    if "member" in query:
        wanted["members"] = {"$eq": query["member"]}
    if "active" in query:
        wanted["active"] = {"$eq": query["active"]}
    found_ = context.services().records.page(Team, wanted, Order("created_at", True), page_wanted(query))
    shown, following = cut(found_, query["limit"], lambda team: Position(team.created_at, None, team.id))
    return {"items": [team_wire(team) for team in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewTeamSchema, example={"name": "First line", "members": []})
@blueprint.operation("Add a team", 413, 415, idempotent=True, needs=permissions.USERS_WRITE)
@blueprint.response(201, TeamSchema)
def create(body: dict[str, Any]) -> Response:
    """Tickets name it as their `group` by its id."""
    desk = context.services().desk
    return made(
        body, TeamSchema, team_wire, lambda frame_, remember: acts.create_team(desk, body, frame_, remember)
    )


@blueprint.route("/<team_id>", methods=["GET"])
@blueprint.operation("One team", 404, needs=permissions.USERS_READ)
@blueprint.etag
@blueprint.response(200, TeamSchema)
def show(team_id: str) -> Wire:
    """The team with this id."""
    team = found(context.services().desk, Team, team_id, "team")
    blueprint.set_etag(tag(team))
    return team_wire(team)


@blueprint.route("/<team_id>", methods=["PATCH"])
@blueprint.arguments(TeamChangeSchema, example={"active": False})
@blueprint.operation("Change a team", 400, 404, 409, 412, 413, 415, 422, 428, needs=permissions.USERS_WRITE)
@blueprint.etag
@blueprint.response(200, TeamSchema)
def change(wanted: dict[str, Any], team_id: str) -> Wire:
    """A team that is not active stays on the tickets that name it."""
    desk = context.services().desk
    team = acts.change_team(desk, team_id, wanted, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(team))
    return team_wire(team)


@blueprint.route("/<team_id>", methods=["DELETE"])
@blueprint.operation("Delete a team", 404, 409, 412, 428, needs=permissions.USERS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(team_id: str) -> None:
    """409 `in-use` while a ticket names it: switch it off instead."""
    services = context.services()
    acts.delete_team(
        services.desk,
        team_id,
        lambda id_: services.work.tickets_with("group", id_),
        frame(),
        lambda each: unchanged(blueprint, each),
    )
