"""How many mails wait for a decision: the number in the rail, on every page."""

from __future__ import annotations

from services.ticket_service.api import context
from services.ticket_service.domain.triage import HELD, TriageMail


def waiting_mails() -> int:
    """As the interface counts them: 1000 stands for that many or more."""
    return context.services().records.count(TriageMail, {"state": HELD})
