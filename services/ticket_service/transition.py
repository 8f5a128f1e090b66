"""A ticket enters another status: its history, the counters, its conversation and the fact, in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.ticket_service import announce
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import STATUS, Actor, HistoryEntry
from services.ticket_service.domain.status import CLOSED, Status, Workflow
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact

JUSTIFICATION: Final = "justification"


def enter_status(
    changes: Changes,
    ticket: Ticket,
    conversation: Conversation | None,
    workflow: Workflow,
    to: Status,
    who: Actor,
    at: datetime,
    new_id: Callable[[], str],
    cause: announce.Cause,
    since: datetime | None = None,
) -> bool:
    """Move the ticket to a status and put all that follows into `changes`; False when it is there already.

    `conversation` is the ticket's own (None when it has none): its open ticket follows from the move. `since`
    is the provider's time of the message that moves it: service levels go by that, however late it came.
    """
    if ticket.status == to.key:
        return False
    before = workflow.status(ticket.status)
    ticket.set_status(to, at, since)
    if before.asks_justification and not to.asks_justification and ticket.justification is not None:
        # It said why the ticket was there; it is no reason for where it goes.
        changes.history.append(
            HistoryEntry(new_id(), ticket.id, at, who, JUSTIFICATION, ticket.justification, None)
        )
        ticket.justification = None
    if conversation is not None and ticket.type == PUBLIC_TICKET:
        conversation.ticket_moved(ticket.id, CLOSED in to.roles)
        conversation.updated_at = at
    entry = HistoryEntry(new_id(), ticket.id, at, who, STATUS, before.key, to.key)
    changes.touch(ticket, conversation)
    changes.history.append(entry)
    changes.counters[before.key] -= 1
    changes.counters[to.key] += 1
    changes.events.append(announce.status_changed(ticket, conversation, before, to, who, at, entry.id, cause))
    was_closed, is_closed = (CLOSED in each.roles for each in (before, to))
    if was_closed != is_closed:
        kind = ticket_fact.CLOSED if is_closed else ticket_fact.REOPENED
        changes.events.append(
            announce.fact(
                *(kind, ticket, conversation, to, at, f"{entry.id}:{kind}", cause), previous=before, actor=who
            )
        )
    return True
