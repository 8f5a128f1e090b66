"""Events, clocks and ids for the desk's tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.ticket_service.acting import Desk
from services.ticket_service.apply import apply_messages
from services.ticket_service.ports import DeskStore
from shared.contracts import delivery_changed, item_quarantined, message_received
from shared.contracts.catalogue import encode
from shared.contracts.delivery_changed import NOTIFICATION, REPLY, DeliveryChanged
from shared.contracts.delivery_reported import DeliveryError
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.item_quarantined import ItemQuarantined
from shared.contracts.item_quarantined import Replay as GivenReplay
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.routes import address
from shared.messaging.message import Delivery, Outgoing

NOW = datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHANNEL = "whatsapp-main"
KIND = "whatsapp_cloud"
WINDOW = 86_400
ANNA = "+393351032246"


def at(seconds: float = 0) -> datetime:
    """A time so many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def clock() -> datetime:
    """Always NOW."""
    return NOW


def counting_ids(prefix: str = "id") -> Callable[[], str]:
    """Ids that sort in the order they were made."""
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers):06d}"


def phone(number: str) -> Identity:
    """A phone number as WhatsApp's channels give it."""
    return Identity("whatsapp", number, number.removeprefix("+"))


def scoped(value: str) -> Identity:
    """A business-scoped user id."""
    return Identity("whatsapp_user", value, value)


def message(
    key: str = "1",
    *,
    sender: str | Sequence[Identity] = ANNA,
    name: str = "Anna",
    text: str = "Buongiorno",
    occurred: datetime = NOW,
    received: datetime | None = None,
    channel: str = CHANNEL,
    **more: Any,
) -> Event:
    """`message.received` from a phone number, or from somebody with several identities."""
    identities = [phone(sender)] if isinstance(sender, str) else list(sender)
    data = MessageReceived(
        dedupe_key=f"{KIND}:109:{key}",
        channel_id=channel,
        channel_kind=KIND,
        provider_message_id=f"provider.{key}",
        contact_key=f"{channel}:{identities[0].value}",
        sender=Sender(identities, name),
        occurred_at=occurred,
        received_at=received or max(occurred, NOW),
        kind=more.pop("kind", "text"),
        text=text,
        reply_window_seconds=more.pop("window", WINDOW),
        **more,
    )
    return Event(
        data.dedupe_key, "test", message_received.TYPE, NOW, data.contact_key, data, new_traceparent()
    )


def changed(
    send_id: str,
    state: str,
    *,
    seconds: float = 0,
    origin: str = REPLY,
    times: dict[str, datetime] | None = None,
    **more: Any,
) -> Event:
    """`delivery.changed` of a send."""
    data = DeliveryChanged(
        send_id=send_id,
        origin=origin,
        conversation_id=more.pop("conversation_id", ""),
        ticket_number=more.pop("ticket_number", ""),
        channel_id=CHANNEL,
        channel_kind=KIND,
        state=state,
        times={state: at(seconds)} if times is None else times,
        queued_at=more.pop("queued_at", NOW),
        **more,
    )
    return Event(f"{send_id}:{state}", "test", delivery_changed.TYPE, NOW, send_id, data, new_traceparent())


def notification(send_id: str, state: str, **more: Any) -> Event:
    """`delivery.changed` of something the notifier sent by itself."""
    return changed(send_id, state, origin=NOTIFICATION, **more)


def refused(code: str = "131026") -> DeliveryError:
    """Why a provider refused."""
    return DeliveryError(code, "Undeliverable", "details", "call the customer")


def put_aside(event_id: str, replay: GivenReplay | None = None) -> Event:
    """`item.quarantined` of another service."""
    data = ItemQuarantined("webhook_gateway", "unknown-channel", "No such channel.", "{}", NOW, replay)
    return Event(event_id, "test", item_quarantined.TYPE, NOW, "", data, new_traceparent())


def outgoing(event: Event) -> Outgoing:
    """The event as its producer publishes it."""
    exchange, key = address(event.type, getattr(event.data, "contact_key", ""))
    return Outgoing(exchange, key, encode(event))


def delivered(event: Event, queue: str = "inbound.0") -> Delivery:
    """The event as the consumer gets it."""
    message = outgoing(event)
    return Delivery(queue, message.exchange, message.routing_key, message.body)


def a_desk(store: DeskStore, now: datetime = NOW, prefix: str = "desk") -> Desk:
    """The desk at that time, with ids of its own."""
    return Desk(store, lambda: now, counting_ids(prefix))


def apply(store: DeskStore, *events: Event, now: datetime = NOW, **more: Any) -> None:
    """Apply messages as one batch."""
    new_id = more.pop("new_id", None) or counting_ids(events[0].id)
    apply_messages(events, Desk(store, lambda: now, new_id), more.pop("automatic", {}))
