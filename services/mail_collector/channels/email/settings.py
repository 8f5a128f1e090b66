"""What a channel of kind `email` declares: the desk's address, where its mail is, where answers go out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

_TLS: Final = ("tls", "starttls", "none")
_ONE_LINE: Final = validate.Regexp(r"^[^\x00-\x1f\x7f]{1,1000}\Z", error="must be one line of text.")
_PORT: Final = validate.Range(1, 65_535)
_HOST: Final = validate.Regexp(r"^[A-Za-z0-9.:\-]{1,253}\Z", error="must be a host name or an IP address.")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server and how to log in; the password is kept out of logs and error texts."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """One mailbox of the desk. `folder` is the IMAP folder that is read."""

    id: str
    address: str
    imap: MailServer
    smtp: MailServer
    folder: str = "INBOX"


class _ServerSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    host = fields.String(required=True, validate=_HOST)
    port = fields.Integer(required=True, validate=_PORT)
    security = fields.String(load_default="tls", validate=validate.OneOf(_TLS))

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> MailServer:
        return MailServer(**data)


class ImapSchema(_ServerSchema):
    """A mailbox cannot be read without logging in."""

    user = fields.String(required=True, validate=_ONE_LINE)
    password = fields.String(required=True, validate=_ONE_LINE)


class SmtpSchema(_ServerSchema):
    """A relay inside the house may want no log-in."""

    user = fields.String(load_default="", validate=validate.Length(max=1_000))
    password = fields.String(load_default="", validate=validate.Length(max=1_000))


class EmailSettingsSchema(Schema):
    """A channel of kind `email`."""

    class Meta:
        """What else is declared is other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)
    address = fields.Email(required=True)
    imap = fields.Nested(ImapSchema, required=True)
    smtp = fields.Nested(SmtpSchema, required=True)
    folder = fields.String(load_default="INBOX", validate=_ONE_LINE)

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> EmailSettings:
        return EmailSettings(**data)
