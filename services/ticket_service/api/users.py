"""Users: who works at the desk and what they may."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from services.ticket_service.act import tokens as token_acts
from services.ticket_service.act import users as acts
from services.ticket_service.act.keeping import found
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.people_schemas import (
    ApiTokenSchema,
    NewUserSchema,
    PasswordSchema,
    UserChangeSchema,
    UserSchema,
    token_wire,
    user_wire,
)
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.user import User
from services.ticket_service.store.keyset import Order, Position

blueprint = ApiBlueprint(
    "users", __name__, url_prefix=f"{PREFIX}/users", description="Who works at the desk, and what they may."
)


class UserQuery(PageQuery):
    """Which users."""

    role = fields.String(validate=validate.OneOf(list(permissions.ROLES)))
    active = fields.Boolean()


@blueprint.route("", methods=["GET"])
@blueprint.arguments(UserQuery, location="query")
@blueprint.operation("List users, the newest first", 400, 422, needs=permissions.USERS_READ)
@blueprint.response(200, page_of(UserSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of users."""
    wanted: dict[str, Any] = {}
    if "role" in query:
        wanted["roles"] = {"$eq": query["role"]}
    if "active" in query:
        wanted["active"] = {"$ne": False} if query["active"] else {"$eq": False}
    found_ = context.services().records.page(User, wanted, Order("created_at", True), page_wanted(query))
    shown, following = cut(found_, query["limit"], lambda user: Position(user.created_at, None, user.id))
    return {"items": [user_wire(user) for user in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(
    NewUserSchema, example={"email": "anna@example.com", "name": "Anna Rossi", "roles": ["agent"]}
)
@blueprint.operation("Add a user", 413, 415, idempotent=True, needs=permissions.USERS_WRITE)
@blueprint.response(201, UserSchema)
def create(body: dict[str, Any]) -> Response:
    """Nobody can give a role that may more than they may themselves."""
    services = context.services()
    # The record of a request is no place for anything made from a password.
    password = body.pop("password", None)

    def make(frame_: Any, remember: Any) -> User:
        hashed = services.authenticator.hashed(password) if password else ""
        own = context.caller().permissions()
        return acts.create_user(services.desk, body, hashed, own, frame_, remember)

    return made(body, UserSchema, user_wire, make)


@blueprint.route("/<user_id>", methods=["GET"])
@blueprint.operation("One user", 404, needs=permissions.USERS_READ)
@blueprint.etag
@blueprint.response(200, UserSchema)
def show(user_id: str) -> Wire:
    """The user with this id."""
    user = found(context.services().desk, User, user_id, "user")
    blueprint.set_etag(tag(user))
    return user_wire(user)


@blueprint.route("/<user_id>", methods=["PATCH"])
@blueprint.arguments(UserChangeSchema, example={"roles": ["operator"], "capacity": 20})
@blueprint.operation("Change a user", 400, 404, 409, 412, 413, 415, 422, 428, needs=permissions.USERS_WRITE)
@blueprint.etag
@blueprint.response(200, UserSchema)
def change(wanted: dict[str, Any], user_id: str) -> Wire:
    """409 `last-admin` when nobody could administer the desk any more."""
    own = context.caller().permissions()
    desk = context.services().desk
    user = acts.change_user(desk, user_id, wanted, own, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(user))
    return user_wire(user)


@blueprint.route("/<user_id>/password", methods=["PUT"])
@blueprint.arguments(PasswordSchema, example={"password": "correct horse battery staple"})
@blueprint.operation("Set a user's password", 400, 404, 413, 415, 422, needs=permissions.USERS_WRITE)
@blueprint.response(204)
def set_password(body: dict[str, Any], user_id: str) -> None:
    """The user is logged out of all browsers; API tokens stay valid."""
    services = context.services()
    hashed = services.authenticator.hashed(body["password"])
    acts.set_password(services.desk, user_id, hashed, context.caller().permissions(), frame())
    services.doors.sessions.end_all(user_id)


@blueprint.route("/<user_id>/api-tokens", methods=["GET"])
@blueprint.operation("List a user's API tokens", 404, needs=permissions.USERS_WRITE)
@blueprint.response(200, page_of(ApiTokenSchema))
def tokens(user_id: str) -> Wire:
    """Oldest first, all on one page; never their secrets."""
    desk = context.services().desk
    found(desk, User, user_id, "user")
    return {"items": [token_wire(each) for each in token_acts.tokens_of(desk, user_id)], "next": None}


@blueprint.route("/<user_id>/api-tokens/<token_id>", methods=["DELETE"])
@blueprint.operation("Revoke a user's API token", 404, needs=permissions.USERS_WRITE)
@blueprint.response(204)
def revoke(user_id: str, token_id: str) -> None:
    """From now on nobody gets in with it."""
    token_acts.revoke_token(context.services().desk, user_id, token_id, frame())
