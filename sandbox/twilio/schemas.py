"""What a customer may send, as the body of POST /api/twilio/messages says it."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from sandbox.problems import read_body
from sandbox.twilio.phone import KINDS
from sandbox.twilio.rules import MAX_BODY

ID = validate.Length(1, 200)
_WORDS = validate.Length(1, 500)
# What a kind cannot do without.
_NEEDED = {
    "text": ("text",),
    "referral": ("text",),
    "location": ("latitude", "longitude"),
    "button_reply": ("button",),
    "list_reply": ("list",),
}


class CustomerRequest(Schema):
    """Who holds the phone."""

    from_ = fields.String(required=True, data_key="from", validate=validate.Length(1, 40))
    name = fields.String(load_default=None, validate=validate.Length(1, 100))


class Button(Schema):
    """A tapped button; `template`: it stood below a template and not below a message of the conversation."""

    text = fields.String(required=True, validate=_WORDS)
    payload = fields.String(required=True, validate=_WORDS)
    template = fields.Boolean(load_default=False)


class ListRow(Schema):
    """A chosen row of a list."""

    id = fields.String(required=True, validate=ID)
    title = fields.String(required=True, validate=_WORDS)


class Referral(Schema):
    """The advertisement through which somebody came."""

    source_url = fields.String(load_default="https://fb.me/sandbox", validate=_WORDS)
    source_id = fields.String(load_default="120200000000000001", validate=ID)
    source_type = fields.String(load_default="ad", validate=validate.OneOf(["ad", "post"]))
    headline = fields.String(load_default="Advertisement", validate=_WORDS)
    body = fields.String(load_default="", validate=validate.Length(max=1000))
    ctwa_clid = fields.String(load_default="ARAkLkA8rmlFeiCktEJQ", validate=_WORDS)


class MessageRequest(CustomerRequest):
    """One message of any kind. There is no time in it: Twilio tells none."""

    kind = fields.String(load_default="text", validate=validate.OneOf(KINDS))
    text = fields.String(load_default=None, validate=validate.Length(1, MAX_BODY))
    media_ids = fields.List(fields.String(validate=ID), load_default=list, validate=validate.Length(max=10))
    latitude = fields.Float(load_default=None, validate=validate.Range(-90, 90))
    longitude = fields.Float(load_default=None, validate=validate.Range(-180, 180))
    label = fields.String(load_default=None, validate=_WORDS)
    address = fields.String(load_default=None, validate=_WORDS)
    reply_to = fields.String(load_default=None, validate=ID)
    button = fields.Nested(Button, load_default=None)
    list = fields.Nested(ListRow, load_default=None)
    referral = fields.Nested(Referral, load_default=lambda: Referral().load({}))
    forwarded = fields.Boolean(load_default=False)

    @validates_schema
    def whole(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a message without what makes it one of its kind."""
        missing = [name for name in _NEEDED.get(data["kind"], ()) if data[name] is None]
        if missing:
            raise ValidationError({name: [f"Needed for a {data['kind']}."] for name in missing})


def read_message() -> dict[str, Any]:
    """The message in the current request; raises Problem 400, 415 or 422 naming each mistake."""
    return read_body(MessageRequest())
