"""`item.quarantined`: something that a service cannot act on; kept whole, with the reason, replayable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "item.quarantined"


@dataclass(frozen=True, slots=True)
class Replay:
    """What to publish, and where, when somebody asks to try the item again (`body` is text, UTF-8)."""

    exchange: str
    routing_key: str
    body: str


@dataclass(frozen=True, slots=True)
class ItemQuarantined:
    """The item (`payload`, as it came), who put it aside and why (`reason` a slug, `detail` for people).

    `raw_blob` names what is too large or no text at all (a mail) as it came, in the blob store; `payload` is
    then what can be shown of it.
    """

    service: str
    reason: str
    detail: str
    payload: str
    quarantined_at: datetime
    replay: Replay | None = None
    raw_blob: str = ""


class ReplaySchema(ContractSchema):
    """A replay on the wire."""

    builds = Replay
    exchange = fields.String(required=True, validate=validate.Length(1, 100))
    routing_key = fields.String(required=True, validate=validate.Length(1, 200))
    body = fields.String(required=True)


class ItemQuarantinedSchema(ContractSchema):
    """What is checked when a quarantined item is read from the broker."""

    builds = ItemQuarantined
    service = fields.String(required=True, validate=validate.Length(1, 60))
    reason = fields.String(required=True, validate=validate.Length(1, 100))
    detail = fields.String(required=True, validate=validate.Length(max=10_000))
    payload = fields.String(required=True)
    quarantined_at = UtcTime(required=True)
    replay = fields.Nested(ReplaySchema, load_default=None, allow_none=True)
    raw_blob = fields.String(load_default="", validate=validate.Length(max=100))


EXAMPLE: Final = ItemQuarantined(
    service="webhook_gateway",
    reason="unknown-channel",
    detail="No channel has the phone number id 5550001.",
    payload='{"metadata":{"phone_number_id":"5550001"}}',
    quarantined_at=datetime(2025, 2, 27, 21, 21, 34, tzinfo=UTC),
    replay=Replay("sportello.events", "webhook.replayed", "{}"),
)
