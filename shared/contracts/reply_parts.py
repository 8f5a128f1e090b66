"""What a reply can consist of besides text, template and files: choices, places, cards, reactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema

BUTTONS: Final = "buttons"
LIST: Final = "list"
CTA_URL: Final = "cta_url"
FORM: Final = "form"
FORM_FIELD_KINDS: Final = ("text", "long_text", "email", "phone", "number", "date", "choice", "consent")


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the customer can tap; `id` comes back with the answer."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Some choices of a list under a heading."""

    title: str
    rows: list[Choice]


@dataclass(frozen=True, slots=True)
class FormField:
    """Something the customer is asked in a form; `choices` are those of kind `choice`."""

    key: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Interactive:
    """`buttons` uses buttons; `list` uses button (what opens it) and sections; `cta_url` button and url;
    `form` form_fields and button (what sends it).
    """

    kind: str
    header: str = ""
    footer: str = ""
    button: str = ""
    url: str = ""
    buttons: list[Choice] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    form_fields: list[FormField] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Location:
    """A place; degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody's card."""

    name: str
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message (`target`: the provider's id); an empty emoji takes the reaction back."""

    target: str
    emoji: str = ""


class ChoiceSchema(ContractSchema):
    """A choice on the wire."""

    builds = Choice
    id = fields.String(required=True, validate=validate.Length(1, 256))
    title = fields.String(required=True, validate=validate.Length(1, 200))
    description = fields.String(load_default="", validate=validate.Length(max=500))


class SectionSchema(ContractSchema):
    """A section on the wire."""

    builds = Section
    title = fields.String(required=True, validate=validate.Length(max=200))
    rows = fields.List(fields.Nested(ChoiceSchema), required=True, validate=validate.Length(1, 50))


class FormFieldSchema(ContractSchema):
    """A form's field on the wire."""

    builds = FormField
    key = fields.String(required=True, validate=validate.Length(1, 60))
    label = fields.String(required=True, validate=validate.Length(1, 300))
    kind = fields.String(load_default="text", validate=validate.OneOf(FORM_FIELD_KINDS))
    required = fields.Boolean(load_default=False)
    choices = fields.List(
        fields.String(validate=validate.Length(1, 200)), load_default=list, validate=validate.Length(max=50)
    )


class InteractiveSchema(ContractSchema):
    """Choices on the wire; a provider's own, narrower limits are checked before sending."""

    builds = Interactive
    kind = fields.String(required=True, validate=validate.OneOf((BUTTONS, LIST, CTA_URL, FORM)))
    header = fields.String(load_default="", validate=validate.Length(max=500))
    footer = fields.String(load_default="", validate=validate.Length(max=500))
    button = fields.String(load_default="", validate=validate.Length(max=200))
    url = fields.String(load_default="", validate=validate.Length(max=2_000))
    buttons = fields.List(fields.Nested(ChoiceSchema), load_default=list, validate=validate.Length(max=20))
    sections = fields.List(fields.Nested(SectionSchema), load_default=list, validate=validate.Length(max=20))
    form_fields = fields.List(
        fields.Nested(FormFieldSchema), load_default=list, validate=validate.Length(max=20)
    )


class LocationSchema(ContractSchema):
    """A place on the wire."""

    builds = Location
    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))
    name = fields.String(load_default="", validate=validate.Length(max=1_000))
    address = fields.String(load_default="", validate=validate.Length(max=1_000))


class ContactCardSchema(ContractSchema):
    """A card on the wire."""

    builds = ContactCard
    name = fields.String(required=True, validate=validate.Length(1, 500))
    phones = fields.List(
        fields.String(validate=validate.Length(1, 100)), load_default=list, validate=validate.Length(max=20)
    )
    emails = fields.List(
        fields.String(validate=validate.Length(1, 320)), load_default=list, validate=validate.Length(max=20)
    )
    organization = fields.String(load_default="", validate=validate.Length(max=500))


class ReactionSchema(ContractSchema):
    """A reaction on the wire."""

    builds = Reaction
    target = fields.String(required=True, validate=validate.Length(1, 500))
    emoji = fields.String(load_default="", validate=validate.Length(max=40))
