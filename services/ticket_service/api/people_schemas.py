"""Users, teams and tokens as the interface takes and shows them."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from marshmallow import Schema, ValidationError, fields, validate

from services.ticket_service.api.named import ChangeSchema
from services.ticket_service.api.schemas import nullable
from services.ticket_service.api.values import END, ID, Label
from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.domain.permissions import ALL, ROLES
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from shared.contracts.times import UtcTime

MOST_MEMBERS: Final = 500
MOST_CAPACITY: Final = 10_000
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 1_000
LONGEST_ADDRESS: Final = 254
LONGEST_SIGNATURE: Final = 2_000
_TAG: Final = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"


class EmailAddress(fields.String):
    """An e-mail address by its form (nobody is asked whether it exists), in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, LONGEST_ADDRESS), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return normal_address(super()._deserialize(value, attr, data, **kwargs))


def normal_address(text: str) -> str:
    """The address in the one form it is compared in. ValidationError for what is none."""
    try:
        checked = validate_email(
            text.strip()[: LONGEST_ADDRESS + 1], check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise ValidationError(f"Not an e-mail address. {error}") from error
    return checked.normalized.lower()


def language(*, optional: bool = True, **kwargs: Any) -> fields.String:
    """A language tag like `it` or `pt-BR`; empty for none where it is `optional`."""
    return fields.String(
        validate=validate.Regexp(
            rf"^({_TAG}){'?' if optional else ''}{END}", error="Not a language tag like it or pt-BR."
        ),
        metadata={"example": "it"},
        **kwargs,
    )


def time_zone() -> fields.String:
    """The name of a time zone like `Europe/Rome`; empty for the desk's."""
    return fields.String(validate=_known_zone, metadata={"example": "Europe/Rome"})


def signature() -> fields.String:
    """What stands below mails that the user writes; empty for nothing."""
    return fields.String(
        validate=validate.Length(max=LONGEST_SIGNATURE),
        metadata={"description": "Below answers by mail; plain text.", "example": "Anna Rossi\nAssistenza"},
    )


def _known_zone(name: str) -> None:
    if name and name not in available_timezones():
        raise ValidationError("This is not a time zone's name (like Europe/Rome).")


def password(**kwargs: Any) -> fields.String:
    """A password to be set; it is never shown again."""
    return fields.String(
        validate=validate.Length(SHORTEST_PASSWORD, LONGEST_PASSWORD), load_only=True, **kwargs
    )


def _roles(**kwargs: Any) -> fields.List:
    role = fields.String(validate=validate.OneOf(list(ROLES)))
    return fields.List(
        role, validate=validate.Length(1, len(ROLES)), metadata={"example": ["agent"]}, **kwargs
    )


def _capacity() -> fields.Integer:
    return fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, MOST_CAPACITY),
        metadata={"description": "The most open tickets that are assigned automatically; null: no limit."},
    )


class UserSchema(Schema):
    """Somebody who works at the desk."""

    id = fields.String(required=True)
    email = fields.String(required=True, metadata={"example": "anna@example.org"})
    name = fields.String(required=True)
    roles = fields.List(fields.String(metadata={"enum": list(ROLES)}), required=True)
    language = fields.String(required=True, metadata={"description": "Empty: the desk's own."})
    time_zone = fields.String(required=True, metadata={"description": "Empty: the desk's own."})
    signature = fields.String(required=True, metadata={"description": "Below answers by mail."})
    active = fields.Boolean(required=True, metadata={"description": "Whether the user gets in."})
    available = fields.Boolean(required=True, metadata={"description": "Whether work may be given now."})
    capacity = fields.Integer(required=True, allow_none=True)
    picture = nullable(
        metadata={"description": "Where the picture is, with what changes when it does; null for none."}
    )
    has_password = fields.Boolean(required=True)
    created_at = UtcTime(required=True)


class NewUserSchema(Schema):
    """Somebody who is to work at the desk. Without a password nobody gets in until one is set."""

    email = EmailAddress(required=True, metadata={"example": "carla@example.org"})
    name = Label(required=True, metadata={"example": "Carla Bianchi"})
    roles = _roles(required=True)
    password = password()
    language = language()
    time_zone = time_zone()
    signature = signature()
    available = fields.Boolean()
    capacity = _capacity()


