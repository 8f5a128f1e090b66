"""Teams: made, changed, and deleted only while no ticket is theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.ticket_service.act.keeping import Check, Taken, add, change, found, remove, save_record
from services.ticket_service.act.records_of_work import InUse, Unfit
from services.ticket_service.acting import Desk, Frame, Remember
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User


def create_team(desk: Desk, wanted: Mapping[str, Any], frame: Frame, remember: Remember[Team]) -> Team:
    """A new team. Taken (its name), Unfit (a member who is no user), TooBusy."""
    team_id = desk.new_id()
    return add(
        desk,
        lambda: Team(id=team_id, created_at=desk.clock(), **wanted),
        lambda team: _check(desk, team),
        frame,
        remember,
    )


def change_team(
    desk: Desk, team_id: str, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[Team]
) -> Team:
    """Rename a team, change its members, switch it off. NotFound, Taken, Unfit, TooBusy."""

    def save(team: Team) -> None:
        _check(desk, team)
        save_record(desk, team)

    return change(lambda: found(desk, Team, team_id, "team"), wanted, save, frame, unchanged)


def delete_team(
    desk: Desk, team_id: str, tickets: Callable[[str], int], frame: Frame, unchanged: Check[Team]
) -> None:
    """Delete a team; `tickets` counts those that name it. NotFound, InUse, TooBusy."""

    def check(team: Team) -> None:
        unchanged(team)
        if count := tickets(team.id):
            raise InUse("team", "tickets", count)

    remove(desk, lambda: found(desk, Team, team_id, "team"), frame, check)


def _check(desk: Desk, team: Team) -> None:
    team.members = list(dict.fromkeys(team.members))
    known = {user.id for user in desk.store.records(User, {"_id": list(team.members)})}
    mistakes = [
        (f"members.{position}", "There is no such user.")
        for position, member in enumerate(team.members)
        if member not in known
    ]
    if mistakes:
        raise Unfit(mistakes)
    others = [each for each in desk.store.records(Team, {"name": team.name}) if each.id != team.id]
    if others:
        raise Taken("team", "name", team.name, others[0].id)
