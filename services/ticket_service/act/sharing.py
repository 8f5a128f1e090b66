"""Things that people keep for themselves or share: seen by whom they are for, changed by who may."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from services.ticket_service.act import keeping
from services.ticket_service.act.fields import PermissionMissing
from services.ticket_service.act.keeping import Check
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound
from services.ticket_service.domain import permissions
from services.ticket_service.domain.sharing import EVERYBODY, OWN, TEAM
from services.ticket_service.domain.team import Team

MOST_OF_ONE: Final = 200


class SharedRecord(Protocol):
    """A Shareable (domain/sharing.py) that is saved whole."""

    id: str
    shared: str
    team: str | None
    version: int

    def seen_by(self, user_id: str, teams: Collection[str]) -> bool:
        """As domain.sharing.Shareable."""
        ...

    def changed_by(self, user_id: str, shares: bool) -> bool:
        """As domain.sharing.Shareable."""
        ...

    def sharing_mistakes(self) -> list[tuple[str, str]]:
        """As domain.sharing.Shareable."""
        ...


R = TypeVar("R", bound=SharedRecord)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, the teams that user is in, and what the caller may do."""

    user_id: str
    teams: frozenset[str]
    may: Collection[str]

    @property
    def shares(self) -> bool:
        """Whether the user may share things."""
        return permissions.VIEWS_SHARE in self.may

    def where(self) -> dict[str, Any]:
        """The things that this user sees, as a filter of the database."""
        theirs = {"shared": TEAM, "team": {"$in": sorted(self.teams)}}
        return {"$or": [{"owner": {"$eq": self.user_id}}, {"shared": EVERYBODY}, theirs]}


def viewer(desk: Desk, user_id: str, may: Collection[str]) -> Viewer:
    """The user as one who looks at what is shared."""
    teams = frozenset(team.id for team in desk.store.all(Team) if user_id in team.members)
    return Viewer(user_id, teams, may)


def seen(desk: Desk, kind: type[R], record_id: str, who: Viewer, what: str) -> R:
    """The thing (called `what` by people), if this user sees it. NotFound."""
    record = desk.store.record(kind, record_id)
    if record is None or not record.seen_by(who.user_id, who.teams):
        raise NotFound(what)
    return record


def must_have_room(desk: Desk, kind: type[R], who: Viewer, field: str) -> None:
    """Nobody has more than MOST_OF_ONE of a kind. Unfit."""
    if len(desk.store.records(kind, {"owner": who.user_id})) >= MOST_OF_ONE:
        raise Unfit([(field, f"You have {MOST_OF_ONE} of these already; delete one first.")])


def may_change(record: SharedRecord, who: Viewer) -> None:
    """PermissionMissing for a thing of others, and a shared one where the user may not share."""
    if not record.changed_by(who.user_id, who.shares):
        raise PermissionMissing(permissions.VIEWS_SHARE, "shared")


def must_fit(desk: Desk, record: SharedRecord, who: Viewer) -> None:
    """Whom it is shared with has to make sense, and be allowed. Unfit, PermissionMissing."""
    if record.shared != OWN and not who.shares:
        raise PermissionMissing(permissions.VIEWS_SHARE, "shared")
    mistakes = record.sharing_mistakes()
    if not mistakes and record.team is not None and desk.store.record(Team, record.team) is None:
        mistakes.append(("team", "There is no such team."))
    if mistakes:
        raise Unfit(mistakes)


def change(
    desk: Desk,
    kind: type[R],
    record_id: str,
    wanted: Mapping[str, Any],
    who: Viewer,
    frame: Frame,
    unchanged: Check[R],
    fit: Check[R],
    what: str,
) -> R:
    """Set fields of a thing; `fit` sees it as it would be saved. NotFound, PermissionMissing, TooBusy."""

    def check(record: R) -> None:
        unchanged(record)
        may_change(record, who)

    def save(record: R) -> None:
        fit(record)
        keeping.save_record(desk, record)

    return keeping.change(lambda: seen(desk, kind, record_id, who, what), wanted, save, frame, check)


def delete(
    desk: Desk, kind: type[R], record_id: str, who: Viewer, frame: Frame, unchanged: Check[R], what: str
) -> None:
    """Delete a thing. NotFound, PermissionMissing, TooBusy."""

    def check(record: R) -> None:
        unchanged(record)
        may_change(record, who)

    keeping.remove(desk, lambda: seen(desk, kind, record_id, who, what), frame, check)
