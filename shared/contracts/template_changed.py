"""`template.changed`: a message template as it now is, as a whole (the highest `revision` counts)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import fields, validate

from shared.contracts.delivery_reported import DeliveryError, DeliveryErrorSchema
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "template.changed"

STATUSES: Final = (
    "submitting",
    "pending",
    "approved",
    "rejected",
    "paused",
    "disabled",
    "in_appeal",
    "removed",
    "unknown",
)
"""`submitting`: asked for, not yet taken by the provider; `removed`: the provider no longer has it."""


@dataclass(frozen=True, slots=True)
class TemplateChanged:
    """A snapshot. `template_id` is the provider's, empty before it has one; `request_id` the submission's.

    `components` have the Cloud API's shape (HEADER, BODY, FOOTER, BUTTONS) whatever the provider is;
    `parameter_format` is `positional` or `named`. `error` says why the provider took it not at all.
    """

    channel_id: str
    channel_kind: str
    template_id: str
    name: str
    language: str
    category: str
    status: str
    components: list[dict[str, Any]]
    revision: int
    changed_at: datetime
    quality: str = ""
    parameter_format: str = "positional"
    reason: str = ""
    request_id: str = ""
    error: DeliveryError | None = None


class TemplateChangedSchema(ContractSchema):
    """What is checked when a template is read from the broker."""

    builds = TemplateChanged
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    template_id = fields.String(required=True, validate=validate.Length(max=100))
    name = fields.String(required=True, validate=validate.Length(1, 512))
    language = fields.String(required=True, validate=validate.Length(1, 40))
    category = fields.String(required=True, validate=validate.Length(max=60))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    components = fields.List(
        fields.Dict(keys=fields.String()), required=True, validate=validate.Length(max=20)
    )
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    changed_at = UtcTime(required=True)
    quality = fields.String(load_default="", validate=validate.Length(max=60))
    parameter_format = fields.String(
        load_default="positional", validate=validate.OneOf(("positional", "named"))
    )
    reason = fields.String(load_default="", validate=validate.Length(max=2_000))
    request_id = fields.String(load_default="", validate=validate.Length(max=100))
    error = fields.Nested(DeliveryErrorSchema, load_default=None, allow_none=True)


EXAMPLE: Final = TemplateChanged(
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    template_id="1689556908129832",
    name="please_answer",
    language="it",
    category="UTILITY",
    status="approved",
    components=[{"type": "BODY", "text": "Abbiamo una risposta per lei: ci scriva per leggerla."}],
    revision=7,
    changed_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
    quality="GREEN",
)
