"""What comes from the broker: a batch is decoded, sorted into requests and receipts, and applied as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.notifier.announce import SOURCE
from services.notifier.domain.delivery import Failure
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.notify import SENDABLE, Notifier
from services.notifier.ports import DeliveryStore, DeliveryTransaction
from services.notifier.status import StatusKeeper
from shared.contracts import item_quarantined
from shared.contracts.catalogue import decode
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType, new_traceparent
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.messaging.message import (
    BrokerUnavailable,
    Delivery,
    Poison,
    Publisher,
    Unavailable,
    outgoing,
)


class EventHandler:
    """Handles a batch of messages in one transaction, then wakes the dispatcher."""

    def __init__(
        self, store: DeliveryStore, notifier: Notifier, status: StatusKeeper, wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._status = status
        self._wake = wake

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """All of the batch or nothing. Poison: a message nobody here can read; Unavailable: try again."""
        events = [_read(message) for message in batch]
        wanted = [
            delivery
            for event in events
            if event.type in SENDABLE and (delivery := self._notifier.wanted(event)) is not None
        ]
        receipts = [_receipt(event) for event in events if isinstance(event.data, DeliveryReported)]
        if not wanted and not receipts:
            return

        def work(transaction: DeliveryTransaction) -> int:
            added = self._notifier.add(transaction, wanted) if wanted else 0
            if receipts:
                self._status.apply(transaction, receipts)
            return added

        # A receipt can end a delivery and so free the next one of its conversation: wake in both cases.
        self._store.transact(work)
        self._wake()


class Parking:
    """Puts poison aside: as `item.quarantined` it is kept by the desk, shown, and can be replayed."""

    def __init__(
        self, publisher: Publisher, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._new_id = new_id

    def __call__(self, message: Delivery, reason: str, detail: str) -> None:
        """Return once the broker has confirmed it; Unavailable otherwise."""
        now = self._clock()
        event = Event(
            id=self._new_id(),
            source=SOURCE,
            type=item_quarantined.TYPE,
            time=now,
            subject=message.queue,
            traceparent=new_traceparent(),
            data=ItemQuarantined(
                service=SOURCE,
                reason=reason[:100],
                detail=detail[:10_000],
                payload=message.body.decode(errors="replace"),
                quarantined_at=now,
                replay=_replay(message),
            ),
        )
        try:
            self._publisher.publish([outgoing(event)])
        except BrokerUnavailable as error:
            raise Unavailable(str(error)) from error


def _replay(message: Delivery) -> Replay | None:
    try:
        body = message.body.decode()
    except UnicodeDecodeError:
        return None
    return Replay(message.exchange, message.routing_key, body) if message.exchange else None


def _read(message: Delivery) -> Event:
    try:
        event = decode(message.body)
    except MalformedEvent as error:
        raise Poison("malformed-event", str(error)) from error
    except UnknownEventType as error:
        raise Poison("unknown-event-type", str(error)) from error
    if event.type not in SENDABLE and not isinstance(event.data, DeliveryReported):
        raise Poison("unexpected-event", f"{event.type} is nothing the notifier acts on")
    return event


def _receipt(event: Event) -> Receipt:
    report: DeliveryReported = event.data
    error = report.error
    failure = Failure(error.code, error.title, error.detail, error.remedy) if error is not None else None
    return Receipt(
        key=ProviderKey(report.channel_id, report.provider_message_id),
        state=report.state,
        at=report.occurred_at,
        send_id=report.send_id,
        failure=failure,
        event_id=event.id,
    )
