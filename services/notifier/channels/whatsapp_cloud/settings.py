"""What sending on the Cloud API needs to know of a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

GRAPH_URL: Final = "https://graph.facebook.com"
MESSAGES_PER_SECOND: Final = 80.0
"""Meta, "Throughput": what a number may send, until Meta raises it to 1,000."""


@dataclass(frozen=True, slots=True)
class WhatsAppCloudSettings:
    """One business number. The token is kept out of logs and error texts."""

    id: str
    phone_number_id: str
    access_token: str = field(repr=False)
    graph_url: str = GRAPH_URL
    waba_id: str = ""
    messages_per_second: float = MESSAGES_PER_SECOND
    read_receipts: bool = False
    typing_indicator: bool = False


class WhatsAppCloudSettingsSchema(Schema):
    """A channel of kind `whatsapp_cloud`, as far as sending is concerned."""

    class Meta:
        """The other fields are other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)
    phone_number_id = fields.String(
        required=True, validate=validate.Regexp(r"^[0-9]{1,40}\Z", error="must be Meta's number id (digits).")
    )
    access_token = fields.String(
        required=True,
        validate=validate.Regexp(r"^[!-~]{1,2000}\Z", error="must be the token and nothing else."),
    )
    graph_url = fields.String(
        load_default=GRAPH_URL,
        validate=validate.Regexp(r"^https?://[^\s/?#]+[^\s?#]*\Z", error="not a web address."),
    )
    waba_id = fields.String(
        load_default="", validate=validate.Regexp(r"^[0-9]{0,40}\Z", error="must be Meta's id (digits).")
    )
    messages_per_second = fields.Float(
        load_default=MESSAGES_PER_SECOND, validate=validate.Range(0.1, 1_000, error="must be 0.1 to 1000.")
    )
    read_receipts = fields.Boolean(load_default=False)
    typing_indicator = fields.Boolean(load_default=False)

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> WhatsAppCloudSettings:
        return WhatsAppCloudSettings(**data)
