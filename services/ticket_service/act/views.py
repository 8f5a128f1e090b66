"""Saved views: made, changed and deleted by their owner, and shared ones by whoever may share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.ticket_service.act import keeping, sharing
from services.ticket_service.act.keeping import Check
from services.ticket_service.act.sharing import Viewer
from services.ticket_service.acting import Desk, Frame, Remember
from services.ticket_service.domain.view import SavedView

_WHAT: Final = "view"


def seen(desk: Desk, view_id: str, who: Viewer) -> SavedView:
    """The view, if this user sees it. NotFound."""
    return sharing.seen(desk, SavedView, view_id, who, _WHAT)


def create(
    desk: Desk, wanted: Mapping[str, Any], who: Viewer, frame: Frame, remember: Remember[SavedView]
) -> SavedView:
    """A new view. Unfit, PermissionMissing (it is to be shared), TooBusy."""
    view_id = desk.new_id()

    def make() -> SavedView:
        now = desk.clock()
        return SavedView(id=view_id, owner=who.user_id, created_at=now, updated_at=now, **wanted)

    def check(view: SavedView) -> None:
        sharing.must_have_room(desk, SavedView, who, "name")
        sharing.must_fit(desk, view, who)

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

    def fit(view: SavedView) -> None:
        sharing.must_fit(desk, view, who)
        view.updated_at = desk.clock()

    return sharing.change(desk, SavedView, view_id, wanted, who, frame, unchanged, fit, _WHAT)


def delete(desk: Desk, view_id: str, who: Viewer, frame: Frame, unchanged: Check[SavedView]) -> None:
    """Delete a view. NotFound, PermissionMissing, TooBusy."""
    sharing.delete(desk, SavedView, view_id, who, frame, unchanged, _WHAT)
