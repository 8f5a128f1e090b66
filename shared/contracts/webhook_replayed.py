"""`webhook.replayed`: a verified webhook item to be normalised once more (its channel is known now, say)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "webhook.replayed"


@dataclass(frozen=True, slots=True)
class WebhookReplayed:
    """What the provider sent (one item in its wrapping: JSON or a form) and when the gateway first got it."""

    channel_kind: str
    payload: str
    received_at: datetime


class WebhookReplayedSchema(ContractSchema):
    """What is checked when a replayed webhook is read from the broker."""

    builds = WebhookReplayed
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    payload = fields.String(required=True, validate=validate.Length(1))
    received_at = UtcTime(required=True)


EXAMPLE: Final = WebhookReplayed(
    channel_kind="whatsapp_cloud",
    payload='{"object":"whatsapp_business_account","entry":[]}',
    received_at=datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC),
)
