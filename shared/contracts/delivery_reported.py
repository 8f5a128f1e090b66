"""`delivery.reported`: a provider's receipt (or a bounce) for something the desk sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.delivery_state import DELIVERED, FAILED, READ, SENT
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "delivery.reported"
STATES: Final = (SENT, DELIVERED, READ, FAILED)


@dataclass(frozen=True, slots=True)
class DeliveryError:
    """Why a delivery failed: the provider's code and words, and what a person can do about it."""

    code: str
    title: str
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReported:
    """A receipt. `send_id` is our own id when the provider echoes it, else None."""

    channel_id: str
    channel_kind: str
    provider_message_id: str
    state: str
    occurred_at: datetime
    received_at: datetime
    send_id: str | None = None
    recipient: str = ""
    error: DeliveryError | None = None
    raw: str = ""


class DeliveryErrorSchema(ContractSchema):
    """A delivery's error on the wire."""

    builds = DeliveryError
    code = fields.String(required=True, validate=validate.Length(max=100))
    title = fields.String(required=True, validate=validate.Length(max=1_000))
    detail = fields.String(load_default="", validate=validate.Length(max=10_000))
    remedy = fields.String(load_default="", validate=validate.Length(max=1_000))


class DeliveryReportedSchema(ContractSchema):
    """What is checked when a receipt is read from the broker."""

    builds = DeliveryReported
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    provider_message_id = fields.String(required=True, validate=validate.Length(1, 500))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    occurred_at = UtcTime(required=True)
    received_at = UtcTime(required=True)
    send_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=600))
    recipient = fields.String(load_default="", validate=validate.Length(max=320))
    error = fields.Nested(DeliveryErrorSchema, load_default=None, allow_none=True)
    raw = fields.String(load_default="")


EXAMPLE: Final = DeliveryReported(
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    provider_message_id="wamid.HBgMMzkzMzUxMDMyMjQ2FQIAERgSQTM",
    state=DELIVERED,
    occurred_at=datetime(2025, 2, 27, 21, 40, 2, tzinfo=UTC),
    received_at=datetime(2025, 2, 27, 21, 40, 2, 450_000, tzinfo=UTC),
    send_id="0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d11",
    recipient="393351032246",
)
