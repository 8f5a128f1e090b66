"""What sending over Twilio needs to know of a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

MESSAGES_PER_SECOND: Final = 10.0
"""Twilio, "Best practices for WhatsApp": text messages of one sender by default (up to 80 on request)."""

_WEB_ADDRESS: Final = validate.Regexp(r"^https?://[^\s/?#]+[^\s?#]*\Z", error="not a web address.")


@dataclass(frozen=True, slots=True)
class WhatsAppTwilioSettings:
    """One WhatsApp sender of a Twilio account. The token is kept out of logs and error texts.

    `public_url`: the gateway as Twilio reaches it, for status callbacks and files. `twilio_url` replaces
    Twilio's own addresses (a stand-in); empty: the real ones.
    """

    id: str
    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_url: str
    messaging_service_sid: str = ""
    twilio_url: str = ""
    messages_per_second: float = MESSAGES_PER_SECOND


class WhatsAppTwilioSettingsSchema(Schema):
    """A channel of kind `whatsapp_twilio`, as far as sending is concerned."""

    class Meta:
        """The other fields are other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)
    account_sid = fields.String(
        required=True,
        validate=validate.Regexp(r"^AC[0-9a-fA-F]{32}\Z", error="must be AC and 32 hexadecimal digits."),
    )
    auth_token = fields.String(
        required=True,
        validate=validate.Regexp(r"^[!-~]{8,200}\Z", error="must be the token and nothing else."),
    )
    number = fields.String(
        required=True,
        validate=validate.Regexp(r"^\+[1-9][0-9]{6,14}\Z", error="must be a number like +390550000002."),
    )
    public_url = fields.String(required=True, validate=_WEB_ADDRESS)
    messaging_service_sid = fields.String(
        load_default="",
        validate=validate.Regexp(r"^(MG[0-9a-fA-F]{32})?\Z", error="must be MG and 32 hexadecimal digits."),
    )
    twilio_url = fields.String(load_default="", validate=lambda value: not value or _WEB_ADDRESS(value))
    messages_per_second = fields.Float(
        load_default=MESSAGES_PER_SECOND, validate=validate.Range(0.1, 1_000, error="must be 0.1 to 1000.")
    )

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> WhatsAppTwilioSettings:
        return WhatsAppTwilioSettings(**data)
