"""A change of a ticket that is neither said nor a status: its history, and the fact for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.ticket_service import announce
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact


def mark(
    changes: Changes,
    desk: Desk,
    ticket: Ticket,
    conversation: Conversation | None,
    what: str,
    before: Any,
    after: Any,
    frame: Frame,
    now: datetime,
    kind: str = ticket_fact.CHANGED,
    **more: Any,
) -> None:
    """Put into `changes` that `what` changed on the ticket; `more` are optional fields of the fact."""
    entry = HistoryEntry(desk.new_id(), ticket.id, now, frame.actor, what, before, after)
    ticket.updated_at = now
    changes.touch(ticket)
    changes.history.append(entry)
    if kind == ticket_fact.CHANGED:
        more.setdefault("changed", [what])
    status, event_id = desk.store.workflow().status(ticket.status), f"{entry.id}:{kind}"
    changes.events.append(
        announce.fact(
            kind, ticket, conversation, status, now, event_id, frame.cause, actor=frame.actor, **more
        )
    )
