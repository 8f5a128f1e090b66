"""By what tickets are found and sorted beside their own fields: words, number, service level."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.mail_token import mark_of
from services.ticket_service.domain.satisfaction import SCORES
from services.ticket_service.domain.sla import BREACHED, MET, PENDING, WARNED
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.words import words_of
from services.ticket_service.store.ticket_indexes import (
    ALL,
    DELETED,
    LISTED,
    MARK,
    MERGED,
    SINGLE,
    UNANSWERED,
    UNREAD,
    listing,
    trait,
)

PAUSED: Final = "paused"
SLA_STATES: Final = (BREACHED, WARNED, PAUSED, PENDING, MET)
"""How a ticket's service level stands as a whole: the first of these that any of its promises is."""
RATINGS: Final = tuple(str(score) for score in SCORES)
"""How content customers say they were, from worst to best."""

_DIGITS: Final = re.compile(r"\d+")
_NUMBER_WIDTH: Final = 12
_MAX_TEXT: Final = 10_000


def facets(ticket: Ticket) -> dict[str, Any]:
    """The fields of a ticket's document that follow from others."""
    return {
        "search": list(_ticket_words(ticket.number, ticket.title, _own_text(ticket))),
        "number_key": number_key(ticket.number),
        "due_at": _due_at(ticket),
        "sla_state": _sla_state(ticket),
        "rating": _rating(ticket),
        "traits": _traits(ticket),
        "listed": _listed(ticket),
    }


def number_key(number: str) -> str:
    """The number as it sorts: `TT3` before `TT24`."""
    return _DIGITS.sub(lambda digits: digits.group().zfill(_NUMBER_WIDTH), number)


def message_words(text: str) -> list[str]:
    """The words by which a message is found."""
    return words_of(text[:_MAX_TEXT]) if text else []


@lru_cache(maxsize=2_000)
def _ticket_words(*texts: str) -> tuple[str, ...]:
    """A ticket is saved with each message it gets, and its words hardly ever change."""
    return tuple(words_of(*texts))


def _own_text(ticket: Ticket) -> str:
    """What is written on the ticket itself; the rest of the description are messages, found as such."""
    own = [line.text for line in ticket.description if line.message_id is None]
    return "\n".join([*own, ticket.solution or "", ticket.justification or ""])[:_MAX_TEXT]


def _traits(ticket: Ticket) -> list[str]:
    """What few tickets share, as one list for one index."""
    values = {field: getattr(ticket, field) for field in SINGLE if hasattr(ticket, field)}
    values |= {
        "created_by.id": ticket.created_by.id,
        "sla_state": _sla_state(ticket),
        "rating": _rating(ticket),
    }
    found = [
        trait(field, each)
        for field, value in values.items()
        if value
        for each in ([value] if isinstance(value, str) else value)
    ]
    flags = {
        UNREAD: ticket.read_at is None,
        UNANSWERED: ticket.unanswered_since is not None,
        MERGED: ticket.merged_into is not None,
        DELETED: ticket.deleted_at is not None,
    }
    if ticket.channel_kind == MAIL or ticket.thread is not None:
        found.append(trait(MARK, mark_of(ticket.number)))
    return found + [name for name, is_so in flags.items() if is_so]


def _listed(ticket: Ticket) -> list[str]:
    """The lists the ticket is in, whatever else a filter wants."""
    found = [ALL, *(listing(**{field: value}) for field in LISTED if (value := getattr(ticket, field)))]
    if ticket.priority:
        found.append(listing(priority=ticket.priority, status=ticket.status))
    return found


def _due_at(ticket: Ticket) -> datetime | None:
    """When the next promise is due."""
    targets = ticket.sla.targets if ticket.sla else []
    return min((each.due_at for each in targets if each.due_at and each.met_at is None), default=None)


def _rating(ticket: Ticket) -> str | None:
    """How content the customer was, as filters say it: one of RATINGS."""
    return str(ticket.satisfaction.score) if ticket.satisfaction else None


def _sla_state(ticket: Ticket) -> str | None:
    if ticket.sla is None:
        return None
    states = {each.state for each in ticket.sla.targets}
    if ticket.sla.paused:
        states.add(PAUSED)
    return next((state for state in SLA_STATES if state in states), None)
