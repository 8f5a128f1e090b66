"""What the address of a list asks for: which tickets, in which order and shape; the rest is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, ValidationError
from werkzeug.datastructures import MultiDict

from services.ticket_service.act.preferences import preferences_of
from services.ticket_service.act.sharing import viewer
from services.ticket_service.act.views import seen
from services.ticket_service.acting import NotFound
from services.ticket_service.api import context
from services.ticket_service.api.ticket_query import (
    TicketFilterSchema,
    TicketQuery,
    filter_of,
)
from services.ticket_service.console.languages import time_zone
from services.ticket_service.console.lists.names import SHAPES
from services.ticket_service.domain.preferences import Preferences
from services.ticket_service.domain.view import COLUMNS, DEFAULT_COLUMNS, SavedView
from services.ticket_service.store.ticket_filter import FIELDS, TIMES, TicketFilter
from shared.web.problems import Problem

ADDRESS: Final = "/tickets"
SHAPE_KEY: Final = "tickets:as"
"""Under which the user's last shape is remembered (preferences.ui)."""
COLUMNS_KEY: Final = "tickets"
"""Under which the columns of lists are remembered (preferences.columns); of a view `tickets:<its id>`."""
LIST: Final = "list"
USUAL: Final[Mapping[str, Any]] = {"open": True}
"""What a list shows when nobody says anything: what there is to do."""
PER_PAGE: Final = 50
_DAY: Final = re.compile(r"^\d{4}-\d{2}-\d{2}\Z")
_NAMES: Final = (*TicketFilterSchema().fields, "sort")
_LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """`plain` is the filter as saved views keep it, `wanted` as the database takes it.

    `own_shape` is the one that the reader gets without asking. `query` holds `sort`, `cursor` and `limit` for
    the page to show. `usual` says that the address asked for nothing in particular, `ignored` names what was
    not understood.
    """

    plain: dict[str, Any]
    wanted: TicketFilter
    query: dict[str, Any]
    shape: str
    own_shape: str
    view: SavedView | None
    columns: tuple[str, ...]
    usual: bool
    ignored: tuple[str, ...]

    @property
    def sort(self) -> str:
        """The order, as the interface names it."""
        return str(self.query["sort"])

    @property
    def columns_key(self) -> str:
        """Under which this list's columns are remembered."""
        return f"{COLUMNS_KEY}:{self.view.id}" if self.view else COLUMNS_KEY

    @property
    def changed(self) -> bool:
        """Whether it shows something else than the view it began with."""
        return self.view is not None and (self.plain, self.sort) != (self.view.filter, self.view.sort)

    def parameters(self, **changes: Any) -> str:
        """The address that asks for the same with some of it changed; None takes something away."""
        return self._at(ADDRESS, changes)

    def ticket(self, number: str) -> str:
        """The address of a ticket beside this list."""
        return self._at(f"{ADDRESS}/{number}", {"as": None})

    def _at(self, path: str, changes: Mapping[str, Any]) -> str:
        named = {"view": self.view.id if self.view else None, "cursor": None}
        named |= {**self.shape_asked, **changes}
        merged = {**self.plain, "sort": self.sort, **named}
        if self.usual and not any(value is not None for value in named.values()):
            return path
        given = [(name, _text(each)) for name, value in merged.items() for each in _values(value)]
        return f"{path}?{urlencode(given)}"

    @property
    def shape_asked(self) -> dict[str, str]:
        """What an address has to say so that its list has this shape; nothing where it would anyway."""
        return {} if self.shape == self.own_shape else {"as": self.shape}

    def query_of_filter(self) -> str:
        """The filter alone, as the interface takes it."""
        return urlencode(
            [(name, _text(each)) for name, value in self.plain.items() for each in _values(value)]
        )

    def without(self, name: str, value: str | None = None) -> str:
        """The address that asks for the same without a filter, or without one of its values."""
        left = [each for each in _values(self.plain.get(name)) if value is not None and each != value]
        return self.parameters(**{name: left or None})

    def with_filter(self, plain: Mapping[str, Any]) -> Asked:
        """The same list of other tickets."""
        wanted = filter_of(TicketFilterSchema().load(plain))
        return replace(self, plain=dict(plain), wanted=wanted, usual=False)


