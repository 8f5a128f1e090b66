"""The drop-down of statuses with how many tickets each has, and the lists that a desk always has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.ticket_service.api import context
from services.ticket_service.console.lists.asked import ADDRESS, Asked
from services.ticket_service.console.lists.board import of_status
from services.ticket_service.console.lists.choices import Labels
from services.ticket_service.domain import permissions
from services.ticket_service.domain.status import CLOSED
from services.ticket_service.store.ticket_filter import NOBODY


@dataclass(frozen=True, slots=True)
class StatusLink:
    """An entry of the drop-down. `key` is the status', OPEN for all that are not closed, ALL for all.

    `count` is None while nobody has counted: the browser asks for it.
    """

    key: str
    label: str
    color: str
    href: str
    count: int | None
    active: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class ListLink:
    """A list of tickets that can be gone to."""

    label: str
    icon: str
    href: str
    active: bool


@dataclass(frozen=True, slots=True)
class _Usual:
    label: LazyString
    icon: str
    filter: dict[str, Any]
    needs: str = permissions.TICKETS_READ
    open: bool = True


OPEN: Final = ":open"
ALL: Final = ":all"
"""Not keys of statuses: those begin with a letter or a digit."""
_USUAL: Final = (
    _Usual(_l("All tickets"), "inbox", {}),
    _Usual(_l("Mine"), "person", {"assignee": ["me"]}),
    _Usual(_l("Unassigned"), "person-dash", {"assignee": [NOBODY]}),
    _Usual(_l("Not read yet"), "envelope", {"unread": True}),
    _Usual(_l("Customer waits for an answer"), "hourglass-split", {"unanswered": True}),
    _Usual(_l("Late"), "alarm", {"sla": ["breached"]}),
    _Usual(_l("Watched by me"), "eye", {"watcher": ["me"]}, open=False),
    _Usual(_l("Deleted"), "trash", {"deleted": "only"}, permissions.TICKETS_DELETE, open=False),
)


def statuses(asked: Asked, labels: Labels) -> list[StatusLink]:
    """All that are not closed, each status, all: with the other filters as they are."""
    chosen, is_open = asked.plain.get("status", []), asked.plain.get("open")
    exact = _exact(asked)
    known = labels.workflow.statuses
    open_ = [status for status in known if CLOSED not in status.roles]
    closed = {status.key for status in known} - {status.key for status in open_}

    def link(key: str, label: str, color: str, plain: dict[str, Any], count: int | None) -> StatusLink:
        active = [key] == chosen or (not chosen and key == (OPEN if is_open else ALL))
        href = asked.parameters(**{"status": None, "open": None, **plain})
        return StatusLink(key, label, color, href, count, active, key in closed)

    def total(keys: list[str]) -> int | None:
        return sum(exact.get(key, 0) for key in keys) if exact is not None else None

    return [
        link(OPEN, _("All open"), "", {"open": True}, total([each.key for each in open_])),
        *(
            link(each.key, each.label, each.color, {"status": [each.key]}, total([each.key]))
            for each in known
        ),
        link(ALL, _("All"), "", {}, total([each.key for each in known])),
    ]


def lists(asked: Asked) -> list[ListLink]:
    """The lists that are there without anybody having saved them."""
    rest = of_status(asked.plain)
    may = context.caller().may
    return [
        ListLink(
            str(each.label), each.icon, _address(each, asked), asked.view is None and rest == each.filter
        )
        for each in _USUAL
        if may(each.needs)
    ]


def current(asked: Asked, found: list[ListLink]) -> str:
    """What the list that is shown is called."""
    if asked.view is not None:
        return asked.view.name
    return next((each.label for each in found if each.active), _("Tickets"))


def _address(usual: _Usual, asked: Asked) -> str:
    plain = {**usual.filter, **({"open": True} if usual.open and usual.filter else {}), **asked.shape_asked}
    query = [
        f"{name}={str(each).lower() if isinstance(each, bool) else each}"
        for name, value in plain.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return f"{ADDRESS}?{'&'.join(query)}" if query else ADDRESS


def _exact(asked: Asked) -> dict[str, int] | None:
    """The desk's own counters, where nothing but the status narrows the list."""
    return None if of_status(asked.plain) else context.services().tickets.counters()
