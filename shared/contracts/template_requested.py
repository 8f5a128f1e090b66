"""`template.submitted` and `template.sync_requested`: what the desk asks about a channel's templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

SUBMITTED: Final = "template.submitted"
SYNC_REQUESTED: Final = "template.sync_requested"


@dataclass(frozen=True, slots=True)
class TemplateSubmitted:
    """Create this template at the provider and ask for its approval; `request_id` comes back in the answer.

    `components` have the shape that the Cloud API documents for creating templates.
    """

    request_id: str
    channel_id: str
    channel_kind: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    submitted_at: datetime
    author: str = ""


@dataclass(frozen=True, slots=True)
class TemplateSyncRequested:
    """Read all templates of this channel from the provider now."""

    channel_id: str
    channel_kind: str
    requested_at: datetime


class TemplateSubmittedSchema(ContractSchema):
    """What is checked when a new template is read from the broker."""

    builds = TemplateSubmitted
    request_id = fields.String(required=True, validate=validate.Length(1, 100))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    name = fields.String(required=True, validate=validate.Length(1, 512))
    language = fields.String(required=True, validate=validate.Length(2, 40))
    category = fields.String(required=True, validate=validate.Length(1, 40))
    components = fields.List(
        fields.Dict(keys=fields.String()), required=True, validate=validate.Length(1, 20)
    )
    submitted_at = UtcTime(required=True)
    author = fields.String(load_default="", validate=validate.Length(max=500))


class TemplateSyncRequestedSchema(ContractSchema):
    """What is checked when a wish to read templates again is read from the broker."""

    builds = TemplateSyncRequested
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    requested_at = UtcTime(required=True)


SUBMITTED_EXAMPLE: Final = TemplateSubmitted(
    request_id="0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d12",
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    name="please_answer",
    language="it",
    category="UTILITY",
    components=[{"type": "BODY", "text": "Abbiamo una risposta per lei: ci scriva per leggerla."}],
    submitted_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
    author="Anna Rossi",
)
SYNC_EXAMPLE: Final = TemplateSyncRequested(
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    requested_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
)
