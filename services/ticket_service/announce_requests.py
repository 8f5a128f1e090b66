"""What the desk asks other services for, besides sending: files, templates, signs of presence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.ticket_service.announce import SOURCE, Cause, recipient_of
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.template import Template
from shared.contracts import (
    contact_erased,
    mail_requested,
    media_requested,
    presence_requested,
    template_requested,
)
from shared.contracts.attachment import RemoteFile
from shared.contracts.contact_erased import ContactErased
from shared.contracts.envelope import Event
from shared.contracts.mail_requested import MailRequested
from shared.contracts.media_requested import MediaRequested
from shared.contracts.presence_requested import PresenceRequested
from shared.contracts.template_requested import TemplateSubmitted, TemplateSyncRequested
from shared.contracts.times import format_utc


def media_requested_for(attachment: Attachment, at: datetime, cause: Cause) -> Event:
    """`media.requested`: fetch the file of a customer's message again.

    ValueError for a file that did not come with a message.
    """
    if not attachment.reference or attachment.message_id is None:
        raise ValueError(f"attachment {attachment.id} does not lie with a provider")
    file = RemoteFile(
        attachment.id,
        attachment.kind,
        attachment.reference,
        attachment.mime_type,
        attachment.filename,
        attachment.sha256,
        attachment.size,
    )
    data = MediaRequested(file, attachment.message_id, attachment.channel_id, attachment.channel_kind, at)
    event_id = f"{attachment.id}:requested:{format_utc(at)}"
    return _event(media_requested.TYPE, event_id, attachment.message_id, at, data, cause)


def template_submitted(template: Template, author: str, cause: Cause) -> Event:
    """`template.submitted`: create this template (its `request_id` set) at the provider."""
    data = TemplateSubmitted(
        template.request_id,
        template.channel_id,
        template.channel_kind,
        template.name,
        template.language,
        template.category,
        template.components,
        template.changed_at,
        author,
    )
    event_id = f"{template.request_id}:submitted"
    return _event(template_requested.SUBMITTED, event_id, template.id, template.changed_at, data, cause)


def template_sync_requested(
    channel_id: str, channel_kind: str, event_id: str, at: datetime, cause: Cause
) -> Event:
    """`template.sync_requested`: read all templates of a channel from its provider now."""
    data = TemplateSyncRequested(channel_id, channel_kind, at)
    return _event(template_requested.SYNC_REQUESTED, event_id, channel_id, at, data, cause)


def presence_requested_for(
    conversation: Conversation,
    provider_message_id: str,
    sign: str,
    author: str,
    event_id: str,
    at: datetime,
    cause: Cause,
) -> Event:
    """`presence.requested`: `author` has read the customer's latest message, or writes (`sign`)."""
    data = PresenceRequested(
        conversation.id,
        conversation.channel_id,
        conversation.channel_kind,
        recipient_of(conversation),
        provider_message_id,
        sign,
        at,
        author,
    )
    return _event(presence_requested.TYPE, event_id, conversation.id, at, data, cause)


def mail_requested_for(mail: MailRequested, cause: Cause) -> Event:
    """`mail.requested`: send this mail; asked twice with the same `mail_id` it is sent once."""
    event_id = f"{mail.mail_id}:mail"
    subject = mail.ticket_number or mail.mail_id
    return _event(mail_requested.TYPE, event_id, subject, mail.requested_at, mail, cause)


def contact_erased_for(erased: ContactErased, cause: Cause) -> Event:
    """`contact.erased`: what was sent to this person is to be forgotten."""
    event_id = f"{erased.contact_id}:erased"
    return _event(contact_erased.TYPE, event_id, erased.contact_id, erased.erased_at, erased, cause)


def _event(kind: str, event_id: str, subject: str, at: datetime, data: Any, cause: Cause) -> Event:
    return Event(
        id=event_id,
        source=SOURCE,
        type=kind,
        time=at,
        subject=subject,
        data=data,
        traceparent=cause.traceparent,
        causationid=cause.event_id,
    )
