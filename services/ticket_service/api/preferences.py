"""What a user likes about the console: theme, density, columns, sounds, and whatever else pages remember."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from services.ticket_service.act import preferences as acts
from services.ticket_service.api import context
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.values import END
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import preferences as domain
from services.ticket_service.domain.preferences import Preferences

blueprint = ApiBlueprint(
    "preferences", __name__, url_prefix=f"{PREFIX}/me/preferences", description="How you like the console."
)
_KEY: Final = validate.Regexp(
    rf"^[a-z0-9][a-z0-9_:-]{{0,99}}{END}", error="A key has at most 100 of a-z, 0-9, _ : and -."
)
_FIELDS: Final = (
    *("theme", "density", "classification", "home", "undo_seconds", "sound", "desktop"),
    *("columns", "ui"),
)


class UiField(fields.Field[domain.UiValue]):
    """Yes or no, a whole number, a text, or a list of texts."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
            return value
        if isinstance(value, str) and len(value) <= domain.LONGEST_VALUE:
            return value
        short = isinstance(value, list) and len(value) <= domain.MOST_IN_LIST
        if short and all(isinstance(item, str) and len(item) <= domain.LONGEST_VALUE for item in value):
            return value
        raise ValidationError(
            f"Give true, false, a whole number, a text of at most {domain.LONGEST_VALUE} characters or a list"
            f" of at most {domain.MOST_IN_LIST} of them."
        )


def _ui(**kwargs: Any) -> UiField:
    any_of = [
        {"type": "boolean"},
        {"type": "integer"},
        {"type": "string", "maxLength": domain.LONGEST_VALUE},
        {"type": "array", "items": {"type": "string"}, "maxItems": domain.MOST_IN_LIST},
    ]
    if kwargs.get("allow_none"):
        any_of.append({"type": "null"})
    return UiField(metadata={"anyOf": any_of}, **kwargs)


class PreferencesSchema(Schema):
    """Every choice; those never made have their defaults."""

    theme = fields.String(
        validate=validate.OneOf(domain.THEMES), metadata={"description": "`auto` follows the device."}
    )
    density = fields.String(validate=validate.OneOf(domain.DENSITIES))
    classification = fields.String(
        validate=validate.OneOf(domain.PLACES),
        metadata={"description": "Where the ticket page has the classification."},
    )
    home = fields.String(
        validate=validate.OneOf(domain.HOMES), metadata={"description": "What is shown after the log-in."}
    )
    undo_seconds = fields.Integer(
        strict=True,
        validate=validate.Range(0, domain.MOST_UNDO_SECONDS),
        metadata={"description": "How long a sent answer can be taken back; 0: not at all."},
    )
    sound = fields.Boolean(metadata={"description": "A sound when there is something for you."})
    desktop = fields.Boolean(metadata={"description": "A notice of the system when there is."})
    columns = fields.Dict(
        keys=fields.String(validate=_KEY),
        values=fields.List(
            fields.String(validate=validate.Length(1, 100)),
            validate=validate.Length(1, domain.MOST_COLUMNS),
            allow_none=True,
        ),
        metadata={"description": "The columns of each list, by its name; null forgets them."},
    )
    ui = fields.Dict(
        keys=fields.String(validate=_KEY),
        values=_ui(allow_none=True),
        metadata={"description": "What pages remember, by keys of their own; null forgets one."},
    )


class PreferencesChangeSchema(ChangeSchema, PreferencesSchema):
    """What to change; of `columns` and `ui` the keys that are named."""


class UiValueSchema(Schema):
    """One thing to remember."""

    value = _ui(required=True, allow_none=True)


@blueprint.route("", methods=["GET"])
@blueprint.operation("How you like the console", needs=ANYBODY)
@blueprint.etag
@blueprint.response(200, PreferencesSchema)
def show() -> Wire:
    """Your own choices."""
    return _wire(acts.preferences_of(context.services().desk, context.caller().user.id))


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(PreferencesChangeSchema, example={"theme": "dark", "ui": {"sidebar:relations": False}})
@blueprint.operation("Change how you like the console", 400, 412, 413, 415, 422, 428, needs=ANYBODY)
@blueprint.etag
@blueprint.response(200, PreferencesSchema)
def change(wanted: dict[str, Any]) -> Wire:
    """What is left out stays; so do the keys of `columns` and `ui` that are not named."""
    desk, user_id = context.services().desk, context.caller().user.id
    return _wire(
        acts.change_preferences(desk, user_id, wanted, frame(), lambda each: unchanged(blueprint, each))
    )


@blueprint.route("/ui/<key>", methods=["PUT"])
@blueprint.arguments(UiValueSchema, example={"value": True})
@blueprint.operation("Remember one thing about the console", 400, 404, 413, 415, 422, needs=ANYBODY)
@blueprint.response(204)
def remember(body: dict[str, Any], key: str) -> None:
    """For pages that remember a panel or a choice as it is made: the last one counts, null forgets it."""
    try:
        _KEY(key)
    except ValidationError as error:
        raise invalid([("key", error.messages[0])]) from error
    acts.remember(context.services().desk, context.caller().user.id, key, body["value"], frame())


def _wire(preferences: Preferences) -> Wire:
    blueprint.set_etag(tag(preferences))
    return {name: getattr(preferences, name) for name in _FIELDS}
