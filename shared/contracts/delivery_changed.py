"""`delivery.changed`: how a send stands now, as a whole snapshot (so order and repetition do not matter)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.delivery_reported import DeliveryError, DeliveryErrorSchema
from shared.contracts.delivery_state import RANK, SENT
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "delivery.changed"
REPLY: Final = "reply"
NOTIFICATION: Final = "notification"


@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """The state of a whole message with the time at which all its parts had reached each state.

    A message that the provider takes only in parts (long texts, several files) has one provider id per part.
    `attempt` counts how often the desk asked for it again: a later attempt replaces an earlier one.
    `origin` says who asked for it: a person's reply (the desk already holds its message) or a notification
    of the notifier's own, whose `text` the desk then shows as an automatic message of the conversation.
    """

    send_id: str
    origin: str
    conversation_id: str
    ticket_number: str
    channel_id: str
    channel_kind: str
    state: str
    times: dict[str, datetime]
    queued_at: datetime
    provider_message_ids: list[str] = field(default_factory=list)
    error: DeliveryError | None = None
    text: str = ""
    attempt: int = 0


class DeliveryChangedSchema(ContractSchema):
    """What is checked when a delivery's state is read from the broker."""

    builds = DeliveryChanged
    send_id = fields.String(required=True, validate=validate.Length(1, 600))
    origin = fields.String(required=True, validate=validate.OneOf((REPLY, NOTIFICATION)))
    conversation_id = fields.String(required=True, validate=validate.Length(max=100))
    ticket_number = fields.String(required=True, validate=validate.Length(max=100))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    state = fields.String(required=True, validate=validate.OneOf(tuple(RANK)))
    times = fields.Dict(
        keys=fields.String(validate=validate.OneOf(tuple(RANK))), values=UtcTime(), required=True
    )
    queued_at = UtcTime(required=True)
    provider_message_ids = fields.List(
        fields.String(validate=validate.Length(1, 500)), load_default=list, validate=validate.Length(max=200)
    )
    error = fields.Nested(DeliveryErrorSchema, load_default=None, allow_none=True)
    text = fields.String(load_default="")
    attempt = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 10_000))


EXAMPLE: Final = DeliveryChanged(
    send_id="0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d11",
    origin=REPLY,
    conversation_id="0197f3c1-11aa-7c3e-9a44-52f0f1b7d001",
    ticket_number="TT24",
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    state=SENT,
    times={SENT: datetime(2025, 2, 27, 21, 40, 2, tzinfo=UTC)},
    queued_at=datetime(2025, 2, 27, 21, 40, 1, tzinfo=UTC),
    provider_message_ids=["wamid.HBgMMzkzMzUxMDMyMjQ2FQIAERgSQTM"],
)
