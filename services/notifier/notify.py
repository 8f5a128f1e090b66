"""What is asked for becomes a delivery: agents' replies, and the desk's own texts on facts about tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog

from services.notifier.announce import delivery_changed_event
from services.notifier.domain.delivery import DONE, TEXT, Content, Delivery, Failure, Recipient, Template
from services.notifier.metrics import FACTS_WITHOUT_TEXT
from services.notifier.ports import DeliveryTransaction
from services.notifier.render import TemplateError, TextTemplate
from shared.contracts import reply_requested, ticket_fact
from shared.contracts.delivery_changed import NOTIFICATION, REPLY
from shared.contracts.delivery_state import FAILED
from shared.contracts.envelope import Event
from shared.contracts.reply_requested import ReplyContent, ReplyRequested
from shared.contracts.ticket_fact import TicketFact

_log = structlog.get_logger(__name__)

SENDABLE: Final = (reply_requested.TYPE, *ticket_fact.TYPES)


def opening_values(fact: TicketFact) -> dict[str, Any]:
    """What the text of the opening reply can use: `ticket.number`, `.title`, `.status`, `customer.name`."""
    return {
        "ticket": {"number": fact.ticket_number, "title": fact.title, "status": fact.status.label},
        "customer": {"name": fact.recipient.name},
    }


@dataclass(frozen=True, slots=True)
class OpeningReply:
    """The text every customer gets when their message opened a ticket."""

    template: TextTemplate


class Notifier:
    """Turns events into deliveries inside the caller's transaction."""

    def __init__(
        self,
        channel_kinds: Mapping[str, str],
        opening_reply: OpeningReply | None,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """`channel_kinds`: the kind of each channel that can send here, by channel id."""
        self._channel_kinds = channel_kinds
        self._opening_reply = opening_reply
        self._clock = clock
        self._new_id = new_id

    def wanted(self, event: Event) -> Delivery | None:
        """The delivery this event asks for, if any; always the same one for the same event."""
        if isinstance(event.data, ReplyRequested):
            return self._reply(event, event.data)
        if event.type == ticket_fact.OPENED and self._opening_reply is not None:
            return self._opening(event, event.data, self._opening_reply)
        FACTS_WITHOUT_TEXT.labels(event.type).inc()
        return None

    def add(self, transaction: DeliveryTransaction, deliveries: Sequence[Delivery]) -> int:
        """Insert those that are new (asked twice is sent once) and say how many there were."""
        known = transaction.load({delivery.send_id for delivery in deliveries})
        new: dict[str, Delivery] = {}
        for delivery in deliveries:
            if delivery.send_id not in known:
                new.setdefault(delivery.send_id, delivery)
        transaction.insert(list(new.values()))
        # The desk made its agents' replies itself; it learns of a notification, or a failure, from us.
        transaction.announce(
            [
                delivery_changed_event(delivery, event_id=self._new_id(), now=self._clock())
                for delivery in new.values()
                if delivery.origin == NOTIFICATION or not delivery.open
            ]
        )
        return len(new)

    def _reply(self, event: Event, request: ReplyRequested) -> Delivery:
        now = self._clock()
        delivery = Delivery(
            send_id=request.send_id,
            origin=REPLY,
            conversation_id=request.conversation_id,
            ticket_number=request.ticket_number,
            channel_id=request.channel_id,
            channel_kind=request.channel_kind,
            recipient=_recipient(request.recipient),
            content=_content(request.content),
            queued_at=now,
            due_at=now,
            window_expires_at=request.window_expires_at,
            traceparent=event.traceparent,
            causation_id=event.id,
        )
        return delivery if self._can_send(delivery) else _without_channel(delivery, now)

    def _opening(self, event: Event, fact: TicketFact, opening: OpeningReply) -> Delivery | None:
        if self._channel_kinds.get(fact.channel_id) != fact.channel_kind:
            return None
        try:
            text = opening.template.render(opening_values(fact))
        except TemplateError as error:
            _log.error("opening reply could not be rendered", ticket=fact.ticket_number, reason=str(error))
            return None
        if not text:
            return None
        now = self._clock()
        return Delivery(
            send_id=f"opening:{fact.ticket_id}",
            origin=NOTIFICATION,
            conversation_id=fact.conversation_id,
            ticket_number=fact.ticket_number,
            channel_id=fact.channel_id,
            channel_kind=fact.channel_kind,
            recipient=_recipient(fact.recipient),
            content=Content(TEXT, text),
            queued_at=now,
            due_at=now,
            window_expires_at=fact.window_expires_at,
            traceparent=event.traceparent,
            causation_id=event.id,
        )

    def _can_send(self, delivery: Delivery) -> bool:
        return self._channel_kinds.get(delivery.channel_id) == delivery.channel_kind


def _recipient(given: reply_requested.Recipient) -> Recipient:
    return Recipient(given.kind, given.address, given.name)


def _content(given: ReplyContent) -> Content:
    template = given.template
    if template is None:
        return Content(given.kind, given.text)
    return Content(given.kind, given.text, Template(template.name, template.language, template.components))


def _without_channel(delivery: Delivery, now: datetime) -> Delivery:
    failure = Failure(
        code="unknown-channel",
        title=f"The notifier has no channel {delivery.channel_id} of kind {delivery.channel_kind}",
        remedy="An administrator has to declare this channel in the channels file of the notifier.",
    )
    return replace(delivery, stage=DONE, times={FAILED: now}, failure=failure)
