"""Who is asking, and what everybody may change of themselves."""

from __future__ import annotations

from typing import Any

from flask import request

from services.ticket_service.act import users as acts
from services.ticket_service.api import context, session_cookie
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.people_schemas import (
    MeSchema,
    OneselfSchema,
    OwnPasswordSchema,
    UserSchema,
    token_wire,
    user_wire,
)
from services.ticket_service.api.wire import Wire
from services.ticket_service.auth import WrongCredentials
from shared.web.problems import Problem

blueprint = ApiBlueprint("me", __name__, url_prefix=f"{PREFIX}/me", description="Who is asking.")


@blueprint.route("", methods=["GET"])
@blueprint.operation("Who is asking, and what that may do", needs=ANYBODY)
@blueprint.etag
@blueprint.response(200, MeSchema)
def me() -> Wire:
    """The user and the token of this request; the ETag is the user's."""
    caller = context.caller()
    blueprint.set_etag(tag(caller.user))
    return {
        "user": user_wire(caller.user),
        "token": token_wire(caller.token) if caller.token else None,
        "permissions": sorted(caller.permissions()),
    }


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(OneselfSchema, example={"available": False})
@blueprint.operation("Change yourself", 400, 404, 412, 413, 415, 422, 428, needs=ANYBODY)
@blueprint.etag
@blueprint.response(200, UserSchema)
def change(wanted: dict[str, Any]) -> Wire:
    """Your name, your language, and whether you are at the desk."""
    user_id, desk = context.caller().user.id, context.services().desk
    user = acts.change_oneself(desk, user_id, wanted, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(user))
    return user_wire(user)


@blueprint.route("/password", methods=["PUT"])
@blueprint.arguments(
    OwnPasswordSchema,
    example={"current": "the one of now", "password": "correct horse battery staple"},
)
@blueprint.operation("Change your password", 400, 403, 413, 415, 422, 429, needs=ANYBODY)
@blueprint.response(204)
def set_password(body: dict[str, Any]) -> None:
    """The one of now is asked for, so that a lost token does not become a lost account.

    All other browsers are logged out. A page that asks has to be loaded anew: its CSRF token is over, too.
    """
    services, user = context.services(), context.caller().user
    try:
        services.authenticator.by_password(user.email, body["current"], request.remote_addr or "")
    except WrongCredentials as error:
        raise Problem(
            403,
            "wrong-password",
            "This is not your password of now.",
            "An administrator can set one.",
        ) from error
    hashed = services.authenticator.hashed(body["password"])
    changed = acts.change_oneself(
        services.desk, user.id, {"password_hash": hashed}, frame(), unchanged=lambda each: None
    )
    # Sessions that began with the earlier password are over by that; here they leave the list as well.
    services.doors.sessions.end_all(user.id)
    if context.caller().session is not None:
        session_cookie.sign_in(changed)
