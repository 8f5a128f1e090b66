"""What is asked about templates: which ones, new ones, values to fill in."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.api.pages import PageQuery
from services.ticket_service.api.reply_schemas import LANGUAGE
from services.ticket_service.api.template_shape import CATEGORIES, mistakes_in
from services.ticket_service.api.values import END, Keys
from shared.contracts.template_changed import STATUSES

_MAX_COMPONENTS: Final = 20


class TemplateQuery(PageQuery):
    """Which templates."""

    channel = Keys(load_default=(), metadata={"description": "Ids of channels, repeated or with commas."})
    status = Keys(load_default=(), metadata={"description": f"Of {', '.join(STATUSES)}."})
    q = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"description": "A part of the name."}
    )


class TemplateToCreateSchema(Schema):
    """A template as its provider documents it: HEADER, BODY, FOOTER, BUTTONS."""

    channel = fields.String(required=True, validate=validate.Length(1, 40))
    name = fields.String(
        required=True,
        validate=validate.Regexp(rf"^[a-z0-9_]{{1,512}}{END}", error="Use small letters, digits and _."),
        metadata={"example": "please_answer"},
    )
    language = fields.String(required=True, validate=LANGUAGE, metadata={"example": "it"})
    category = fields.String(required=True, validate=validate.OneOf(CATEGORIES))
    components = fields.List(
        fields.Dict(keys=fields.String()), required=True, validate=validate.Length(1, _MAX_COMPONENTS)
    )

    @validates_schema
    def _shape(self, data: dict[str, Any], **kwargs: Any) -> None:
        mistakes: dict[str, list[str]] = {}
        for place, problem in mistakes_in(data["category"], data["components"]):
            mistakes.setdefault(place, []).append(problem)
        if mistakes:
            raise ValidationError(mistakes)


class ParametersSchema(Schema):
    """What to fill in, in the shape that the Cloud API documents for sending."""

    components = fields.List(
        fields.Dict(keys=fields.String()), load_default=list, validate=validate.Length(max=_MAX_COMPONENTS)
    )


class TemplatesOfChannelSchema(Schema):
    """Which channel's templates."""

    channel = fields.String(required=True, validate=validate.Length(1, 40))
