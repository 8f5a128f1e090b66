"""Saved views: made, changed and deleted by their owner, and shared ones by whoever may share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.ticket_service.act import keeping
from services.ticket_service.act.fields import PermissionMissing
from services.ticket_service.act.keeping import Check
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember
from services.ticket_service.domain import permissions
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.view import EVERYBODY, OWN, TEAM, SavedView

MOST_OF_ONE: Final = 200


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, the teams that user is in, and what the caller may do."""

    user_id: str
    teams: frozenset[str]
    may: Collection[str]

    @property
    def shares(self) -> bool:
        """Whether the user may share views."""
        return permissions.VIEWS_SHARE in self.may

    def where(self) -> dict[str, Any]:
        """The views that this user sees, as a filter of the database."""
        theirs = {"shared": TEAM, "team": {"$in": sorted(self.teams)}}
        return {"$or": [{"owner": {"$eq": self.user_id}}, {"shared": EVERYBODY}, theirs]}


def viewer(desk: Desk, user_id: str, may: Collection[str]) -> Viewer:
    """The user as one who looks at views."""
    teams = frozenset(team.id for team in desk.store.all(Team) if user_id in team.members)
    return Viewer(user_id, teams, may)


def seen(desk: Desk, view_id: str, who: Viewer) -> SavedView:
    """The view, if this user sees it. NotFound."""
    view = desk.store.record(SavedView, view_id)
    if view is None or not view.seen_by(who.user_id, who.teams):
        raise NotFound("view")
    return view


def create(
    desk: Desk, wanted: Mapping[str, Any], who: Viewer, frame: Frame, remember: Remember[SavedView]
) -> SavedView:
    """A new view. Unfit, PermissionMissing (it is to be shared), TooBusy."""
    view_id = desk.new_id()

    def make() -> SavedView:
        now = desk.clock()
        return SavedView(id=view_id, owner=who.user_id, created_at=now, updated_at=now, **wanted)

    def check(view: SavedView) -> None:
        if len(desk.store.records(SavedView, {"owner": who.user_id})) >= MOST_OF_ONE:
            raise Unfit([("name", f"You have {MOST_OF_ONE} views already; delete one first.")])
        _check(desk, view, who)

    return keeping.add(desk, make, check, frame, remember)


def change(
    desk: Desk,
    view_id: str,
    wanted: Mapping[str, Any],
    who: Viewer,
    frame: Frame,
    unchanged: Check[SavedView],
) -> SavedView:
    """Set fields of a view. NotFound, Unfit, PermissionMissing, TooBusy."""

    def check(view: SavedView) -> None:
        unchanged(view)
        _allowed(view, who)

    def save(view: SavedView) -> None:
        _check(desk, view, who)
        view.updated_at = desk.clock()
        keeping.save_record(desk, view)

    return keeping.change(lambda: seen(desk, view_id, who), wanted, save, frame, check)


def delete(desk: Desk, view_id: str, who: Viewer, frame: Frame, unchanged: Check[SavedView]) -> None:
    """Delete a view. NotFound, PermissionMissing, TooBusy."""

    def check(view: SavedView) -> None:
        unchanged(view)
        _allowed(view, who)

    keeping.remove(desk, lambda: seen(desk, view_id, who), frame, check)


def _allowed(view: SavedView, who: Viewer) -> None:
    if not view.changed_by(who.user_id, who.shares):
        raise PermissionMissing(permissions.VIEWS_SHARE, "shared")


def _check(desk: Desk, view: SavedView, who: Viewer) -> None:
    if view.shared != OWN and not who.shares:
        raise PermissionMissing(permissions.VIEWS_SHARE, "shared")
    mistakes = view.mistakes()
    if not mistakes and view.team is not None and desk.store.record(Team, view.team) is None:
        mistakes.append(("team", "There is no such team."))
    if mistakes:
        raise Unfit(mistakes)
