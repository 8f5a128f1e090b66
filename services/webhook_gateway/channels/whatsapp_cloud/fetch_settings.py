"""What fetching a WhatsApp number's files needs; the worker alone reads it, so it alone has the token."""

from __future__ import annotations

from dataclasses import dataclass, field

from marshmallow import EXCLUDE, Schema, fields, validate

from services.webhook_gateway.channels.file_limits import MAX_MEDIA_BYTES, max_media_bytes, web_address

GRAPH_URL = "https://graph.facebook.com"


@dataclass(frozen=True, slots=True)
class WhatsAppFiles:
    """One number of the Cloud API. `id` is the channel's; `max_media_bytes` the largest file it takes."""

    id: str
    phone_number_id: str
    access_token: str = field(repr=False)
    graph_url: str = GRAPH_URL
    max_media_bytes: int = MAX_MEDIA_BYTES


class WhatsAppFilesSchema(Schema):
    """The fields of the channels file that fetching reads."""

    class Meta:
        """Other fields are others' business."""

        unknown = EXCLUDE

    phone_number_id = fields.String(required=True, validate=validate.Regexp(r"[0-9]{1,64}\Z"))
    access_token = fields.String(
        required=True,
        validate=validate.Regexp(r"[!-~]{1,2000}\Z", error="must be the token and nothing else."),
    )
    graph_url = web_address(GRAPH_URL)
    max_media_bytes = max_media_bytes()
