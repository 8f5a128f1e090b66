"""What a channel of kind `email` declares for reading: the address, where its mail is, what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.mail_login.settings import PASSWORD, MailAuth, MailAuthSchema, is_loopback

TLS: Final = "tls"
STARTTLS: Final = "starttls"
NONE: Final = "none"
KEEP: Final = "keep"
FLAG: Final = "flag"
MOVE: Final = "move"
DELETE: Final = "delete"
ALL: Final = "all"
NOW: Final = "now"
MAX_MAIL_BYTES: Final = 40_000_000
MOST_MAIL_BYTES: Final = 50_000_000
"""Larger mails are not read within the memory that one mail may take."""

_ONE_LINE: Final = validate.Regexp(r"^[^\x00-\x1f\x7f]{1,1000}\Z", error="must be one line of text.")
_PORT: Final = validate.Range(1, 65_535)
_HOST: Final = validate.Regexp(r"^[A-Za-z0-9.:\-]{1,253}\Z", error="must be a host name or an IP address.")


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A server and how to log in. `ca_file`: the only authority that is trusted, in place of the system's."""

    host: str
    port: int
    user: str
    security: str = TLS
    password: str = field(default="", repr=False)
    auth: MailAuth = field(default_factory=MailAuth)
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """One mailbox of the desk. `aliases`: other addresses whose mail arrives in it.

    `after` is what becomes of a mail that was collected: it stays as it is, gets the keyword `$Sportello`, is
    moved to `move_to`, or deleted. `start` says whether mails that were there before the first start are
    collected. `max_mail_bytes`: larger ones are put aside unfetched.
    """

    id: str
    address: str
    imap: ImapServer
    folders: tuple[str, ...] = ("INBOX",)
    after: str = FLAG
    move_to: str = ""
    start: str = ALL
    poll_seconds: int = 30
    max_mail_bytes: int = MAX_MAIL_BYTES
    aliases: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All of its addresses, in lower case."""
        return tuple(each.lower() for each in (self.address, *self.aliases))


class ImapSchema(Schema):
    """A mailbox cannot be read without logging in, and a password travels encrypted."""

    class Meta:
        """Unknown entries are other versions' business."""

        unknown = EXCLUDE

    host = fields.String(required=True, validate=_HOST)
    port = fields.Integer(required=True, validate=_PORT)
    security = fields.String(load_default=TLS, validate=validate.OneOf((TLS, STARTTLS, NONE)))
    user = fields.String(required=True, validate=_ONE_LINE)
    password = fields.String(load_default="", validate=validate.Length(max=1_000))
    auth = fields.Nested(MailAuthSchema, load_default=MailAuth)
    ca_file = fields.String(load_default=None, allow_none=True)
    insecure = fields.Boolean(load_default=False)

    @validates_schema
    def _safe(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["auth"].kind == PASSWORD and not data["password"]:
            raise ValidationError("is needed to log in.", "password")
        if data["security"] == NONE and not (data["insecure"] or is_loopback(data["host"])):
            raise ValidationError(
                "`none` would send the password readable to everybody on the way; use tls or starttls "
                "(or say `insecure: true`).",
                "security",
            )
        if data["ca_file"] and not Path(data["ca_file"]).is_file():
            raise ValidationError("cannot be read.", "ca_file")

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> ImapServer:
        del data["insecure"]
        ca_file = data.pop("ca_file")
        return ImapServer(**data, ca_file=Path(ca_file) if ca_file else None)


class EmailSettingsSchema(Schema):
    """A channel of kind `email`, as far as it is read."""

    class Meta:
        """What else is declared is other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)
    address = fields.Email(required=True)
    aliases = fields.List(fields.Email(), load_default=list, validate=validate.Length(max=100))
    imap = fields.Nested(ImapSchema, required=True)
    folders = fields.List(
        fields.String(validate=_ONE_LINE), load_default=lambda: ["INBOX"], validate=validate.Length(1, 20)
    )
    after = fields.String(load_default=FLAG, validate=validate.OneOf((KEEP, FLAG, MOVE, DELETE)))
    move_to = fields.String(load_default="", validate=validate.Length(max=1_000))
    start = fields.String(load_default=ALL, validate=validate.OneOf((ALL, NOW)))
    poll_seconds = fields.Integer(load_default=30, validate=validate.Range(5, 3_600))
    max_mail_bytes = fields.Integer(
        load_default=MAX_MAIL_BYTES, validate=validate.Range(100_000, MOST_MAIL_BYTES)
    )

    @validates_schema
    def _somewhere(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["after"] == MOVE and not data["move_to"]:
            raise ValidationError("is needed: the folder that collected mails are moved to.", "move_to")
        if data["after"] == MOVE and data["move_to"] in data["folders"]:
            raise ValidationError("is one of the folders that are read.", "move_to")

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> EmailSettings:
        folders, aliases = tuple(dict.fromkeys(data["folders"])), tuple(data["aliases"])
        return EmailSettings(**data | {"folders": folders, "aliases": aliases})