def asked(args: MultiDict[str, str]) -> Asked:
    """What these parameters of an address ask for."""
    desk, caller = context.services().desk, context.caller()
    given = {name: args.getlist(name) if name in FIELDS else args[name] for name in _NAMES if args.get(name)}
    given, dates_ignored = _as_times({name: value for name, value in given.items() if _is_text(value)})
    view, view_ignored = _view(args.get("view", ""))
    bare = not given and not dates_ignored
    if bare:
        given = {**view.filter, "sort": view.sort} if view else dict(USUAL)
    query, ignored = _loaded(given, args.get("cursor", ""))
    try:
        wanted = filter_of(query)
    except Problem:
        # Who may not see deleted tickets and asks for them sees the others.
        wanted, ignored = filter_of({**query, "deleted": "no"}), [*ignored, "deleted"]
        query.pop("deleted", None)
    remembered = preferences_of(desk, caller.user.id)
    own_shape = remembered.ui.get(SHAPE_KEY)
    own_shape = str(own_shape) if own_shape in SHAPES else LIST
    plain = {name: value for name, value in TicketFilterSchema().dump(query).items() if value != []}
    found = Asked(
        plain=plain,
        wanted=wanted,
        query=query,
        shape=args["as"] if args.get("as") in SHAPES else own_shape,
        own_shape=own_shape,
        view=view,
        columns=(),
        usual=bare and view is None and not ignored,
        ignored=(*dates_ignored, *view_ignored, *ignored),
    )
    return replace(found, columns=_columns(found, remembered))


def _loaded(given: Mapping[str, Any], cursor: str) -> tuple[dict[str, Any], list[str]]:
    """The query of the list, and what of it means nothing."""
    schema = TicketQuery(unknown=EXCLUDE)
    limits: dict[str, Any] = {"limit": PER_PAGE}
    try:
        return schema.load({**given, **limits, **({"cursor": cursor} if cursor else {})}), []
    except Problem:
        # A cursor of another list: this one is shown from its beginning.
        return _loaded(given, "")
    except ValidationError as error:
        messages: Mapping[str, Any] = error.messages_dict
        good = {name: value for name, value in given.items() if name not in messages}
        return schema.load({**good, **limits}), [name for name in given if name in messages]


def _view(view_id: str) -> tuple[SavedView | None, list[str]]:
    if not view_id:
        return None, []
    desk, caller = context.services().desk, context.caller()
    try:
        return seen(desk, view_id, viewer(desk, caller.user.id, caller.permissions())), []
    except NotFound:
        return None, ["view"]


def _as_times(given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Days, as people choose them, made times of the reader's zone; the last day counts whole."""
    ignored = []
    for name in TIMES:
        for end, more in (("from", 0), ("to", 1)):
            value = given.get(f"{name}_{end}", "")
            if _DAY.match(value):
                try:
                    first = date.fromisoformat(value) + timedelta(days=more)
                    local = datetime.combine(first, time(), tzinfo=ZoneInfo(time_zone()))
                    given[f"{name}_{end}"] = local.astimezone(UTC).isoformat()
                except (ValueError, OverflowError):
                    ignored.append(f"{name}_{end}")
                    del given[f"{name}_{end}"]
    return given, ignored


def _columns(found: Asked, remembered: Preferences) -> tuple[str, ...]:
    """Those that the reader chose for this list, else the view's, else the usual ones."""
    own = remembered.columns.get(found.columns_key) or (found.view.columns if found.view else None)
    chosen = own or remembered.columns.get(COLUMNS_KEY) or DEFAULT_COLUMNS
    return tuple(name for name in dict.fromkeys(chosen) if name in COLUMNS) or DEFAULT_COLUMNS


def _is_text(value: str | list[str]) -> bool:
    """Whether it is short enough, holds no NUL and is not blank."""
    text = "".join([value] if isinstance(value, str) else value)
    return bool(text.strip()) and "\0" not in text and len(text) <= _LONGEST


def _values(value: Any) -> Iterator[Any]:
    if value is not None:
        yield from value if isinstance(value, list | tuple) else (value,)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
