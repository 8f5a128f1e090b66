"""What was said, as the interface shows it: with its delivery, its files and what happened to it since."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.api.mail_schemas import MessageMailSchema
from services.ticket_service.api.schemas import ActorSchema, nullable
from shared.contracts.attachment import ATTACHMENT_KINDS
from shared.contracts.times import UtcTime


class DeliveryErrorSchema(Schema):
    """Why something was not delivered."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    remedy = fields.String(required=True, metadata={"description": "What a person can do about it."})


class DeliverySchema(Schema):
    """How a send stands."""

    state = fields.String(
        required=True, metadata={"enum": ["draft", "queued", "sent", "delivered", "read", "failed"]}
    )
    attempt = fields.Integer(
        required=True, metadata={"description": "How often it was asked for again after it failed."}
    )
    queued_at = UtcTime(required=True)
    sent_at = UtcTime(required=True, allow_none=True)
    delivered_at = UtcTime(required=True, allow_none=True)
    read_at = UtcTime(required=True, allow_none=True)
    failed_at = UtcTime(required=True, allow_none=True)
    error = fields.Nested(DeliveryErrorSchema, required=True, allow_none=True)


class SentTemplateSchema(Schema):
    """An approved template as it was sent."""

    name = fields.String(required=True)
    language = fields.String(required=True)
    components = fields.List(fields.Dict(keys=fields.String()), required=True)


class AttachmentErrorSchema(Schema):
    """Why a file could not be fetched."""

    code = fields.String(required=True, metadata={"example": "too-large"})
    detail = fields.String(required=True)
    remedy = fields.String(required=True, metadata={"description": "What a person can do about it."})


class AttachmentSchema(Schema):
    """A file: of a message, or uploaded and not sent yet."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": list(ATTACHMENT_KINDS)})
    filename = fields.String(required=True, metadata={"description": "Empty when it has none."})
    mime_type = fields.String(required=True, metadata={"example": "image/jpeg"})
    size = fields.Integer(required=True, allow_none=True, metadata={"description": "Bytes, once known."})
    sha256 = fields.String(required=True, metadata={"description": "Hex; empty until it is stored."})
    state = fields.String(required=True, metadata={"enum": ["pending", "stored", "failed", "blocked"]})
    error = fields.Nested(AttachmentErrorSchema, required=True, allow_none=True)
    url = nullable(metadata={"description": "Where its content is; null until it is stored, and if blocked."})
    thumbnail = nullable(metadata={"description": "Where its small picture is; null where there is none."})
    scanned_at = UtcTime(
        required=True, allow_none=True, metadata={"description": "When a virus scanner last looked at it."}
    )
    message_id = nullable(metadata={"description": "Null for an upload that was not sent yet."})
    created_at = UtcTime(required=True)
    stored_at = UtcTime(required=True, allow_none=True)
    uploaded_by = fields.Nested(ActorSchema, required=True, allow_none=True)


class QuoteSchema(Schema):
    """The message that another one answers."""

    message_id = nullable(metadata={"description": "Null when the desk does not have it."})
    text = fields.String(required=True, metadata={"description": "Its beginning."})
    author = fields.Nested(ActorSchema, required=True, allow_none=True)


class ReactionSchema(Schema):
    """An emoji that somebody put on a message."""

    emoji = fields.String(required=True, metadata={"example": "👍"})
    author = fields.Nested(ActorSchema, required=True)
    at = UtcTime(required=True)


class VersionSchema(Schema):
    """A text that an edit replaced."""

    text = fields.String(required=True)
    at = UtcTime(required=True)


class ActionSchema(Schema):
    """One thing said: by the customer, an agent or the desk itself, to all or inside only."""

    id = fields.String(required=True)
    part = nullable(metadata={"description": "`description` or `comment`; null when on no ticket."})
    number = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Number of the comment (#1, #2, …)."}
    )
    direction = fields.String(required=True, metadata={"enum": ["in", "out", "note"]})
    visibility = fields.String(required=True, metadata={"enum": ["public", "internal"]})
    author = fields.Nested(ActorSchema, required=True)
    kind = fields.String(required=True, metadata={"example": "text"})
    text = fields.String(
        required=True, metadata={"description": "As it is now; of a template what the customer reads."}
    )
    content = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "What the kind holds besides text."}
    )
    template = fields.Nested(SentTemplateSchema, required=True, allow_none=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)
    reply_to = fields.Nested(
        QuoteSchema, required=True, allow_none=True, metadata={"description": "The message this one quotes."}
    )
    reactions = fields.List(fields.Nested(ReactionSchema), required=True)
    edited_at = UtcTime(required=True, allow_none=True)
    versions = fields.List(
        fields.Nested(VersionSchema), required=True, metadata={"description": "Earlier texts, oldest first."}
    )
    revoked_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "When its author took it back; the desk keeps what it said."},
    )
    target_id = nullable(
        metadata={"description": "Of a reaction, an edit or a revoke: the message it is about."}
    )
    provider_message_ids = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "One, or one for each part that it was sent in."},
    )
    conversation_id = nullable()
    occurred_at = UtcTime(required=True, metadata={"description": "The provider's time."})
    created_at = UtcTime(required=True)
    delivery = fields.Nested(DeliverySchema, required=True, allow_none=True)
    mailed_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "When an answer in a live chat that nobody read there followed by mail."},
    )
    raw = nullable(metadata={"description": "What the provider sent, for kinds the desk cannot show."})
    mail = fields.Nested(
        MessageMailSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "What stands around the text of a mail; `content` then has `html`, `whole_text`"
            " where the mail says more than `text` (quotations, signatures)."
        },
    )
