"""What an answer to the customer may consist of, as clients send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.composing import MOST_FILES
from services.ticket_service.api.values import END, ID, MAX_TEXT, Label, Text
from services.ticket_service.domain.mail import MAX_SUBJECT
from shared.contracts.reply_mail import MAX_CC
from shared.contracts.reply_parts import BUTTONS, CTA_URL, FORM, FORM_FIELD_KINDS, LIST

REFUSE: Final = "refuse"
DRAFT: Final = "draft"
KINDS: Final = ("template", "interactive", "location", "contacts", "reaction")
_WITH_TEXT: Final = "interactive"
_CHOICE: Final = "choice"
_NEEDED: Final = {
    BUTTONS: ("buttons",),
    LIST: ("button", "sections"),
    CTA_URL: ("button", "url"),
    FORM: ("form_fields",),
}
_ALSO: Final = {FORM: ("button",)}
"""What a kind may have besides."""
LANGUAGE: Final = (
    validate.Length(2, 20),
    validate.Regexp(rf"^[A-Za-z]{{2,3}}([_-][A-Za-z0-9]{{2,8}})*{END}", error="Not a language code."),
)


def status_to_set() -> fields.String:
    """The status a ticket shall have after what is said."""
    return fields.String(
        validate=validate.Length(1, 100),
        metadata={"description": "Key of the status to set in the same step.", "example": "closed"},
    )


def reason_for_it() -> Text:
    """Why, where that status asks."""
    return Text(10_000, metadata={"description": "The reason, where that status asks for one."})


def refuse_lone_reason(data: Mapping[str, Any]) -> None:
    """ValidationError for a reason without a status."""
    if "justification" in data and "status" not in data:
        raise ValidationError("A reason goes with a status.", "justification")


class TemplateToSendSchema(Schema):
    """An approved template, `components` in the shape that the Cloud API documents for sending.

    A media parameter names an upload of yours: `{"type": "image", "image": {"attachment_id": "…"}}`.
    """

    name = Label(512, required=True, metadata={"example": "please_answer"})
    language = fields.String(required=True, validate=LANGUAGE, metadata={"example": "it"})
    components = fields.List(
        fields.Dict(keys=fields.String()), load_default=list, validate=validate.Length(max=20)
    )


class ChoiceToSendSchema(Schema):
    """Something the customer can tap; `id` comes back with the answer."""

    id = Label(256, required=True, metadata={"example": "yes"})
    title = Label(200, required=True, metadata={"example": "Sì"})
    description = Label(500)


class SectionToSendSchema(Schema):
    """Some choices of a list under a heading."""

    title = Label(200, required=True)
    rows = fields.List(fields.Nested(ChoiceToSendSchema), required=True, validate=validate.Length(1, 50))


class FormFieldToSendSchema(Schema):
    """Something a visitor of a live chat is asked; the answer comes back under its `key`."""

    key = fields.String(
        required=True,
        validate=validate.Regexp(
            rf"^[a-z][a-z0-9_]{{0,59}}{END}", error="a-z, then at most 59 of a-z 0-9 _."
        ),
        metadata={
            "description": "`email` and `phone` are kept as what the visitor can be reached by.",
            "example": "email",
        },
    )
    label = Label(300, required=True, metadata={"example": "Il suo indirizzo"})
    kind = fields.String(load_default="text", validate=validate.OneOf(FORM_FIELD_KINDS))
    required = fields.Boolean(load_default=False)
    choices = fields.List(Label(200), load_default=list, validate=validate.Length(max=50))

    @validates_schema
    def _chosen_from(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["kind"] == _CHOICE) != bool(data["choices"]):
            raise ValidationError(f"A field of kind {_CHOICE} has choices, no other has.", "choices")
        if len(set(data["choices"])) < len(data["choices"]):
            raise ValidationError("Each choice only once.", "choices")


class InteractiveToSendSchema(Schema):
    """Choices or a form under the reply's text. A channel's own, narrower limits are checked before sending.

    Forms (`form_fields`, and `button`: what sends it) are for live chats.
    """

    kind = fields.String(required=True, validate=validate.OneOf(tuple(_NEEDED)))
    header = Label(500)
    footer = Label(500)
    button = Label(metadata={"description": "What opens the list or the page, or sends the form."})
    url = fields.URL(schemes={"https", "http"}, validate=validate.Length(max=2_000))
    buttons = fields.List(fields.Nested(ChoiceToSendSchema), validate=validate.Length(1, 20))
    sections = fields.List(fields.Nested(SectionToSendSchema), validate=validate.Length(1, 20))
    form_fields = fields.List(fields.Nested(FormFieldToSendSchema), validate=validate.Length(1, 20))

    @validates_schema
    def _fits_its_kind(self, data: dict[str, Any], **kwargs: Any) -> None:
        needed = _NEEDED[data["kind"]]
        surplus = {name for names in _NEEDED.values() for name in names} - {
            *needed,
            *_ALSO.get(data["kind"], ()),
        }
        problems = {name: ["Missing data for required field."] for name in needed if name not in data}
        problems |= {name: [f"Not used by {data['kind']}."] for name in sorted(surplus) if name in data}
        if problems:
            raise ValidationError(problems)
        keys = [each["key"] for each in data.get("form_fields", ())]
        if len(keys) != len(set(keys)):
            raise ValidationError("Two fields have the same key.", "form_fields")
        choices = list(data.get("buttons", ()))
        choices += [row for section in data.get("sections", ()) for row in section["rows"]]
        ids = [choice["id"] for choice in choices]
        if len(ids) != len(set(ids)):
            raise ValidationError(
                "Two choices have the same id.", "buttons" if "buttons" in data else "sections"
            )


class LocationToSendSchema(Schema):
    """A place; degrees."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90), metadata={"example": 45.4642})
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180), metadata={"example": 9.19})
    name = Label(1_000)
    address = Label(1_000)


