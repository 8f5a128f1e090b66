"""What the page and tests may ask of the customers' mailboxes, field by field."""

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from sandbox.mail import quoting
from sandbox.mail.addresses import is_address
from sandbox.mail.certified import RECEIPTS
from sandbox.mail.habits import RECEIPT_MODES
from sandbox.mail.store import HABITS

ID = validate.Length(1, 40)
_NAME = validate.Length(1, 100)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}\Z")
_ONE_LINE = re.compile(r"[^\r\n\x00]*\Z")
_CODE = validate.Regexp(r"^[45]\.\d{1,3}\.\d{1,3}\Z", error="An enhanced status code such as 5.1.1.")
_MAX_TEXT = 400_000


def _address(value: str) -> None:
    if not is_address(value):
        raise ValidationError("Not one mail address.")


def _line(limit: int) -> Any:
    return [validate.Length(max=limit), validate.Regexp(_ONE_LINE, error="More than one line.")]


class PersonRequest(Schema):
    """Who has a mailbox, and what it does with mails of the desk."""

    address = fields.String(required=True, validate=_address)
    name = fields.String(load_default="", validate=_line(100))
    habit = fields.String(load_default=None, validate=validate.OneOf(HABITS))


class Addresses(fields.List):
    """Up to 100 addresses, as a list."""

    def __init__(self, **kwargs: Any) -> None:
        """As a list of texts, each an address."""
        super().__init__(
            fields.String(validate=_address), load_default=list, validate=validate.Length(max=100), **kwargs
        )


class FileRequest(Schema):
    """A file to attach: `file` is its id; with `cid` it belongs into the HTML."""

    file = fields.String(required=True, validate=ID)
    cid = fields.String(load_default="", validate=_line(100))


class MailRequest(Schema):
    """A mail that a customer writes. `answers` is the id of a mail here."""

    from_ = fields.String(required=True, data_key="from", validate=_address)
    name = fields.String(load_default="", validate=_line(100))
    to = Addresses()
    cc = Addresses()
    subject = fields.String(load_default=None, validate=_line(900))
    text = fields.String(load_default="", validate=validate.Length(max=_MAX_TEXT))
    html = fields.String(load_default="", validate=validate.Length(max=_MAX_TEXT))
    files = fields.List(fields.Nested(FileRequest), load_default=list, validate=validate.Length(max=40))
    answers = fields.String(load_default=None, validate=ID)
    to_all = fields.Boolean(load_default=False)
    client = fields.String(load_default="gmail", validate=validate.OneOf(quoting.CLIENTS))
    language = fields.String(load_default="it", validate=validate.OneOf(quoting.LANGUAGES))
    message_id = fields.String(load_default=None, validate=_line(900))
    timestamp = fields.Float(load_default=None, validate=validate.Range(0, 32_503_680_000))
    headers = fields.Dict(
        keys=fields.String(validate=validate.Regexp(_HEADER, error="Not the name of a header.")),
        values=fields.String(validate=_line(4_000)),
        load_default=dict,
        validate=validate.Length(max=40),
    )
    folder = fields.String(load_default="INBOX", validate=_line(100))


class AgainRequest(Schema):
    """Where to put the same bytes once more."""

    mailbox = fields.String(load_default=None, validate=_address)
    folder = fields.String(load_default="INBOX", validate=_line(100))


class BounceRequest(Schema):
    """For whom, and why, a mail of the desk was not delivered (4.x.x: not yet)."""

    recipient = fields.String(load_default=None, validate=_address)
    code = fields.String(load_default="5.1.1", validate=_CODE)
    words = fields.String(load_default="", validate=_line(500))


class AbsenceRequest(Schema):
    """Who is away, and what the answer says."""

    from_ = fields.String(load_default=None, data_key="from", validate=_address)
    text = fields.String(load_default="", validate=validate.Length(max=5_000))


class ReceiptRequest(Schema):
    """Which receipt of certified mail comes about a mail of the desk."""

    recipient = fields.String(load_default=None, validate=_address)
    kind = fields.String(required=True, validate=validate.OneOf(RECEIPTS))


class SettingsRequest(Schema):
    """Which receipts follow a certified mail of the desk by themselves."""

    receipts = fields.String(required=True, validate=validate.OneOf(RECEIPT_MODES))


class RouteRequest(Schema):
    """Which other mail server on this machine has the mailboxes of a domain; without a port: none."""

    domain = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9.-]{1,253}\Z"))
    port = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, 65_535))
    unmarked = fields.Boolean(load_default=False)


def moment(timestamp: float | None) -> datetime | None:
    """Unix seconds as a point in time."""
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
