"""What a mailbox's or mail server's `auth:` block declares: how to log in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

PASSWORD: Final = "password"  # noqa: S105 - the name of a way to log in
XOAUTH2: Final = "xoauth2"
OAUTHBEARER: Final = "oauthbearer"
KINDS: Final = (PASSWORD, XOAUTH2, OAUTHBEARER)
_NEEDED: Final = ("token_url", "client_id", "refresh_token")
_SECRET: Final = validate.Regexp(r"^[\x21-\x7e]{0,4000}\Z", error="must be one word of plain characters.")


@dataclass(frozen=True, slots=True)
class MailAuth:
    """How to log in. All but `kind` is for OAuth 2.0 (RFC 6749): a refresh token becomes access tokens.

    `secret_expires` is the day the client secret ends, where its provider ends it (Microsoft does): known,
    it is warned of in time.
    """

    kind: str = PASSWORD
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""
    secret_expires: date | None = None

    @property
    def oauth(self) -> bool:
        """Whether an access token is needed instead of a password."""
        return self.kind != PASSWORD


class MailAuthSchema(Schema):
    """The block `auth:`; without one a password is used."""

    class Meta:
        """Unknown entries are other versions' business."""

        unknown = EXCLUDE

    kind = fields.String(load_default=PASSWORD, validate=validate.OneOf(KINDS))
    token_url = fields.String(load_default="", validate=validate.Length(max=1_000))
    client_id = fields.String(load_default="", validate=_SECRET)
    client_secret = fields.String(load_default="", validate=_SECRET)
    refresh_token = fields.String(load_default="", validate=_SECRET)
    scope = fields.String(load_default="", validate=validate.Length(max=1_000))
    secret_expires = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def _complete(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["kind"] == PASSWORD:
            return
        missing = {name: ["is needed to log in with OAuth."] for name in _NEEDED if not data[name]}
        if missing:
            raise ValidationError(dict(missing))
        if not is_safe(data["token_url"]):
            raise ValidationError("must begin with https:// (secrets are sent there).", "token_url")

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> MailAuth:
        return MailAuth(**data)


def is_safe(url: str) -> bool:
    """Whether secrets may be sent to this address: encrypted, or on this machine."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