class CardToSendSchema(Schema):
    """Somebody's card."""

    name = Label(500, required=True, metadata={"example": "Anna Rossi"})
    phones = fields.List(Label(100), validate=validate.Length(max=20))
    emails = fields.List(fields.Email(validate=validate.Length(max=320)), validate=validate.Length(max=20))
    organization = Label(500)


class ReactionToSendSchema(Schema):
    """An emoji on a message of the conversation; an empty one takes the reaction back."""

    message = fields.String(required=True, validate=ID, metadata={"description": "Our id of the message."})
    emoji = fields.String(required=True, validate=validate.Length(max=40), metadata={"example": "👍"})


class AnswerToSendSchema(Schema):
    """One kind of content.

    `text` stands alone, with `attachments` (a caption) or with `interactive` (its body).
    """

    text = Text(MAX_TEXT, metadata={"example": "Benissimo, grazie"})
    attachments = fields.List(
        fields.String(validate=ID),
        validate=validate.Length(1, MOST_FILES),
        metadata={"description": "Ids of uploads, in the order in which they shall be sent."},
    )
    template = fields.Nested(TemplateToSendSchema)
    interactive = fields.Nested(InteractiveToSendSchema)
    location = fields.Nested(LocationToSendSchema)
    contacts = fields.List(fields.Nested(CardToSendSchema), validate=validate.Length(1, 20))
    reaction = fields.Nested(ReactionToSendSchema)
    reply_to = fields.String(validate=ID, metadata={"description": "Our id of the message that is quoted."})
    when_closed = fields.String(
        load_default=REFUSE,
        validate=validate.OneOf((REFUSE, DRAFT)),
        metadata={
            "description": "What to do while only templates may be sent: refuse with 409, or keep a draft,"
            " ask the customer to answer, and send it as soon as the customer does."
        },
    )

    @validates_schema
    def _one_kind(self, data: dict[str, Any], **kwargs: Any) -> None:
        given = [name for name in KINDS if name in data]
        if not given and not {"text", "attachments"} & set(data):
            raise ValidationError("Say what to send.", "text")
        if len(given) > 1:
            raise ValidationError(f"Send either {given[0]} or {given[1]}, not both.", given[1])
        kind = given[0] if given else ""
        if kind and "attachments" in data:
            raise ValidationError(f"Files cannot be sent together with {kind}.", "attachments")
        if kind == _WITH_TEXT and "text" not in data:
            raise ValidationError("Choices need a text above them.", "text")
        if kind and kind != _WITH_TEXT and "text" in data:
            raise ValidationError(f"A text cannot be sent together with {kind}.", "text")
        if kind == "reaction" and "reply_to" in data:
            raise ValidationError("A reaction names its message itself and quotes none.", "reply_to")
        repeated = len(data.get("attachments", ())) != len(set(data.get("attachments", ())))
        if repeated:
            raise ValidationError("The same file is named twice.", "attachments")


class ReplyToSendSchema(AnswerToSendSchema):
    """An answer on a ticket, and the status the ticket shall have afterwards."""

    cc = fields.List(
        fields.Email(validate=validate.Length(max=320)),
        validate=validate.Length(max=MAX_CC),
        metadata={
            "description": "On mailbox channels: who gets a copy; those in the ticket's `cc` where left out."
        },
    )
    subject = Label(
        MAX_SUBJECT, metadata={"description": "On mailbox channels: instead of the subject of the thread."}
    )
    status = status_to_set()
    justification = reason_for_it()

    @validates_schema
    def _reason_with_status(self, data: dict[str, Any], **kwargs: Any) -> None:
        refuse_lone_reason(data)
