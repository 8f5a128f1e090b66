"""Which files the desk takes, as its administrators decide."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.act import files as acts
from services.ticket_service.api import context
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.values import END
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.attachment_policy import LARGEST, AttachmentPolicy

blueprint = ApiBlueprint(
    "attachment-policy",
    __name__,
    url_prefix=f"{PREFIX}/settings/attachment-policy",
    description="Which files are taken.",
)
MOST: Final = 200
_TYPE: Final = rf"^[a-z0-9][a-z0-9!#$&^_.+-]{{0,60}}/([a-z0-9][a-z0-9!#$&^_.+-]{{0,80}}|\*){END}"
_ENDING: Final = rf"^[a-z0-9][a-z0-9_+-]{{0,19}}{END}"
_FIELDS: Final = ("max_bytes", "allowed_types", "forbidden_types", "forbidden_endings")


def _types(**kwargs: Any) -> fields.List:
    one = fields.String(validate=validate.Regexp(_TYPE, error="Not a type: use image/png or image/*."))
    return fields.List(one, validate=validate.Length(max=MOST), **kwargs)


class AttachmentPolicySchema(Schema):
    """What a file has to be to be taken; `image/*` stands for every type of that family."""

    max_bytes = fields.Integer(required=True, metadata={"example": 20_000_000})
    allowed_types = _types(required=True, metadata={"description": "Empty: every type."})
    forbidden_types = _types(required=True)
    forbidden_endings = fields.List(
        fields.String(), required=True, metadata={"description": "Of names, without the dot.", "example": []}
    )


class AttachmentPolicyChangeSchema(ChangeSchema):
    """What to change; a list is replaced as a whole."""

    max_bytes = fields.Integer(strict=True, validate=validate.Range(1, LARGEST))
    allowed_types = _types()
    forbidden_types = _types()
    forbidden_endings = fields.List(
        fields.String(validate=validate.Regexp(_ENDING, error="Not an ending: use exe, without the dot.")),
        validate=validate.Length(max=MOST),
    )


@blueprint.route("", methods=["GET"])
@blueprint.operation("Which files are taken", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, AttachmentPolicySchema)
def show() -> Wire:
    """The policy, or what a desk begins with: programs are not taken."""
    policy = acts.policy_of(context.services().desk)
    blueprint.set_etag(tag(policy))
    return _wire(policy)


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(AttachmentPolicyChangeSchema, example={"allowed_types": ["image/*", "application/pdf"]})
@blueprint.operation(
    "Change which files are taken", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, AttachmentPolicySchema)
def change(wanted: dict[str, Any]) -> Wire:
    """What is here already stays as it is; a blocked file may be checked again."""
    policy = acts.change_policy(
        context.services().desk, wanted, frame(), lambda known: unchanged(blueprint, known)
    )
    blueprint.set_etag(tag(policy))
    return _wire(policy)


def _wire(policy: AttachmentPolicy) -> Wire:
    return {name: getattr(policy, name) for name in _FIELDS}
