"""What was found in a mailbox, and how mailboxes stand, as messages for the broker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.mail_collector.domain.found import CHANNEL_KIND, Found
from services.mail_collector.domain.reading import Aside, ReadFile
from services.mail_collector.ports import MailboxTrouble
from shared.blobs.store import Blob
from shared.contracts import (
    channel_reported,
    delivery_reported,
    item_quarantined,
    mail_replayed,
    media_stored,
    message_received,
)
from shared.contracts.attachment import StoredFile
from shared.contracts.catalogue import CONTRACTS, encode
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.contracts.mail_replayed import MailReplayed
from shared.contracts.media_stored import MediaStored
from shared.contracts.routes import address
from shared.messaging.message import Outgoing, outgoing

SOURCE: Final = "mail_collector"
SHOWN_HEADERS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Trail:
    """What belongs together: one trace per mail, and the event that made us do it (a replay), if any."""

    traceparent: str
    cause: str | None = None


def new_trail(cause: Event | None = None) -> Trail:
    """For one mail; what was asked for goes on in the trace of the asking."""
    if cause is None:
        return Trail(new_traceparent())
    return Trail(cause.traceparent or new_traceparent(), cause.id)


def received(found: Found, data: dict[str, Any], trail: Trail) -> Outgoing:
    """`message.received`; the same event however often the mail is found.

    marshmallow's ValidationError when the data is not what the contract allows, TypeError when it is no text.
    """
    message = CONTRACTS[message_received.TYPE].read(data)
    event = Event(
        id=found.dedupe_key,
        source=SOURCE,
        type=message_received.TYPE,
        time=message.occurred_at,
        subject=message.contact_key,
        data=message,
        traceparent=trail.traceparent,
        causationid=trail.cause,
    )
    return outgoing(event, message.contact_key)


def reported(found: Found, number: int, data: dict[str, Any], trail: Trail) -> Outgoing:
    """`delivery.reported`; errors as for `received`."""
    report = CONTRACTS[delivery_reported.TYPE].read(data)
    event_id = f"{found.dedupe_key}:report:{number}"
    return _message(
        event_id, delivery_reported.TYPE, report.occurred_at, report.provider_message_id, report, trail
    )


def stored(found: Found, file: ReadFile, blob: Blob, trail: Trail) -> Outgoing:
    """`media.stored`."""
    kept = StoredFile(
        file.id, file.kind, blob.id, blob.mime_type, file.filename[:500], blob.size, blob.sha256
    )
    data = MediaStored(kept, found.dedupe_key, found.channel_id, CHANNEL_KIND, found.received_at)
    return _message(f"{file.id}:stored", media_stored.TYPE, found.received_at, found.dedupe_key, data, trail)


def quarantined(found: Found, aside: Aside, headers: bytes, trail: Trail, *, kept: bool = True) -> Outgoing:
    """`item.quarantined`. `kept`: the whole mail is in the blob store, and can be tried again."""
    digest = hashlib.sha256("\n".join((found.key, aside.reason, trail.cause or "")).encode()).hexdigest()
    event_id = f"{CHANNEL_KIND}:quarantined:{digest}"
    data = ItemQuarantined(
        SOURCE,
        aside.reason[:100],
        aside.detail[:10_000],
        headers[:SHOWN_HEADERS].decode("utf-8", "replace"),
        found.received_at,
        _replay(event_id, found, trail) if kept else None,
        raw_blob=found.raw_blob if kept else "",
    )
    return _message(event_id, item_quarantined.TYPE, found.received_at, "", data, trail)


def channel_stands(
    channel_id: str,
    aspect: str,
    level: str,
    now: datetime,
    event_id: str,
    *,
    trouble: MailboxTrouble | None = None,
    title: str = "",
) -> Outgoing:
    """`channel.reported` on one aspect: what is wrong, or the title of what is well (or will be wrong)."""
    data = ChannelReported(
        channel_id=channel_id,
        channel_kind=CHANNEL_KIND,
        aspect=aspect,
        level=level,
        title=(trouble.title if trouble is not None else title)[:500],
        occurred_at=now,
        detail=trouble.detail[:5_000] if trouble is not None else "",
        remedy=trouble.remedy[:1_000] if trouble is not None else "",
    )
    return _message(event_id, channel_reported.TYPE, now, channel_id, data, new_trail())


def _replay(event_id: str, found: Found, trail: Trail) -> Replay:
    event = Event(
        id=f"{event_id}:replay",
        source=SOURCE,
        type=mail_replayed.TYPE,
        time=found.received_at,
        subject="",
        data=MailReplayed(found.channel_id, found.raw_blob, found.arrived_at, found.folder),
        traceparent=trail.traceparent,
        causationid=event_id,
    )
    return Replay(*address(mail_replayed.TYPE), encode(event).decode())


def _message(event_id: str, event_type: str, at: datetime, subject: str, data: Any, trail: Trail) -> Outgoing:
    return outgoing(Event(event_id, SOURCE, event_type, at, subject, data, trail.traceparent, trail.cause))
