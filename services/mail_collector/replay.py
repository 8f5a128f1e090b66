"""Mails that somebody asked to read again: taken as they came from the blob store, then as if just found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.mail_collector.announce import SOURCE, new_trail
from services.mail_collector.collect.reading import MailReading
from services.mail_collector.domain.found import Found
from services.mail_collector.ports import ContentKey
from shared.blobs.store import BlobMissing, BlobStore
from shared.contracts import item_quarantined
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, MalformedEvent, UnknownEventType, new_traceparent
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.contracts.mail_replayed import MailReplayed
from shared.messaging.message import (
    BrokerUnavailable,
    Delivery,
    Outgoing,
    Poison,
    Publisher,
    Unavailable,
    outgoing,
)

CONFIRM_SECONDS: Final = 15.0
LARGEST: Final = 200_000_000
"""Bytes of a kept mail: more than any mailbox may be set to take."""


class Replayer:
    """Handles the collector's own queue of replays; its two methods are a BatchHandler and a Park."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        own_addresses: frozenset[str],
        reading: MailReading,
        blobs: BlobStore,
        publisher: Publisher,
        content_key: ContentKey,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """`addresses`: each mailbox's, by channel id; `own_addresses`: all of the desk's, in lower case."""
        self._addresses = addresses
        self._own_addresses = own_addresses
        self._reading = reading
        self._blobs = blobs
        self._publisher = publisher
        self._content_key = content_key
        self._clock = clock
        self._new_id = new_id

    def handle(self, batch: Sequence[Delivery]) -> None:
        """Read and publish one after the other, so that only one mail is in memory.

        Poison: no replay, or a mail that is not kept. Unavailable: broker or blob store are away.
        """
        for delivery in batch:
            event = self._event(delivery)
            raw = self._raw(event.data)
            said = self._reading.read(raw, self._found(event.data, raw), new_trail(event))
            self._publish(said.messages)

    def park(self, delivery: Delivery, reason: str, detail: str) -> None:
        """Put a replay that cannot be handled into quarantine. Unavailable when the broker is away."""
        body = delivery.body.decode("utf-8", "replace")
        now = self._clock()
        data = ItemQuarantined(
            SOURCE, reason, detail, body, now, Replay(delivery.exchange, delivery.routing_key, body)
        )
        event = Event(self._new_id(), SOURCE, item_quarantined.TYPE, now, "", data, new_traceparent())
        self._publish([outgoing(event)])

    def _event(self, delivery: Delivery) -> Event:
        try:
            event = decode(delivery.body)
        except (MalformedEvent, UnknownEventType) as error:
            raise Poison("malformed-event", str(error)) from error
        if not isinstance(event.data, MailReplayed):
            raise Poison("unexpected-event", f"{event.type} is not for this queue.")
        if event.data.channel_id not in self._addresses:
            raise Poison("unknown-channel", f"There is no mailbox {event.data.channel_id}.")
        return event

    def _raw(self, replayed: MailReplayed) -> bytes:
        try:
            with self._blobs.open(replayed.raw_blob) as (blob, content):
                if blob.size > LARGEST:
                    raise Poison("too-large", f"The kept mail has {blob.size} bytes.")
                return b"".join(content)
        except BlobMissing as error:
            raise Poison("mail-missing", "The mail as it came is not in the blob store any more.") from error

    def _found(self, replayed: MailReplayed, raw: bytes) -> Found:
        return Found(
            channel_id=replayed.channel_id,
            mailbox=self._addresses[replayed.channel_id],
            folder=replayed.folder,
            key=self._content_key(raw),
            arrived_at=replayed.received_at,
            received_at=replayed.received_at,
            own_addresses=self._own_addresses,
        )

    def _publish(self, messages: Sequence[Outgoing]) -> None:
        try:
            self._publisher.publish(messages, timeout=CONFIRM_SECONDS)
        except BrokerUnavailable as error:
            raise Unavailable(str(error)) from error
