"""Files of messages: what a message says of them, and what became of fetching them, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.ticket_service.domain.attachment import Attachment, AttachmentError
from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.text import clean_text
from shared.contracts.attachment import RemoteFile
from shared.contracts.envelope import Event
from shared.contracts.media_failed import MediaFailed
from shared.contracts.media_stored import MediaStored
from shared.contracts.message_received import MessageReceived


def attachment_of(event: Event) -> str:
    """Which attachment a `media.stored` or `media.failed` event is about."""
    data: MediaStored | MediaFailed = event.data
    return data.file.id if isinstance(data, MediaStored) else data.attachment_id


def take_news(
    event: Event, attachments: dict[str, Attachment], policy: AttachmentPolicy, now: datetime
) -> Attachment:
    """Take in `media.stored` or `media.failed`, also of a file whose message did not come yet.

    A file that the desk's policy does not allow is kept, but blocked.
    """
    data: MediaStored | MediaFailed = event.data
    attachment = attachments.get(attachment_of(event))
    if attachment is None:
        attachment = Attachment(
            attachment_of(event),
            "document",
            data.channel_id,
            data.channel_kind,
            now,
            message_id=data.message_id,
        )
        attachments[attachment.id] = attachment
    if isinstance(data, MediaFailed):
        failure = AttachmentError(clean_text(data.code), clean_text(data.detail), clean_text(data.remedy))
        attachment.failed(failure, data.failed_at)
    else:
        file = data.file
        attachment.kind = file.kind
        attachment.stored(
            file.blob_id,
            clean_text(file.mime_type),
            clean_text(file.filename),
            file.sha256,
            file.size,
            data.stored_at,
        )
        _judge(attachment, policy)
    return attachment


def is_unwanted(event: Event, attachment: Attachment) -> bool:
    """Whether the event brings the content of a file that was forgotten before."""
    return isinstance(event.data, MediaStored) and attachment.is_forgotten


def attach(
    data: MessageReceived,
    message: Message,
    known: Mapping[str, Attachment],
    policy: AttachmentPolicy,
    now: datetime,
) -> Iterable[Attachment]:
    """The files of a message that is on its ticket already; `known` are those there was news of before."""
    for file in data.attachments:
        attachment = known.get(file.id) or Attachment(
            file.id, file.kind, data.channel_id, data.channel_kind, now
        )
        _declare(attachment, file)
        _judge(attachment, policy)
        attachment.message_id = message.id
        attachment.conversation_id, attachment.ticket_id = message.conversation_id, message.ticket_id
        yield attachment


def _judge(attachment: Attachment, policy: AttachmentPolicy) -> None:
    """By what was stored: until then its name and type are only what somebody says of it."""
    if attachment.blob_id is not None:
        attachment.keep_back(policy.refusal(attachment.filename, attachment.mime_type, attachment.size))


def _declare(attachment: Attachment, file: RemoteFile) -> None:
    attachment.declared(
        file.kind,
        clean_text(file.reference),
        clean_text(file.mime_type),
        clean_text(file.filename),
        file.sha256,
        file.size,
    )
