"""What became of a file, and how a channel's files come, as messages for the broker."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.webhook_gateway.announce import SOURCE
from services.webhook_gateway.domain.media_job import Kept, MediaJob, Trouble, Wanted
from shared.contracts import channel_reported, media_failed, media_stored
from shared.contracts.attachment import StoredFile
from shared.contracts.channel_reported import FAILING, OK, ChannelReported
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.media_failed import MediaFailed
from shared.contracts.media_stored import MediaStored
from shared.messaging.message import Outgoing, outgoing

ASPECT: Final = "media"
_REMEDY: Final = "Try again, or ask the customer to send it once more."


def stored(job: MediaJob, kept: Kept, now: datetime) -> Outgoing:
    """`media.stored`; the same event however often it is said."""
    wanted = job.wanted
    file = StoredFile(
        wanted.id, wanted.kind, wanted.id, kept.mime_type, kept.filename[:500], kept.size, kept.sha256
    )
    data = MediaStored(file, wanted.message_id, wanted.channel_id, wanted.channel_kind, job.ended_at or now)
    return _message(job, media_stored.TYPE, f"{wanted.id}:stored", data, data.stored_at)


def failed(job: MediaJob, trouble: Trouble, now: datetime) -> Outgoing:
    """`media.failed`; another event each time somebody has asked again."""
    wanted = job.wanted
    data = MediaFailed(
        attachment_id=wanted.id,
        message_id=wanted.message_id,
        channel_id=wanted.channel_id,
        channel_kind=wanted.channel_kind,
        code=trouble.code[:100],
        detail=trouble.detail[:2_000],
        remedy=(trouble.remedy or _REMEDY)[:1_000],
        failed_at=now,
    )
    return _message(job, media_failed.TYPE, f"{wanted.id}:failed:{job.round}", data, now)


def channel_stands(wanted: Wanted, trouble: Trouble | None, now: datetime, event_id: str) -> Outgoing:
    """`channel.reported` on the aspect `media`: what is wrong, or (None) that files come."""
    data = ChannelReported(
        channel_id=wanted.channel_id,
        channel_kind=wanted.channel_kind,
        aspect=ASPECT,
        level=FAILING if trouble else OK,
        title="The provider hands out no files to this channel" if trouble else "Files can be fetched",
        occurred_at=now,
        detail=trouble.detail[:5_000] if trouble else "",
        remedy=trouble.remedy[:1_000] if trouble else "",
    )
    event = Event(event_id, SOURCE, channel_reported.TYPE, now, wanted.channel_id, data, new_traceparent())
    return outgoing(event)


def _message(
    job: MediaJob, event_type: str, event_id: str, data: MediaStored | MediaFailed, at: datetime
) -> Outgoing:
    return outgoing(
        Event(
            id=event_id,
            source=SOURCE,
            type=event_type,
            time=at,
            subject=job.wanted.message_id,
            data=data,
            traceparent=job.traceparent,
            causationid=job.cause or None,
        )
    )
