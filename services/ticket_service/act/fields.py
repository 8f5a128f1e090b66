"""What people fill in on a ticket, checked against the desk's rules, dictionaries and records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk
from services.ticket_service.domain.contact import IN_USE, Contact
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.dictionary import CLOSED_LISTS, DictionaryEntry, unknown_values
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.permissions import TICKETS_FORECAST
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.ports import DeskStore

REQUESTER: Final = "requester"
"""On a ticket this is `requester_id`; everywhere else it is called by its name for people."""
CLASSIFICATION: Final = frozenset({*CLOSED_LISTS, "type", "group"})
"""What S002 calls classification: type of request, group, severity and the like."""
_RECORDS: Final[Mapping[str, type[Any]]] = {
    "organization": Organization,
    "product": Product,
    "project": Project,
    "contract": Contract,
}
_LISTS: Final[Mapping[str, type[Any]]] = {"group": Team, "assignee": User}
_PATHS: Final[Mapping[str, str]] = {"group": "teams", "assignee": "users"}


class PermissionMissing(Exception):
    """This needs a permission that the caller lacks; `field` is what they wanted to set."""

    def __init__(self, permission: str, field: str) -> None:
        super().__init__(permission)
        self.permission = permission
        self.field = field


def attribute(name: str) -> str:
    """The attribute of a Ticket that holds a field."""
    return "requester_id" if name == REQUESTER else name


def check_fields(
    desk: Desk, current: Mapping[str, Any], wanted: Mapping[str, Any], may: Collection[str]
) -> None:
    """Refuse values that a ticket cannot have; what stays as it is passes, whatever it is.

    `current` are the fields as they are (empty for a new ticket), `may` the caller's permissions. Unfit (all
    mistakes at once), PermissionMissing (the solution forecast is set by those who have TICKETS_FORECAST).
    """
    changed = {name: value for name, value in wanted.items() if current.get(name) != value}
    if "solution_forecast" in changed and TICKETS_FORECAST not in may:
        raise PermissionMissing(TICKETS_FORECAST, "solution_forecast")
    given = {name: value for name, value in changed.items() if value not in (None, "", [])}
    store, rules = desk.store, desk.store.setting(FieldRules)
    mistakes = rules.refused(given)
    mistakes += [
        (name, "This desk asks for this field; it cannot be emptied.")
        for name in changed
        if name in current and name not in given and rules.rule(name).mandatory
    ]
    if any(name in CLOSED_LISTS for name in given):
        mistakes += unknown_values(store.all(DictionaryEntry), given, current)
    mistakes += [
        (name, problem)
        for name, value in given.items()
        if (problem := unknown_reference(store, name, value)) is not None
    ]
    if mistakes:
        raise Unfit(mistakes)


def unknown_reference(store: DeskStore, name: str, value: Any) -> str | None:
    """What is wrong with an id; None when it is one, or the field holds none."""
    if name in _RECORDS:
        found = store.record(_RECORDS[name], value)
        return _problem(name, f"{name}s", found is not None, found is None or found.active)
    if name in _LISTS:
        known = next((each for each in store.all(_LISTS[name]) if each.id == value), None)
        what = "team" if name == "group" else "user"
        return _problem(what, _PATHS[name], known is not None, known is None or known.active)
    if name == REQUESTER:
        return _problem("contact", "contacts", _contact_exists(store, value), True)
    if name == "linked_to":
        return _linked(store, value)
    return None


def reader_problem(store: DeskStore, contact_id: str, requester: Contact) -> str | None:
    """Why a contact cannot be the one of the requester's people who alone sees a ticket; None when it can."""
    found = store.load_contacts([contact_id]).get(contact_id)
    if found is None or found.state != IN_USE:
        return "There is no such contact. GET /contacts lists them."
    colleague = found.organization is not None and found.organization == requester.organization
    if found.id == requester.id or colleague:
        return None
    return "Choose somebody of the customer's organization, or nobody: all of them see it then."


def _problem(what: str, path: str, exists: bool, active: bool) -> str | None:
    if not exists:
        return f"There is no such {what}. GET /{path} lists those there are."
    return None if active else f"This {what} is no longer in use. GET /{path} lists those that are."


def _contact_exists(store: DeskStore, contact_id: str) -> bool:
    found = store.load_contacts([contact_id]).get(contact_id)
    return found is not None and found.state == IN_USE


def _linked(store: DeskStore, value: str) -> str | None:
    kind, _, id_ = value.partition(":")
    exists: Mapping[str, Callable[[], bool]] = {
        "contact": lambda: _contact_exists(store, id_),
        "organization": lambda: store.record(Organization, id_) is not None,
    }
    if kind not in exists:
        return "Write `contact:<id>` or `organization:<id>`."
    return _problem(kind, f"{kind}s", exists[kind](), True)
