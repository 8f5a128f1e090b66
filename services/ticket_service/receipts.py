"""Decides what changed deliveries mean: a tick on a message, or an automatic message nobody here wrote."""

from __future__ import annotations

from datetime import datetime

from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.message import OUT, PUBLIC, Delivery, DeliveryError, Message
from services.ticket_service.domain.text import clean_text
from services.ticket_service.ports import Changes, DeliveryReport, WorkingSet
from shared.contracts.delivery_changed import NOTIFICATION, DeliveryChanged
from shared.contracts.delivery_state import RANK
from shared.contracts.envelope import Event, trace_id


class UnknownSend(Exception):
    """A reply's delivery for a message that the desk does not have; the argument is its send id."""


class Receipts:
    """One decision over a batch of `delivery.changed` events; fills `changes`."""

    def __init__(self, known: set[str], working: WorkingSet, now: datetime) -> None:
        self.changes = Changes()
        self._known = known
        self._conversations = working.conversations
        self._tickets = {ticket.number: ticket for ticket in working.tickets.values()}
        self._now = now

    def take(self, event: Event) -> None:
        """Decide on one event. UnknownSend when it tells of a reply that was never saved here."""
        data: DeliveryChanged = event.data
        report = DeliveryReport(data.send_id, _delivery(data), sorted(data.provider_message_ids))
        if data.send_id not in self._known:
            if data.origin != NOTIFICATION:
                raise UnknownSend(data.send_id)
            self._add(data, report, event.traceparent)
            self._known.add(data.send_id)
        else:
            self.changes.deliveries.append(report)

    def _add(self, data: DeliveryChanged, report: DeliveryReport, traceparent: str) -> None:
        """Show what the notifier said by itself: in the conversation, and as a comment on the ticket."""
        conversation = self._conversations.get(data.conversation_id)
        ticket = self._tickets.get(data.ticket_number)
        message = Message(
            id=data.send_id,
            direction=OUT,
            visibility=PUBLIC,
            author=DESK,
            kind="text",
            text=clean_text(data.text),
            occurred_at=data.queued_at,
            created_at=self._now,
            conversation_id=conversation.id if conversation else None,
            contact_id=conversation.contact_id if conversation else None,
            provider_message_ids=report.provider_message_ids,
            trace_id=trace_id(traceparent),
            delivery=report.delivery,
        )
        if ticket is not None:
            ticket.comment(message, self._now)
            self.changes.tickets[ticket.id] = ticket
        self.changes.messages.append(message)


def _delivery(data: DeliveryChanged) -> Delivery:
    error = data.error
    return Delivery(
        state=data.state,
        rank=RANK[data.state],
        times=data.times,
        queued_at=data.queued_at,
        error=None
        if error is None
        else DeliveryError(
            clean_text(error.code),
            clean_text(error.title),
            clean_text(error.detail),
            clean_text(error.remedy),
        ),
        attempt=data.attempt,
    )
