"""Five ways of working to start from: the statuses of the five documents the product is made after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.ticket_service.domain.status import (
    ASSIGNED,
    CLOSED,
    CUSTOMER_REPLIED,
    OPENING,
    READ,
    SPAM,
    WAITING_CUSTOMER,
    Status,
)

_RED: Final = "#d9534f"
_ORANGE: Final = "#f0ad4e"
_BLUE: Final = "#0d6efd"
_TEAL: Final = "#20a4a8"
_GREEN: Final = "#3c9d5c"
_GREY: Final = "#6c757d"
_BLACK: Final = "#343a40"

_Row = tuple[str, str, str, str, tuple[str, ...]]

_ROWS: Final[Mapping[str, tuple[_Row, ...]]] = {
    "S000": (
        ("open", "Open", "Opened by the customer's first message.", _RED, (OPENING,)),
        (
            "waiting_for_response",
            "Waiting for response",
            "We answered; now it is the customer's turn.",
            _ORANGE,
            (WAITING_CUSTOMER,),
        ),
        (
            "customer_responded",
            "Customer responded",
            "The customer wrote again; now it is our turn.",
            _BLUE,
            (CUSTOMER_REPLIED,),
        ),
        ("closed", "Closed", "Done.", _GREEN, (CLOSED,)),
    ),
    "S001": (
        ("open", "Open", "New, or answered by the customer.", _RED, (OPENING, CUSTOMER_REPLIED)),
        ("in_progress", "In progress", "Somebody is at work on it.", _BLUE, ()),
        ("closed", "Closed", "Done.", _GREEN, (CLOSED,)),
    ),
    "S002": (
        ("unread", "Unread", "Nobody has looked at it yet.", _RED, (OPENING,)),
        ("read", "Read", "Somebody has looked at it.", _ORANGE, (READ,)),
        ("assigned", "Assigned", "It has somebody who will do it.", _TEAL, (ASSIGNED,)),
        ("in_progress", "In progress", "Somebody is at work on it.", _BLUE, ()),
        (
            "waiting_for_feedback",
            "Waiting for feedback",
            "We answered; now it is the customer's turn.",
            _GREY,
            (WAITING_CUSTOMER,),
        ),
        ("closed", "Closed", "Done.", _GREEN, (CLOSED,)),
    ),
    "S003": (
        ("open", "Open", "Needs attention now.", _RED, (OPENING, CUSTOMER_REPLIED)),
        (
            "pending",
            "Pending",
            "Assigned or answered, but not solved yet.",
            _ORANGE,
            (WAITING_CUSTOMER, ASSIGNED),
        ),
        ("closed", "Closed", "Solved.", _GREEN, (CLOSED,)),
        ("spam", "Spam", "Not meant for us.", _BLACK, (CLOSED, SPAM)),
    ),
    "S004": (
        ("new", "New", "Not taken up yet.", _RED, (OPENING,)),
        (
            "in_progress",
            "In Progress",
            "Somebody is at work on it, or the customer wrote again.",
            _BLUE,
            (CUSTOMER_REPLIED,),
        ),
        ("pending", "Pending", "Waiting for the customer.", _ORANGE, (WAITING_CUSTOMER,)),
        ("resolved", "Resolved", "Solved as far as we know.", _TEAL, ()),
        ("closed", "Closed", "Done for good.", _GREEN, (CLOSED,)),
    ),
}
_JUSTIFIED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("S004", "pending"): ("Waiting for the customer", "Waiting for a third party", "Planned for later"),
    ("S004", "resolved"): ("Solved", "Workaround given", "No fault found"),
    ("S004", "closed"): ("Confirmed by the customer", "No answer from the customer", "Duplicate"),
}
"""S004 shows a justification beside the status; these are texts to choose from."""


def _statuses(preset: str, rows: tuple[_Row, ...]) -> tuple[Status, ...]:
    return tuple(
        Status(
            key,
            label,
            description,
            color,
            10 * position,
            frozenset(roles),
            asks_justification=(preset, key) in _JUSTIFIED,
            justifications=_JUSTIFIED.get((preset, key), ()),
        )
        for position, (key, label, description, color, roles) in enumerate(rows, 1)
    )


PRESETS: Final[Mapping[str, tuple[Status, ...]]] = {
    name: _statuses(name, rows) for name, rows in _ROWS.items()
}
DEFAULT_PRESET: Final = "S000"
