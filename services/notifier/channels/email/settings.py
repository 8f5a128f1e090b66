"""What a channel of kind `email` declares for sending: the address, the name, the mail server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from services.notifier.domain.mail import Mailbox
from services.notifier.mail.addresses import is_written
from services.notifier.mail.outbox import NONE, STARTTLS, TLS, MailServer, Outbox
from shared.mail_login.settings import PASSWORD, MailAuth, MailAuthSchema, is_loopback

_PORTS: Final = {TLS: 465, STARTTLS: 587, NONE: 25}
_HOST: Final = validate.Regexp(r"^[A-Za-z0-9.:\-]{1,253}\Z", error="must be a host name or an IP address.")
_ONE_LINE: Final = validate.Regexp(r"^[^\x00-\x1f\x7f]{0,1000}\Z", error="must be one line of text.")


class SmtpSchema(Schema):
    """The block `smtp:`. A relay inside the house may want no log-in; nothing is sent unencrypted outside."""

    class Meta:
        """Unknown entries are other versions' business."""

        unknown = EXCLUDE

    host = fields.String(required=True, validate=_HOST)
    port = fields.Integer(load_default=0, validate=validate.Range(1, 65_535))
    security = fields.String(load_default=TLS, validate=validate.OneOf(tuple(_PORTS)))
    user = fields.String(load_default="", validate=_ONE_LINE)
    password = fields.String(load_default="", validate=validate.Length(max=1_000))
    auth = fields.Nested(MailAuthSchema, load_default=MailAuth)
    ca_file = fields.String(load_default=None, allow_none=True)
    insecure = fields.Boolean(load_default=False)

    @validates_schema
    def _safe(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["user"] and data["auth"].kind == PASSWORD and not data["password"]:
            raise ValidationError("is needed to log in.", "password")
        if data["auth"].oauth and not data["user"]:
            raise ValidationError("is needed to log in with OAuth.", "user")
        if data["security"] == NONE and not (data["insecure"] or is_loopback(data["host"])):
            raise ValidationError(
                "`none` would send mails readable to everybody on the way; use tls or starttls "
                "(or say `insecure: true`).",
                "security",
            )
        if data["ca_file"] and not Path(data["ca_file"]).is_file():
            raise ValidationError("cannot be read.", "ca_file")

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> MailServer:
        ca_file = Path(data["ca_file"]) if data["ca_file"] else None
        port = data["port"] or _PORTS[data["security"]]
        return MailServer(**data | {"port": port, "ca_file": ca_file})


class EmailSettingsSchema(Schema):
    """A channel of kind `email`, as far as sending is concerned."""

    class Meta:
        """The other fields are other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)
    address = fields.String(required=True)
    aliases = fields.List(fields.String(), load_default=list, validate=validate.Length(max=100))
    from_name = fields.String(load_default="", validate=_ONE_LINE)
    plus_addressing = fields.Boolean(load_default=True)
    smtp = fields.Nested(SmtpSchema, load_default=None, allow_none=True)

    @validates_schema
    def _written(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not is_written(data["address"]):
            raise ValidationError("not a mail address that can be written to.", "address")

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> Outbox:
        sender = Mailbox(data["address"], data["from_name"])
        return Outbox(data["id"], sender, data["smtp"], data["plus_addressing"], tuple(data["aliases"]))
