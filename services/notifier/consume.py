"""What comes from the broker: a batch is decoded, sorted by what it wants, and applied as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from services.notifier.announce import SOURCE
from services.notifier.erase import Eraser
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.wanted import concerns_mail
from services.notifier.notify import SENDABLE, Notifier
from services.notifier.ports import DeliveryStore, DeliveryTransaction
from services.notifier.presence import PresenceShower
from services.notifier.status import StatusKeeper
from services.notifier.template_wishes import TemplateKeeper, Wish
from services.notifier.translate import presence_of, receipt_of, report_of, submission_of
from shared.contracts import (
    contact_erased,
    delivery_reported,
    item_quarantined,
    mail_requested,
    presence_requested,
    template_reported,
    template_requested,
)
from shared.contracts.catalogue import decode
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType, new_traceparent
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.contracts.template_reported import TemplateReported
from shared.contracts.template_requested import TemplateSubmitted, TemplateSyncRequested
from shared.messaging.message import (
    BrokerUnavailable,
    Delivery,
    Poison,
    Publisher,
    Unavailable,
    outgoing,
)

READABLE: Final = (
    *SENDABLE,
    contact_erased.TYPE,
    delivery_reported.TYPE,
    mail_requested.TYPE,
    presence_requested.TYPE,
    template_requested.SUBMITTED,
    template_requested.SYNC_REQUESTED,
    template_reported.TYPE,
)


class EventHandler:
    """Handles a batch of messages, all that changes deliveries in one transaction; wakes the dispatcher."""

    def __init__(
        self,
        store: DeliveryStore,
        notifier: Notifier,
        status: StatusKeeper,
        templates: TemplateKeeper,
        presence: PresenceShower,
        mails: MailKeeper,
        eraser: Eraser,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._status = status
        self._templates = templates
        self._presence = presence
        self._mails = mails
        self._eraser = eraser
        self._wake = wake

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """All of the batch or nothing: what was done is harmless to repeat should a later step fail.

        Poison: a message nobody here can read; Unavailable: try again.
        """
        events = [_read(message) for message in batch]
        mails = [event for event in events if concerns_mail(event)]
        self._deliveries([event for event in events if not concerns_mail(event)])
        self._templates.take([wish for event in events if (wish := _wish(event)) is not None])
        self._mails.take(mails)
        self._eraser.take([event.data for event in events if event.type == contact_erased.TYPE])
        # Last, as it cannot fail: a batch that is repeated shows nothing twice.
        self._presence.show([presence_of(one.data) for one in events if one.type == presence_requested.TYPE])

    def _deliveries(self, events: Sequence[Event]) -> None:
        wanted = [
            delivery
            for event in events
            if event.type in SENDABLE
            for delivery in self._notifier.wanted(event)
        ]
        receipts = [
            receipt_of(event, event.data) for event in events if isinstance(event.data, DeliveryReported)
        ]
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
    if event.type not in READABLE:
        raise Poison("unexpected-event", f"{event.type} is nothing the notifier acts on")
    return event


def _wish(event: Event) -> Wish | None:
    """What an event wants of templates, if anything."""
    if isinstance(event.data, TemplateSubmitted):
        return submission_of(event.data)
    if isinstance(event.data, TemplateReported):
        return report_of(event.data)
    return event.data.channel_id if isinstance(event.data, TemplateSyncRequested) else None
