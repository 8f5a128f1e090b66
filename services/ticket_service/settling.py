"""What follows from any decision, whoever made it: one pass over its changes just before they are saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.ticket_service.auditing import audit
from services.ticket_service.notices.follow_up import notify
from services.ticket_service.outbound.follow_up import deliver
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.sla.keeping import keep_promises

FollowUp = Callable[[Changes, DeskStore, datetime, Callable[[], str]], None]
"""Adds to the changes what follows; it is in the hot path, so with nothing configured it costs nothing."""

FOLLOW_UPS: Final[tuple[FollowUp, ...]] = (
    keep_promises,
    notify,
    deliver,
    audit,
)


def settle(changes: Changes, store: DeskStore, now: datetime, new_id: Callable[[], str]) -> None:
    """Run every follow-up in its order. Unavailable when settings cannot be read."""
    for follow_up in FOLLOW_UPS:
        follow_up(changes, store, now, new_id)
