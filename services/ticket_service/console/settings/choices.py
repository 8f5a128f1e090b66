"""What can be chosen in the forms of the settings: pairs of a value and what people call it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.reading import read, read_all
from services.ticket_service.console.ticket.labels import FIELDS
from services.ticket_service.domain import assignment, dictionary, status
from services.ticket_service.domain.history import AGENT, CUSTOMER
from services.ticket_service.opening import DESK_CHANNEL

Choice = tuple[str, str]
Choices = list[Choice]

ROLES: Final[Mapping[str, tuple[object, object]]] = {
    status.OPENING: (_l("Opening"), _l("New tickets begin here, and closed ones that are opened again.")),
    status.CUSTOMER_REPLIED: (_l("Customer replied"), _l("A further message of the customer leads here.")),
    status.WAITING_CUSTOMER: (
        _l("Waiting for the customer"),
        _l("Your answer leads here; the service level's clock stands still."),
    ),
    status.READ: (_l("Read"), _l("Somebody looked at a new ticket.")),
    status.ASSIGNED: (_l("Assigned"), _l("A new ticket got somebody responsible.")),
    status.CLOSED: (_l("Closed"), _l("The ticket is done.")),
    status.SPAM: (_l("Spam"), _l("Further messages stay here and disturb nobody.")),
}
"""What the roles of a status are called, and what they bring about."""
SUBJECTS: Final[Mapping[str, object]] = {
    assignment.CHANNEL: _l("Channel"),
    assignment.KEYWORD: _l("Words in the subject or message"),
    assignment.REQUESTER_DOMAIN: _l("Mail domain of the requester"),
    assignment.REQUESTER_LANGUAGE: _l("Language of the requester"),
    assignment.CREATED_BY: _l("Opened by"),
    assignment.OUTSIDE_HOURS: _l("Outside the business hours of"),
    **{name: FIELDS[name] for name in assignment.FIELDS},
}
DICTIONARIES: Final[Mapping[str, object]] = {
    "service": _l("Services"),
    "category": _l("Categories"),
    "priority": _l("Priorities"),
    "severity": _l("Severities"),
    "importance": _l("Importances"),
    "request_type": _l("Request types"),
    "operation": _l("Operations"),
    "justification": _l("Justifications"),
}
_RECORDS: Final = ("organization", "product", "project", "contract")
_MOST: Final = 200
"""Records that a list offers; of more the newest."""


def statuses() -> list[dict[str, Any]]:
    """The desk's statuses in their order."""
    found: list[dict[str, Any]] = read("/settings/statuses")["items"]
    return found


def labels(items: Iterable[Mapping[str, Any]], key: str = "id", label: str = "name") -> Choices:
    """Pairs of two fields of records."""
    return [(str(each[key]), str(each[label])) for each in items]


def channels() -> Choices:
    """The channels by their names."""
    return labels(read("/channels")["items"])


def teams() -> Choices:
    """The teams by their names."""
    return labels(read_all("/teams"))


def users() -> Choices:
    """Who works here."""
    return labels(each for each in read_all("/users") if each.get("active", True))


def entries() -> dict[str, Choices]:
    """The values of each dictionary that may be chosen."""
    return {
        each["dictionary"]: labels((entry for entry in each["entries"] if entry["active"]), "key", "label")
        for each in read("/settings/dictionaries")["items"]
    }


def for_fields() -> dict[str, Choices]:
    """By the name of a ticket's field that rules may look at and set: what it can be."""
    known = {name: values for name, values in entries().items() if name in dictionary.CLOSED_LISTS}
    return known | {name: labels(read_all(f"/{name}s", most=_MOST)) for name in _RECORDS}


def for_conditions() -> dict[str, Choices]:
    """The same for all that a rule's condition can be about and has a list."""
    return {
        assignment.CHANNEL: [*channels(), (DESK_CHANNEL, _("Opened here by hand"))],
        assignment.CREATED_BY: [(CUSTOMER, _("The customer")), (AGENT, _("Somebody of us"))],
        assignment.OUTSIDE_HOURS: labels(read("/settings/calendars")["items"]),
        **for_fields(),
    }


def for_policies() -> dict[str, Choices]:
    """The same for the conditions of service level policies."""
    return {"channel": channels(), "group": teams(), **for_fields()}


def time_zones() -> Choices:
    """Every time zone there is."""
    return [
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name or name == "UTC"
    ]


def templates() -> list[dict[str, Any]]:
    """The message templates that may be sent, with what they ask for."""
    return read_all("/templates", status="approved")
