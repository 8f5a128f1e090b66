"""What the gateway must know of a WhatsApp number: its id, and the secrets that prove a request is Meta's."""

from __future__ import annotations

from dataclasses import dataclass, field

from marshmallow import EXCLUDE, Schema, fields, validate


@dataclass(frozen=True, slots=True)
class WhatsAppNumber:
    """One number of the Cloud API. `id` is the channel's."""

    id: str
    phone_number_id: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    waba_id: str = ""
    number: str = ""


class WhatsAppNumberSchema(Schema):
    """The fields of the channels file that the gateway reads; the access token is none of its business."""

    class Meta:
        """Other services' fields are theirs."""

        unknown = EXCLUDE

    phone_number_id = fields.String(required=True, validate=validate.Regexp(r"[0-9]{1,64}\Z"))
    app_secret = fields.String(required=True, validate=validate.Length(8, 500))
    verify_token = fields.String(required=True, validate=validate.Length(8, 500))
    # Without it, what Meta says of the account (quality, templates, restrictions) finds no channel.
    waba_id = fields.String(load_default="", validate=validate.Regexp(r"[0-9]{0,64}\Z"))
    # Tells apart the numbers of one account where Meta names the number only as people write it.
    number = fields.String(load_default="", validate=validate.Regexp(r"(\+?[0-9][0-9 ()./-]{4,30})?\Z"))
