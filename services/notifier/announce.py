"""How a delivery stands, as the event the desk reads."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.notifier.domain.delivery import Delivery, Failure
from shared.contracts import delivery_changed
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.delivery_reported import DeliveryError
from shared.contracts.delivery_state import highest
from shared.contracts.envelope import Event

SOURCE: Final = "notifier"


def delivery_changed_event(delivery: Delivery, *, event_id: str, now: datetime, cause: str = "") -> Event:
    """A whole snapshot (so order and repetition do not matter); `cause` is the id of the event behind it."""
    automatic = delivery.origin == delivery_changed.NOTIFICATION
    return Event(
        id=event_id,
        source=SOURCE,
        type=delivery_changed.TYPE,
        time=now,
        subject=delivery.send_id,
        traceparent=delivery.traceparent,
        causationid=cause or delivery.causation_id or None,
        data=DeliveryChanged(
            send_id=delivery.send_id,
            origin=delivery.origin,
            conversation_id=delivery.conversation_id,
            ticket_number=delivery.ticket_number,
            channel_id=delivery.channel_id,
            channel_kind=delivery.channel_kind,
            state=highest(delivery.times),
            times=dict(delivery.times),
            queued_at=delivery.queued_at,
            provider_message_id=delivery.provider_message_id,
            error=_error(delivery.failure),
            text=delivery.content.text if automatic else "",
        ),
    )


def _error(failure: Failure | None) -> DeliveryError | None:
    if failure is None:
        return None
    return DeliveryError(
        code=failure.code[:100],
        title=failure.title[:1_000],
        detail=failure.detail[:10_000],
        remedy=failure.remedy[:1_000],
    )
