"""What sending on the Cloud API needs to know of a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

GRAPH_URL: Final = "https://graph.facebook.com"


@dataclass(frozen=True, slots=True)
class WhatsAppCloudSettings:
    """One business number. The token is kept out of logs and error texts."""

    id: str
    phone_number_id: str
    access_token: str = field(repr=False)
    graph_url: str = GRAPH_URL


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

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> WhatsAppCloudSettings:
        return WhatsAppCloudSettings(**data)
