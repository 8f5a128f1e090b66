"""What fetching the files of a Twilio number needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from marshmallow import EXCLUDE, Schema, fields, validate

from services.webhook_gateway.channels.file_limits import MAX_MEDIA_BYTES, max_media_bytes, web_address

TWILIO_URL = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class TwilioFiles:
    """One number of a Twilio account. `id` is the channel's; `max_media_bytes` the largest file it takes."""

    id: str
    account_sid: str
    auth_token: str = field(repr=False)
    twilio_url: str = TWILIO_URL
    max_media_bytes: int = MAX_MEDIA_BYTES


class TwilioFilesSchema(Schema):
    """The fields of the channels file that fetching reads."""

    class Meta:
        """Other fields are others' business."""

        unknown = EXCLUDE

    account_sid = fields.String(required=True, validate=validate.Regexp(r"AC[0-9a-fA-F]{32}\Z"))
    auth_token = fields.String(
        required=True,
        validate=validate.Regexp(r"[!-~]{1,500}\Z", error="must be the token and nothing else."),
    )
    twilio_url = web_address(TWILIO_URL)
    max_media_bytes = max_media_bytes()
