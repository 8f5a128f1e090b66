"""The classification of a ticket (S004's left area) as controls that are edited in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import to_user_timezone

from services.ticket_service.api import context
from services.ticket_service.api.wire import Wire
from services.ticket_service.console import formats
from services.ticket_service.console.ticket import labels
from services.ticket_service.console.ticket.names import RECORDS, Names
from services.ticket_service.domain import permissions
from services.ticket_service.domain.dictionary import CLOSED_LISTS, entries_of
from services.ticket_service.domain.field_rules import FieldRules

FIRST: Final = (
    *("type", "requester", "service", "category", "priority", "solution_forecast", "assignee", "cc", "tags"),
)
"""S004's fields in its order; the number stands in the head."""
MORE: Final = (
    *("group", "request_type", "severity", "importance", "operation", "organization", "linked_to"),
    *("product", "project", "contract", "planned_at", "hours", "days", "solution", "notify_requester"),
)
SEARCHED: Final = {
    "requester": "/contacts",
    "organization": "/organizations",
    "product": "/products",
    "project": "/projects",
    "contract": "/contracts",
    "linked_to": "/contacts",
}
"""Fields whose values are searched for, and where in the interface."""
_KINDS: Final = {
    "cc": "list",
    "tags": "list",
    "solution_forecast": "moment",
    "planned_at": "moment",
    "hours": "number",
    "days": "number",
    "solution": "lines",
    "notify_requester": "switch",
}


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Control:
    """A field: `kind` is choice, list, moment, number, lines, switch or record.

    `value` is what the control holds, `shown` what people read; `search` is where a record is searched for.
    """

    name: str
    label: str
    kind: str
    value: Any
    shown: str
    options: tuple[Option, ...] = ()
    empty: str = ""
    search: str = ""
    required: bool = False
    locked: bool = False


def controls(ticket: Wire, names: Names, which: Iterable[str]) -> list[Control]:
    """The fields of these names that the desk uses; locked for who may not change them."""
    rules = context.services().desk.store.setting(FieldRules)
    caller = context.caller()
    open_ = ticket["merged_into"] is None and ticket["deleted_at"] is None
    write = open_ and caller.may(permissions.TICKETS_WRITE)
    forecast = write and caller.may(permissions.TICKETS_FORECAST)
    found = []
    for name in which:
        rule, may = rules.rule(name), forecast if name == "solution_forecast" else write
        if rule.enabled:
            found.append(_control(ticket, names, name, required=rule.mandatory, locked=not may))
    return found


def _control(ticket: Wire, names: Names, name: str, *, required: bool, locked: bool) -> Control:
    value, kind = ticket[name], _KINDS.get(name, "record" if name in SEARCHED else "choice")
    if name == "requester":
        requester = value or {}
        value, shown, required = requester.get("id"), requester.get("name") or "", True
    else:
        shown = names.value(name, value)
    return Control(
        name,
        names.field(name),
        kind,
        _held(kind, value),
        shown,
        tuple(_options(names, name, value)) if kind == "choice" else (),
        "" if name == "type" or required else _empty(name),
        SEARCHED.get(name, ""),
        required,
        locked,
    )


def _held(kind: str, value: Any) -> Any:
    if kind == "moment":
        return local_input(value)
    if kind == "list":
        return ", ".join(value)
    return value


def local_input(value: formats.Moment) -> str:
    """A time as an <input type=datetime-local> in the reader's zone holds it; empty for none."""
    found = formats.moment_of(value)
    return f"{to_user_timezone(found):%Y-%m-%dT%H:%M}" if found else ""


def _empty(name: str) -> str:
    return _("nobody") if name in ("assignee", "group") else _("not set")


def _options(names: Names, name: str, value: Any) -> list[Option]:
    if name == "type":
        return [Option(key, str(label)) for key, label in labels.TYPES.items()]
    if name in CLOSED_LISTS:
        entries = entries_of(names.entries.values(), name)
        return [Option(each.key, each.label) for each in entries if each.active or each.key == value]
    if name in RECORDS:
        return []
    known = names.users if name == "assignee" else names.teams
    found = [Option(each.id, each.name) for each in known.values() if each.active or each.id == value]
    return sorted(found, key=lambda option: option.label.casefold())
