"""How tickets come to be: rules on create, the opening question, blocked senders."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.assignment import AssignmentRule
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.opening_question import OpeningQuestion
from services.ticket_service.domain.rotation import Rotation, RoundRobin
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    AssignmentRule: Kind("assignment_rules", cached=True, audited=True),
    OpeningQuestion: Kind("opening_question", cached=True, audited=True),
    RoundRobin: Kind("round_robin", cached=True, audited=True),
    Rotation: Kind("rotations"),
    BlockedSender: Kind(
        "blocked_senders", (IndexModel([("blocked_at", -1), ("_id", -1)]),), cached=True, audited=True
    ),
}
