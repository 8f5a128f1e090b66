"""Templates as the interface shows them, and their ids in addresses."""

from __future__ import annotations

import base64
import binascii

from marshmallow import Schema, fields

from services.ticket_service.api.message_schemas import DeliveryErrorSchema
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.template import Template
from services.ticket_service.domain.template_text import places_of
from shared.contracts.template_changed import STATUSES
from shared.contracts.times import UtcTime


class TemplateSchema(Schema):
    """A template as its provider has it."""

    id = fields.String(required=True)
    channel = fields.String(required=True, metadata={"example": "whatsapp-main"})
    channel_kind = fields.String(required=True)
    name = fields.String(required=True, metadata={"example": "please_answer"})
    language = fields.String(required=True, metadata={"example": "it"})
    category = fields.String(required=True, metadata={"example": "UTILITY"})
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    quality = fields.String(required=True, metadata={"example": "GREEN"})
    reason = fields.String(required=True, metadata={"description": "Why it is not approved, if it is not."})
    error = fields.Nested(
        DeliveryErrorSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Why the provider did not take it at all."},
    )
    components = fields.List(fields.Dict(keys=fields.String()), required=True)
    parameter_format = fields.String(required=True, metadata={"enum": ["positional", "named"]})
    parameters = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "What has to be filled in.", "example": ["header image", "body 1"]},
    )
    changed_at = UtcTime(required=True)


class TemplatePreviewSchema(Schema):
    """What a template says with these parameters; gaps keep their `{{…}}`."""

    text = fields.String(required=True)
    missing = fields.List(fields.String(), required=True, metadata={"example": ["body 2"]})
    surplus = fields.List(fields.String(), required=True)


def template_wire(template: Template) -> Wire:
    """A template with what has to be filled in."""
    error = template.error
    return {
        "id": id_of(template),
        "channel": template.channel_id,
        "channel_kind": template.channel_kind,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "quality": template.quality,
        "reason": template.reason,
        "error": error
        and {"code": error.code, "title": error.title, "detail": error.detail, "remedy": error.remedy},
        "components": template.components,
        "parameter_format": template.parameter_format,
        "parameters": [str(place) for place in places_of(template.components)],
        "changed_at": template.changed_at,
    }


def id_of(template: Template) -> str:
    """Channel, name and language in one word for addresses."""
    return base64.urlsafe_b64encode(template.id.encode()).decode().rstrip("=")


def key_of(template_id: str) -> str:
    """Back from id_of. Problem 404 for anything that it did not make."""
    try:
        return base64.b64decode(
            template_id + "=" * (-len(template_id) % 4), altchars=b"-_", validate=True
        ).decode()
    except (ValueError, binascii.Error):
        raise not_found("template") from None
