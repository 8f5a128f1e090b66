"""The filters of a list: the panel in which they are set, and the marks that show what is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask_babel import format_date
from flask_babel import gettext as _

from services.ticket_service.api import context
from services.ticket_service.console.languages import time_zone
from services.ticket_service.console.lists import names
from services.ticket_service.console.lists.asked import Asked
from services.ticket_service.console.lists.choices import RECORDS, TYPED, Choice, Labels
from services.ticket_service.domain import permissions
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.store.ticket_filter import FIELDS, NOBODY

_FIRST: Final = ("assignee", "group", "priority", "channel", "sla", "service", "category")
"""What people filter by most stands first."""
_ELSEWHERE: Final = frozenset({"status", "conversation", "linked_to"})
"""Chosen at another place, or set by a link from a record."""
_KINDS: Final = ("choices", "records", "typed")
_SWITCHED: Final = {"tag": "tags", "watcher": "watchers"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set, in words, and the address of the list without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Field:
    """A filter in the panel. `kind` is `choices`, `records` (found by typing, at `source`) or `typed`."""

    name: str
    label: str
    kind: str
    choices: list[Choice]
    chosen: list[str]
    source: str = ""


def chips(asked: Asked, labels: Labels) -> list[Chip]:
    """Everything that is set beside the status, which has its own place."""
    return [*_by_value(asked, labels), *_by_bounds(asked), *_by_flag(asked)]


def fields(asked: Asked, labels: Labels) -> list[Field]:
    """The filters by value that this desk uses, the most used first, and those that are set."""
    rules = context.services().desk.store.setting(FieldRules)
    order = [*_FIRST, *(name for name in FIELDS if name not in _FIRST)]
    shown = []
    for name in order:
        chosen = list(asked.plain.get(name, ()))
        used = rules.rule(_SWITCHED.get(name, name)).enabled
        if name not in _ELSEWHERE and (used or chosen):
            shown.append(_field(name, chosen, labels))
    return sorted(shown, key=lambda field: _KINDS.index(field.kind))


def days(asked: Asked) -> dict[str, str]:
    """The bounds of times as days of the reader's zone, for the panel."""
    found = {}
    for name in names.TIMES:
        for end in ("from", "to"):
            value = asked.plain.get(f"{name}_{end}")
            if value:
                found[f"{name}_{end}"] = _day(value, last=end == "to").date().isoformat()
    return found


def _field(name: str, chosen: list[str], labels: Labels) -> Field:
    label = names.label_of(name)
    if name in RECORDS:
        known = [Choice(value, labels.value(name, value)) for value in chosen]
        return Field(name, label, "records", known, chosen, RECORDS[name][1])
    if name in TYPED:
        return Field(name, label, "typed", [], chosen)
    return Field(name, label, "choices", labels.choices(name, chosen), chosen)


def _by_value(asked: Asked, labels: Labels) -> Iterator[Chip]:
    for name in FIELDS:
        values = asked.plain.get(name, [])
        if name == "status" or not values:
            continue
        if name in RECORDS:
            labels.learn(name, [value for value in values if value != NOBODY])
        shown = [labels.value(name, value) for value in values]
        yield Chip(names.label_of(name), ", ".join(shown), asked.without(name))


def _by_bounds(asked: Asked) -> Iterator[Chip]:
    both: dict[str, Any] = {**names.TIMES, **names.AMOUNTS}
    for name, label in both.items():
        least, most = (asked.plain.get(f"{name}_{end}") for end in ("from", "to"))
        if least is None and most is None:
            continue
        first, last = _shown(least, last=False), _shown(most, last=True)
        if most is None:
            text = _("from %(first)s", first=first)
        elif least is None:
            text = _("up to %(last)s", last=last)
        else:
            text = _("%(first)s to %(last)s", first=first, last=last)
        yield Chip(str(label), text, asked.parameters(**{f"{name}_from": None, f"{name}_to": None}))


def _by_flag(asked: Asked) -> Iterator[Chip]:
    for name, (yes, no) in names.FLAGS.items():
        if name in asked.plain:
            yield Chip("", str(yes if asked.plain[name] else no), asked.without(name))
    for name, meanings in names.HIDDEN.items():
        if asked.plain.get(name) in meanings:
            yield Chip("", str(meanings[asked.plain[name]]), asked.without(name))
    if asked.plain.get("q"):
        yield Chip(_("Words"), str(asked.plain["q"]), asked.without("q"))


def _shown(value: Any, *, last: bool) -> str:
    if isinstance(value, str):
        return str(format_date(_day(value, last=last).date(), "medium", rebase=False))
    return "" if value is None else f"{value:g}"


def _day(value: str, *, last: bool) -> datetime:
    """The day a bound lies on; the bound after the last day is the midnight that ends it."""
    found = datetime.fromisoformat(value).astimezone(ZoneInfo(time_zone()))
    return found - timedelta(microseconds=1) if last else found


def hidden_choices() -> dict[str, list[tuple[str, str]]]:
    """How merged and deleted tickets may be treated, for who may see them."""
    kinds = ["merged"]
    if context.caller().may(permissions.TICKETS_DELETE):
        kinds.append("deleted")
    return {name: [(key, str(label)) for key, label in names.HIDDEN[name].items()] for name in kinds}
