"""`channel.reported`: how one aspect of a channel stands, so that operators see what does not work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "channel.reported"

OK: Final = "ok"
WARNING: Final = "warning"
FAILING: Final = "failing"
LEVELS: Final = (OK, WARNING, FAILING)


@dataclass(frozen=True, slots=True)
class ChannelReported:
    """A whole statement on one `aspect` (slug: `sending`, `account`, `quality`, `limits`, `name` …).

    The latest one by `occurred_at` counts. `level` ok ends what was wrong before.
    """

    channel_id: str
    channel_kind: str
    aspect: str
    level: str
    title: str
    occurred_at: datetime
    detail: str = ""
    remedy: str = ""


class ChannelReportedSchema(ContractSchema):
    """What is checked when a statement on a channel is read from the broker."""

    builds = ChannelReported
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    aspect = fields.String(required=True, validate=validate.Length(1, 60))
    level = fields.String(required=True, validate=validate.OneOf(LEVELS))
    title = fields.String(required=True, validate=validate.Length(1, 500))
    occurred_at = UtcTime(required=True)
    detail = fields.String(load_default="", validate=validate.Length(max=5_000))
    remedy = fields.String(load_default="", validate=validate.Length(max=1_000))


EXAMPLE: Final = ChannelReported(
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    aspect="sending",
    level=FAILING,
    title="WhatsApp refuses the access token",
    occurred_at=datetime(2025, 2, 27, 21, 21, 35, tzinfo=UTC),
    detail="190 Error validating access token",
    remedy="Put a valid access token into the channel's settings and restart the notifier.",
)
