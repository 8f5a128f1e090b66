"""Saved views as a list offers them: the reader's own, the teams', everybody's; and the one that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask_babel import gettext as _

from services.ticket_service.act.sharing import Viewer, viewer
from services.ticket_service.api import context
from services.ticket_service.console.lists.asked import ADDRESS, Asked
from services.ticket_service.console.lists.choices import Labels
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.domain import permissions
from services.ticket_service.domain.sharing import EVERYBODY, OWN, TEAM
from services.ticket_service.domain.view import SavedView
from services.ticket_service.store.keyset import Order
from services.ticket_service.store.queries import Page

MOST: Final = 100
_OLDEST: Final = Order("created_at", newest_first=False)


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A saved view that can be gone to; how many tickets it has is asked for when the menu opens."""

    id: str
    name: str
    href: str
    active: bool


@dataclass(frozen=True, slots=True)
class ViewGroup:
    """Views that are there for the same people."""

    label: str
    views: list[ViewLink]


@dataclass(frozen=True, slots=True)
class Saving:
    """What the dialogs that save and change a view need; `etag` is that of the view that is shown."""

    body: dict[str, Any]
    etag: str
    may_change: bool
    may_share: bool
    teams: list[tuple[str, str]]


def groups(asked: Asked) -> list[ViewGroup]:
    """The views the reader sees, by whom they are for; groups without any are left out."""
    who = _viewer()
    found = context.services().records.page(SavedView, who.where(), _OLDEST, Page(None, MOST))[:MOST]
    found.sort(key=lambda view: (view.position, view.name.lower()))
    shown = asked.view.id if asked.view else None
    kinds = ((OWN, _("Your views")), (TEAM, _("Views of your teams")), (EVERYBODY, _("Views for everybody")))
    made = [
        ViewGroup(
            label,
            [
                ViewLink(
                    view.id,
                    view.name,
                    f"{ADDRESS}?{urlencode({'view': view.id, **asked.shape_asked})}",
                    view.id == shown,
                )
                for view in found
                if view.shared == shared
            ],
        )
        for shared, label in kinds
    ]
    return [group for group in made if group.views]


def saving(asked: Asked, labels: Labels) -> Saving:
    """For the dialogs; the body is the list as it is shown now."""
    who = _viewer()
    view = asked.view
    return Saving(
        body={"filter": asked.plain, "sort": asked.sort, "columns": list(asked.columns)},
        etag=read_tagged(f"/views/{view.id}").etag if view else "",
        may_change=view is not None and view.changed_by(who.user_id, who.shares),
        may_share=context.caller().may(permissions.VIEWS_SHARE),
        teams=[(each.value, each.label) for each in labels.choices("group") if each.value in labels.teams],
    )


def _viewer() -> Viewer:
    caller = context.caller()
    return viewer(context.services().desk, caller.user.id, caller.permissions())
