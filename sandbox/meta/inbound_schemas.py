"""What a customer may send, as the bodies of POST /api/meta/messages and /api/meta/echoes say it."""

from typing import Any

from marshmallow import Schema, fields, validate

from sandbox.problems import checked, not_valid

MAX_TEXT = 4096
MAX_CAPTION = 1024
SECONDS = validate.Range(0, 4_102_444_800)  # until the year 2100
ID = validate.Length(1, 200)
_WORDS = validate.Length(1, 500)


def _text(most: int, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, most), **options)


class Referral(Schema):
    """The advertisement through which somebody came."""

    source_url = fields.String(load_default="https://fb.me/sandbox", validate=_WORDS)
    source_id = fields.String(load_default="120200000000000001", validate=ID)
    source_type = fields.String(load_default="ad", validate=validate.OneOf(["ad", "post"]))
    headline = fields.String(load_default="Advertisement", validate=_WORDS)
    body = fields.String(load_default="", validate=validate.Length(max=1000))
    ctwa_clid = fields.String(load_default="ARAkLkA8rmlFeiCktEJQ", validate=_WORDS)


class Message(Schema):
    """What every kind may carry; `timestamp` (Unix seconds) lets it look older than it is."""

    from_ = fields.String(data_key="from", validate=validate.Length(1, 40))
    to = fields.String(validate=validate.Length(1, 40))
    name = fields.String(load_default=None, validate=validate.Length(1, 100))
    kind = fields.String(load_default="text")
    timestamp = fields.Integer(strict=True, load_default=None, validate=SECONDS)
    reply_to = fields.String(load_default=None, validate=ID)
    forwarded = fields.Boolean(load_default=False)
    frequently_forwarded = fields.Boolean(load_default=False)
    referral = fields.Nested(Referral, load_default=None)


class Text(Message):
    """Words."""

    text = _text(MAX_TEXT, required=True)


class Media(Message):
    """A file uploaded before with POST /api/meta/media."""

    media_id = fields.String(required=True, validate=ID)


class Captioned(Media):
    """A picture or a film, with words below it."""

    caption = _text(MAX_CAPTION, load_default=None)


class Document(Captioned):
    """A file with its name."""

    filename = _text(240, load_default=None)


class Sticker(Media):
    """A sticker; whether it moves is seen from the file unless it is said."""

    animated = fields.Boolean(load_default=None)


class Place(Schema):
    """A point on the map, or a named place."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))
    name = fields.String(validate=_WORDS)
    address = fields.String(validate=_WORDS)
    url = fields.String(validate=_WORDS)


class Location(Message):
    """Where somebody is."""

    location = fields.Nested(Place, required=True)


class Card(Schema):
    """Somebody's address card."""

    name = fields.String(required=True, validate=_WORDS)
    phones = fields.List(fields.String(validate=validate.Length(1, 40)), load_default=list)
    emails = fields.List(fields.String(validate=_WORDS), load_default=list)
    organisation = fields.String(load_default=None, validate=_WORDS)


class Contacts(Message):
    """Address cards."""

    contacts = fields.List(fields.Nested(Card), required=True, validate=validate.Length(1, 20))


class Aimed(Message):
    """Something done to another message."""

    target = fields.String(required=True, validate=ID)


class Reaction(Aimed):
    """An emoji on a message; without one the reaction is taken away."""

    emoji = fields.String(load_default="", validate=validate.Length(max=20))


class Edit(Aimed):
    """Other words for an earlier message."""

    text = _text(MAX_TEXT, required=True)


class Choice(Aimed):
    """A button or a row that the desk offered: its id, its title, or its position from 0."""

    choice = fields.Raw(required=True)


class FlowReply(Aimed):
    """What somebody filled into a form."""

    response = fields.Dict(keys=fields.String(), load_default=dict)


class OrderItem(Schema):
    """One line of an order."""

    product_retailer_id = fields.String(required=True, validate=ID)
    quantity = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, 9999))
    item_price = fields.Float(load_default=0.0, validate=validate.Range(0, 1_000_000))
    currency = fields.String(load_default="EUR", validate=validate.Length(equal=3))


class Order(Message):
    """A shopping basket."""

    catalog_id = fields.String(load_default="194836987003835", validate=ID)
    text = _text(1000, load_default=None)
    items = fields.List(fields.Nested(OrderItem), required=True, validate=validate.Length(1, 30))


class System(Message):
    """Something WhatsApp itself tells about a customer."""

    change = fields.String(
        load_default="user_changed_number",
        validate=validate.OneOf(["user_changed_number", "customer_identity_changed", "user_changed_user_id"]),
    )
    new_number = fields.String(load_default=None, validate=validate.Length(1, 40))


class Unsupported(Message):
    """What the platform does not hand on."""

    unsupported_type = fields.String(load_default="poll", validate=validate.Length(1, 40))


SCHEMAS: dict[str, type[Message]] = {
    "text": Text,
    "image": Captioned,
    "video": Captioned,
    "audio": Media,
    "voice": Media,
    "document": Document,
    "sticker": Sticker,
    "location": Location,
    "contacts": Contacts,
    "reaction": Reaction,
    "button_reply": Choice,
    "list_reply": Choice,
    "template_button": Choice,
    "flow_reply": FlowReply,
    "order": Order,
    "edit": Edit,
    "revoke": Aimed,
    "system": System,
    "request_welcome": Message,
    "unsupported": Unsupported,
}
ECHOED = {
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "edit",
    "revoke",
}


def check(body: dict[str, Any], *, echo: bool = False) -> dict[str, Any]:
    """One message as its kind's schema loads it: `from` is needed, or `to` when it is an `echo`.

    Raises Problem 422 naming each mistake.
    """
    kind = body.get("kind", "text")
    known = ECHOED if echo else SCHEMAS.keys()
    if not isinstance(kind, str) or kind not in known:
        raise not_valid(kind=f"One of: {', '.join(sorted(known))}.")
    schema = SCHEMAS[kind](exclude=("from_",) if echo else ("to",))
    field = schema.fields["to" if echo else "from_"]
    field.required = True
    return checked(schema, body)
