"""A text that people send again and again, with places that are filled in for the talk at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final

from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.sharing import Shareable
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.user import User

VARIABLES: Final[Mapping[str, str]] = {
    "customer.name": "The customer's name.",
    "customer.first_name": "The first word of it.",
    "customer.address": "The number or mail address the customer is known by.",
    "ticket.number": "The ticket's number.",
    "ticket.title": "The ticket's title.",
    "ticket.status": "The status as people read it.",
    "agent.name": "Who answers.",
    "agent.first_name": "The first word of it.",
    "agent.email": "The mail address of who answers.",
    "today.date": "The date, in the desk's time zone.",
    "today.time": "The time, in the desk's time zone.",
    "today.hour": "The hour as a number, for greetings by the time of day.",
}
"""What a text may name, and what it then says."""


@dataclass(slots=True)
class CannedReply(Shareable):
    """`body` is Liquid over VARIABLES. `shortcut` is what is typed after `/` to find it, empty for none.

    `words` are those it is found by. `version` is 0 until it is first saved.
    """

    id: str
    title: str
    body: str
    created_at: datetime
    updated_at: datetime
    shortcut: str = ""
    words: list[str] = field(default_factory=list)
    version: int = 0


def sample() -> dict[str, Any]:
    """Values to try a text with."""
    values: dict[str, Any] = {}
    for name in VARIABLES:
        group, _, key = name.partition(".")
        values.setdefault(group, {})[key] = 9 if name == "today.hour" else f"<{name}>"
    return values


def values_for(
    ticket: Ticket | None, status: str, customer: Contact, agent: User, now: datetime, zone: tzinfo
) -> dict[str, Any]:
    """What the VARIABLES are for this ticket (its status as people read it), this agent and this moment.

    Of a conversation that has no ticket nothing is known of one.
    """
    here = now.astimezone(zone)
    address = customer.identities[0].value if customer.identities else ""
    return {
        "customer": {"name": customer.name, "first_name": _first(customer.name), "address": address},
        "ticket": {
            "number": ticket.number if ticket else "",
            "title": ticket.title if ticket else "",
            "status": status,
        },
        "agent": {"name": agent.name, "first_name": _first(agent.name), "email": agent.email},
        "today": {"date": f"{here:%Y-%m-%d}", "time": f"{here:%H:%M}", "hour": here.hour},
    }


def nothing_known(values: Mapping[str, Mapping[str, Any]], named: list[str]) -> list[str]:
    """Those of the named variables of which nothing is known here, so that the text has a gap."""
    return [name for name in named if name in VARIABLES and not str(_value(values, name)).strip()]


def _value(values: Mapping[str, Mapping[str, Any]], name: str) -> Any:
    group, _, key = name.partition(".")
    return values[group][key]


def _first(name: str) -> str:
    return name.split()[0] if name.split() else ""
