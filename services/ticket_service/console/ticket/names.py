"""What ids and keys are called: people, teams, statuses, values of dictionaries, records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from flask_babel import gettext as _

from services.ticket_service.api import context
from services.ticket_service.console import formats
from services.ticket_service.console.ticket import labels
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.dictionary import CLOSED_LISTS, DictionaryEntry, entry_id
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User

RECORDS: Final[Mapping[str, type[Any]]] = {
    "organization": Organization,
    "product": Product,
    "project": Project,
    "contract": Contract,
}
_TIMES: Final = frozenset({"solution_forecast", "planned_at", "started_at", "ended_at"})
_PEOPLE: Final = frozenset({"assignee", "technician"})


class Names:
    """Users, teams, statuses and dictionaries come from the store's memory; a record is asked for once."""

    def __init__(self) -> None:
        self._store = context.services().desk.store
        self._workflow = self._store.workflow()
        self.users = {user.id: user for user in self._store.all(User)}
        self.teams = {team.id: team for team in self._store.all(Team)}
        self.entries = {entry.id: entry for entry in self._store.all(DictionaryEntry)}
        self._rules = self._store.setting(FieldRules)
        self._records: dict[tuple[str, str], str] = {}

    def field(self, name: str) -> str:
        """What the desk calls a field of tickets."""
        return self._rules.rule(name).label or str(labels.FIELDS.get(name, name))

    def user(self, user_id: str) -> str:
        """The name of a user."""
        known = self.users.get(user_id)
        return known.name if known else _("somebody who left")

    def people(self, ids: Iterable[str]) -> str:
        """The names of several users."""
        return ", ".join(self.user(each) for each in ids)

    def record(self, name: str, record_id: str) -> str:
        """The name of the organization, product, project or contract in that field."""
        key = (name, record_id)
        if key not in self._records:
            found = self._store.record(RECORDS[name], record_id)
            self._records[key] = found.name if found else _("something deleted")
        return self._records[key]

    def contact(self, contact_id: str) -> str:
        """The name of a contact."""
        key = ("contact", contact_id)
        if key not in self._records:
            found = self._store.load_contacts([contact_id]).get(contact_id)
            self._records[key] = (found and _called(found)) or _("somebody erased")
        return self._records[key]

    def linked(self, value: str) -> str:
        """The name of what `contact:<id>` or `organization:<id>` says."""
        kind, _sign, record_id = value.partition(":")
        return self.contact(record_id) if kind == "contact" else self.record("organization", record_id)

    def value(self, name: str, value: Any) -> str:
        """A field's value (of a ticket or an intervention) for people; empty for none."""
        if value is None or value == "" or value == []:
            return ""
        text = self._named(name, value)
        if text is not None:
            return text
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int | float):
            return formats.number(value)
        if isinstance(value, list):
            return ", ".join(str(each) for each in value)
        return str(value)

    def _named(self, name: str, value: Any) -> str | None:
        if name == "status":
            return self._workflow.status(value).label
        if name in CLOSED_LISTS:
            entry = self.entries.get(entry_id(name, value))
            return entry.label if entry else str(value)
        if name in _PEOPLE:
            return self.user(value)
        if name == "watchers":
            return self.people(value)
        if name == "group":
            team = self.teams.get(value)
            return team.name if team else _("something deleted")
        if name in RECORDS:
            return self.record(name, value)
        return self._of_kind(name, value)

    def _of_kind(self, name: str, value: Any) -> str | None:
        if name in ("requester", "visible_to"):
            return self.contact(value)
        if name == "linked_to":
            return self.linked(value)
        if name == "type":
            return str(labels.TYPES.get(value, value))
        if name in _TIMES and isinstance(value, datetime | str):
            return formats.moment(value)
        return None


def _called(contact: Contact) -> str:
    """Their name, else how they are reached; empty when they were erased."""
    return contact.name or next((formats.identity(asdict(each)) for each in contact.identities), "")
