"""`template.reported`: a provider says that something about a message template changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "template.reported"

CHANGES: Final = ("status", "quality", "category", "components")


@dataclass(frozen=True, slots=True)
class TemplateReported:
    """`change` says what has the new `value` (a status, quality or category as the provider calls it).

    For `components` the value is empty: the template has to be read again.
    """

    channel_id: str
    channel_kind: str
    template_id: str
    name: str
    language: str
    change: str
    value: str
    occurred_at: datetime
    reason: str = ""


class TemplateReportedSchema(ContractSchema):
    """What is checked when a change of a template is read from the broker."""

    builds = TemplateReported
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    template_id = fields.String(required=True, validate=validate.Length(max=100))
    name = fields.String(required=True, validate=validate.Length(max=512))
    language = fields.String(required=True, validate=validate.Length(max=40))
    change = fields.String(required=True, validate=validate.OneOf(CHANGES))
    value = fields.String(required=True, validate=validate.Length(max=100))
    occurred_at = UtcTime(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=2_000))


EXAMPLE: Final = TemplateReported(
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    template_id="1689556908129832",
    name="please_answer",
    language="it",
    change="status",
    value="APPROVED",
    occurred_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
    reason="NONE",
)
