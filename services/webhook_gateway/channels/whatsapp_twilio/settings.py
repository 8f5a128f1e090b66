"""What the gateway must know of a WhatsApp number at Twilio: whose it is, and how its requests are signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

_WEB: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class TwilioNumber:
    """One WhatsApp sender of a Twilio account. `id` is the channel's; `public_url` has no slash at its end.

    `webhook_secret` is the secret of a shared key, for accounts that let Twilio sign with one.
    """

    id: str
    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_url: str
    webhook_secret: str = field(default="", repr=False)


def _is_base(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _WEB and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or "?" in url or "#" in url:
        raise ValidationError(
            "Must be the gateway's address as Twilio calls it, like https://desk.example.com."
        )


class TwilioNumberSchema(Schema):
    """The fields of the channels file that the gateway's web process reads."""

    class Meta:
        """Other services' fields are theirs."""

        unknown = EXCLUDE

    account_sid = fields.String(required=True, validate=validate.Regexp(r"AC[0-9a-fA-F]{32}\Z"))
    auth_token = fields.String(required=True, validate=validate.Length(8, 500))
    number = fields.String(required=True, validate=validate.Regexp(r"\+[1-9][0-9]{5,14}\Z"))
    public_url = fields.String(required=True, validate=[validate.Length(max=500), _is_base])
    webhook_secret = fields.String(load_default="", validate=validate.Length(max=500))

    @post_load
    def _without_slash(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"public_url": data["public_url"].rstrip("/")}
