"""Second factors as the interface takes and shows them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.ticket_service.api.named import ChangeSchema
from services.ticket_service.api.people_schemas import LONGEST_PASSWORD
from services.ticket_service.api.schemas import nullable
from services.ticket_service.domain.second_factor import WHO
from shared.contracts.times import UtcTime


class SecondFactorSchema(Schema):
    """How it stands, without anything secret."""

    confirmed_at = UtcTime(
        required=True,
        allow_none=True,
        metadata={"description": "Since when it is asked for; null: it is not."},
    )
    begun = fields.Boolean(required=True, metadata={"description": "Begun, and not yet confirmed."})
    recovery_codes_left = fields.Integer(required=True)
    demanded = fields.Boolean(
        required=True, metadata={"description": "Whether the desk asks this user for it."}
    )


class BegunSchema(Schema):
    """The secret for the device, shown this once; null in the answer to a repeat."""

    secret = nullable(metadata={"description": "To be typed into the device."})
    address = nullable(metadata={"description": "The same as an `otpauth:` address."})
    picture = nullable(metadata={"description": "The address as a QR code, a `data:` address of an image."})


class RecoveryCodesSchema(Schema):
    """Codes that work once each, shown this once; null in the answer to a repeat."""

    recovery_codes = fields.List(fields.String(), required=True, allow_none=True)


class RemovedSchema(Schema):
    """Nothing is asked for beside the password any more."""

    confirmed_at = UtcTime(required=True, allow_none=True, metadata={"description": "Always null."})


class OwnPasswordOnceMoreSchema(Schema):
    """The password, so that a lost token does not lock its owner out; not for users who have none."""

    password = fields.String(load_only=True, validate=validate.Length(1, LONGEST_PASSWORD))


class CodeSchema(Schema):
    """What the device shows, or a recovery code."""

    code = fields.String(required=True, load_only=True, validate=validate.Length(1, 100))


class AccessPolicySchema(Schema):
    """Who has to have a second factor."""

    second_factor = fields.String(
        validate=validate.OneOf(WHO),
        metadata={
            "description": "Who cannot log in with a password alone; `nobody`: it is everyone's choice."
        },
    )


class AccessPolicyChangeSchema(ChangeSchema, AccessPolicySchema):
    """What to change."""
