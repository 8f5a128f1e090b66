"""Decides what changed deliveries mean: a tick, an answer that has to wait, or an automatic message."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.ticket_service.acting import Desk
from services.ticket_service.amend import Targets
from services.ticket_service.announce import Cause
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.message import (
    DRAFT,
    DRAFT_RANK,
    OUT,
    PUBLIC,
    REACTION,
    Delivery,
    DeliveryError,
    DeliveryReport,
    Message,
)
from services.ticket_service.domain.text import clean_text
from services.ticket_service.drafts import hold, release
from services.ticket_service.ports import Changes, WorkingSet
from services.ticket_service.survivors import by_number
from shared.contracts.delivery_changed import NOTIFICATION, REPLY, DeliveryChanged
from shared.contracts.delivery_state import FAILED, RANK
from shared.contracts.envelope import Event, trace_id


class UnknownSend(Exception):
    """A reply's delivery for a message that the desk does not have; the argument is its send id."""


WINDOW_CLOSED: Final = "window-closed"
_NEVER_DRAFTS: Final = frozenset({"template", REACTION})
"""A template needs no window; a reaction is worth nothing later."""


def is_late(data: DeliveryChanged) -> bool:
    """Whether a reply came too late for its reply window, so that it may have to wait for the customer."""
    error = data.error
    return data.origin == REPLY and data.state == FAILED and error is not None and error.code == WINDOW_CLOSED


class Receipts:
    """One decision over a batch of `delivery.changed` events; fills `changes`."""

    def __init__(self, known: set[str], working: WorkingSet, desk: Desk, now: datetime) -> None:
        """`working` has the messages that are late or that others wait for, and the drafts beside them."""
        self.changes = Changes()
        self._known = known
        self._working = working
        self._tickets = by_number(working.tickets.values(), desk.store)
        self._targets = Targets((), working.waiting)
        self._desk = desk
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
            return
        self.changes.deliveries.append(report)
        message = self._working.messages.get(data.send_id)
        if message is None:
            return
        message.provider_message_ids = sorted({*message.provider_message_ids, *report.provider_message_ids})
        waited = self._targets.arrived(message)
        self.changes.touch(*waited, message if waited else None)
        if is_late(data):
            self._keep(data, message, Cause(event.traceparent, event.id))

    def _keep(self, data: DeliveryChanged, message: Message, cause: Cause) -> None:
        """Make a late answer a draft: one attempt further, so that no report of this one can touch it."""
        known = message.delivery
        conversation = self._working.conversations.get(message.conversation_id or "")
        if known is None or conversation is None or message.kind in _NEVER_DRAFTS:
            return
        if known.attempt > data.attempt:
            return  # it was kept, or asked for again, before
        message.delivery = Delivery(DRAFT, DRAFT_RANK, {}, self._now, None, data.attempt + 1)
        self.changes.deliveries.append(DeliveryReport(message.id, message.delivery, []))
        conversation.updated_at = self._now
        if self._reopened(conversation, message):
            conversation.hold(message.id)
            release(self.changes, conversation, self._working, self._now, cause)
        else:
            ticket = self._tickets.get(data.ticket_number)
            hold(self.changes, ticket, conversation, message, self._desk, self._now, cause)

    def _reopened(self, conversation: Conversation, message: Message) -> bool:
        """Whether the customer wrote after the answer was asked for: nothing else would let it go.

        Once only for each message of the customer, or an answer that the provider refuses all the same would
        be asked for again without end.
        """
        if conversation.last_inbound_at is None or not conversation.window_open(self._now):
            return False
        asked = max(message.created_at, conversation.released_at or message.created_at)
        return conversation.last_inbound_at > asked

    def _add(self, data: DeliveryChanged, report: DeliveryReport, traceparent: str) -> None:
        """Show what the notifier said by itself: in the conversation, and as a comment on the ticket."""
        conversation = self._working.conversations.get(data.conversation_id)
        if conversation is not None and conversation.merged_into is not None:
            conversation = self._working.conversations.get(conversation.merged_into)
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
        self.changes.touch(*self._targets.arrived(message))


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