class UserChangeSchema(ChangeSchema):
    """What to change; a user who is not `active` is out at once, tokens included."""

    email = EmailAddress()
    name = Label()
    roles = _roles()
    language = language()
    time_zone = time_zone()
    signature = signature()
    active = fields.Boolean()
    available = fields.Boolean()
    capacity = _capacity()


class OneselfSchema(ChangeSchema):
    """What everybody may change of themselves."""

    name = Label()
    language = language()
    time_zone = time_zone()
    signature = signature()
    available = fields.Boolean(metadata={"description": "Whether you are at the desk."})


class PasswordSchema(Schema):
    """A password to be set."""

    password = password(required=True)


class OwnPasswordSchema(PasswordSchema):
    """Another password for oneself; the one of now shows that it is you."""

    current = fields.String(required=True, load_only=True, validate=validate.Length(1, LONGEST_PASSWORD))


class ApiTokenSchema(Schema):
    """A token, without its secret."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    scopes = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "The permissions it may use; null: all that its user has."},
    )
    expires_at = UtcTime(required=True, allow_none=True)
    created_at = UtcTime(required=True)
    last_used_at = UtcTime(required=True, allow_none=True)


class NewApiTokenSchema(ApiTokenSchema):
    """A token that was just made, with its secret: shown this once."""

    token = nullable(metadata={"description": "The secret; null when this is the answer to a repeat."})


class TokenToMakeSchema(Schema):
    """A token is named after what uses it."""

    name = Label(100, required=True, metadata={"example": "Backoffice sync"})
    scopes = fields.List(
        fields.String(validate=validate.OneOf(sorted(ALL))),
        allow_none=True,
        validate=validate.Length(1, len(ALL)),
        metadata={
            "description": "The permissions it may use, of those you have; left out: as many as you.",
            "example": ["tickets.read", "tickets.write"],
        },
    )
    expires_at = UtcTime(allow_none=True, metadata={"description": "When it stops; null: never."})


class MeSchema(Schema):
    """Who the request acts for, and what that may do."""

    user = fields.Nested(UserSchema, required=True)
    token = fields.Nested(ApiTokenSchema, required=True, allow_none=True)
    permissions = fields.List(fields.String(), required=True)


class TeamSchema(Schema):
    """A group of users."""

    id = fields.String(required=True)
    name = fields.String(required=True, metadata={"example": "First line"})
    description = fields.String(required=True)
    members = fields.List(fields.String(), required=True, metadata={"description": "Ids of users."})
    active = fields.Boolean(required=True)
    created_at = UtcTime(required=True)


class TeamFieldsSchema(Schema):
    """What people say of a team, beside its name."""

    description = fields.String(validate=validate.Length(max=2_000))
    members = fields.List(fields.String(validate=ID), validate=validate.Length(max=MOST_MEMBERS))
    active = fields.Boolean()


class NewTeamSchema(TeamFieldsSchema):
    """A team to add."""

    name = Label(required=True, metadata={"example": "First line"})


class TeamChangeSchema(ChangeSchema, TeamFieldsSchema):
    """What to change of a team."""

    name = Label()


def user_wire(user: User) -> dict[str, Any]:
    """A user, without anything secret."""
    shown = (
        *("id", "email", "name", "roles", "language", "time_zone", "signature"),
        *("active", "available", "capacity", "created_at"),
    )
    return {
        **{name: getattr(user, name) for name in shown},
        "picture": f"/api/v1/users/{user.id}/picture?v={user.picture}" if user.picture else None,
        "has_password": bool(user.password_hash),
    }


def token_wire(token: ApiToken) -> dict[str, Any]:
    """A token, without its secret."""
    shown = ("name", "scopes", "expires_at", "created_at", "last_used_at")
    return {"id": token.public_id, **{name: getattr(token, name) for name in shown}}


def team_wire(team: Team) -> dict[str, Any]:
    """A team."""
    shown = ("id", "name", "description", "members", "active", "created_at")
    return {name: getattr(team, name) for name in shown}
