"""What can be chosen for each filter, and what values are called that a filter or a row has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _

from services.ticket_service.api import context
from services.ticket_service.api.ticket_query import ME
from services.ticket_service.console.lists import names
from services.ticket_service.console.ticket.labels import TYPES
from services.ticket_service.domain.assignment import AssignmentRule
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.dictionary import CLOSED_LISTS, DictionaryEntry, entries_of, entry_id
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.store.search import RATINGS
from services.ticket_service.store.ticket_filter import NOBODY

RECORDS: Final[Mapping[str, tuple[type[Any], str]]] = {
    "requester": (Contact, "contacts"),
    "organization": (Organization, "organizations"),
    "product": (Product, "products"),
    "project": (Project, "projects"),
    "contract": (Contract, "contracts"),
}
"""Filters whose values are found by typing → the records, and where the interface lists them."""
TYPED: Final = ("tag", "cc")
"""Filters whose values are typed as they are."""
_PEOPLE: Final = ("assignee", "creator", "watcher")
_ALWAYS_SET: Final = frozenset({"status", "channel", "channel_kind", "type", "creator"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, what it is called, and the colour that an administrator gave it."""

    value: str
    label: str
    color: str = ""


class Labels:
    """What keys and ids are called, read once for a page."""

    def __init__(self) -> None:
        services = context.services()
        store = services.desk.store
        self.workflow = store.workflow()
        self.desk = store.desk()
        self.entries = store.all(DictionaryEntry)
        self.users = {user.id: user for user in store.all(User)}
        self.teams = {team.id: team for team in store.all(Team)}
        self.channels = {channel.id: channel for channel in services.channels}
        self._entry_by_id = {entry.id: entry for entry in self.entries}
        self._records: dict[tuple[str, str], str] = {}

    def entry(self, dictionary: str, key: str | None) -> DictionaryEntry | None:
        """The entry that a ticket names."""
        return self._entry_by_id.get(entry_id(dictionary, key)) if key else None

    def user(self, user_id: str | None) -> str:
        """A user's name; empty for nobody."""
        user = self.users.get(user_id or "")
        return user.name if user else (user_id or "")

    def team(self, team_id: str | None) -> str:
        """A team's name; empty for none."""
        team = self.teams.get(team_id or "")
        return team.name if team else (team_id or "")

    def channel(self, channel_id: str) -> str:
        """A channel's name."""
        channel = self.channels.get(channel_id)
        return channel.name if channel else channel_id

    def learn(self, name: str, ids: Iterable[str]) -> None:
        """Read the names of records that a filter or a column has."""
        kind = RECORDS[name][0]
        missing = sorted({each for each in ids if (name, each) not in self._records})
        if not missing:
            return
        if kind is Contact:
            found: Mapping[str, Any] = context.services().queries.contacts_by_id(missing)
        else:
            records = context.services().desk.store.records(kind, {"_id": missing})
            found = {record.id: record for record in records}
        for each in missing:
            self._records[name, each] = found[each].name if each in found else each

    def value(self, name: str, value: str) -> str:
        """What one value of a filter is called."""
        if value == NOBODY:
            return _("Nobody") if name in _PEOPLE else _("None")
        if name == "linked_to":
            kind, _colon, record_id = value.partition(":")
            return self.value({"contact": "requester"}.get(kind, "organization"), record_id)
        if name in RECORDS:
            self.learn(name, [value])
            return self._records[name, value]
        return next((each.label for each in self.choices(name, [value]) if each.value == value), value)

    def choices(self, name: str, set_: Collection[str] = ()) -> list[Choice]:
        """What can be chosen for a filter, and what is chosen already even where it no longer can be."""
        found = self._choices(name)
        known = {each.value for each in found}
        if name in _PEOPLE:
            found += [Choice(each, self.user(each)) for each in set_ if each not in known and each != NOBODY]
        if name in CLOSED_LISTS:
            gone = [self.entry(name, each) for each in set_ if each not in known]
            found += [Choice(each.key, each.label, each.color) for each in gone if each]
        return found

    def _choices(self, name: str) -> list[Choice]:
        empty = [] if name in _ALWAYS_SET else [Choice(NOBODY, _("None"))]
        if name in CLOSED_LISTS:
            entries = [each for each in entries_of(self.entries, name) if each.active]
            return [Choice(each.key, each.label, each.color) for each in entries] + empty
        if name in _PEOPLE:
            nobody = [] if name in _ALWAYS_SET else [Choice(NOBODY, _("Nobody"))]
            return [Choice(ME, _("Me")), *nobody, *self._active_users()]
        if name == "status":
            return [Choice(each.key, each.label, each.color) for each in self.workflow.statuses]
        if name == "group":
            teams = sorted(self.teams.values(), key=lambda team: team.name)
            return [Choice(each.id, each.name) for each in teams if each.active] + empty
        if name == "channel":
            return [Choice(each.id, each.name) for each in self.channels.values()]
        if name == "channel_kind":
            kinds = dict.fromkeys(each.kind for each in self.channels.values())
            return [Choice(kind, kind.replace("_", " ")) for kind in kinds]
        if name == "source_rule":
            rules = context.services().desk.store.all(AssignmentRule)
            return [Choice(each.name, each.name) for each in rules] + empty
        if name == "satisfaction":
            return [Choice(each, _("%(score)s of 5", score=each)) for each in reversed(RATINGS)] + empty
        fixed = {"type": TYPES, "sla": names.SLA}.get(name, {})
        return [Choice(key, str(label)) for key, label in fixed.items()] + (empty if name == "sla" else [])

    def _active_users(self) -> list[Choice]:
        users = sorted(self.users.values(), key=lambda user: user.name)
        return [Choice(user.id, user.name) for user in users if user.active]
