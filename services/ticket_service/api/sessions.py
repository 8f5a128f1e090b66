"""Where somebody is logged in with a browser, and how to end that."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.ticket_service.act.keeping import found
from services.ticket_service.act.users import within
from services.ticket_service.acting import NotFound
from services.ticket_service.api import context
from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.session import Session
from services.ticket_service.domain.user import User
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "sessions", __name__, url_prefix=PREFIX, description="Where people are logged in with a browser."
)


class SessionSchema(Schema):
    """One log-in of one browser."""

    id = fields.String(required=True)
    browser = fields.String(required=True, metadata={"example": "Firefox", "description": "Empty: unknown."})
    system = fields.String(required=True, metadata={"example": "Windows", "description": "Empty: unknown."})
    address = fields.String(required=True, metadata={"example": "192.0.2.7"})
    created_at = UtcTime(required=True)
    last_seen_at = UtcTime(required=True, metadata={"description": "To the minute."})
    current = fields.Boolean(required=True, metadata={"description": "Whether it asks just now."})


@blueprint.route("/me/sessions", methods=["GET"])
@blueprint.operation("Where you are logged in", needs=ANYBODY)
@blueprint.response(200, page_of(SessionSchema))
def find() -> Wire:
    """Your sessions, the last used first, all on one page."""
    return _page(context.caller().user.id)


@blueprint.route("/me/sessions", methods=["DELETE"])
@blueprint.operation("Log out everywhere else", needs=ANYBODY)
@blueprint.response(204)
def end_others() -> None:
    """All of your sessions but the one that asks; API tokens stay."""
    own = context.caller().session
    sessions = context.services().doors.sessions
    sessions.end_all(context.caller().user.id, but=own.digest if own else "")


@blueprint.route("/me/sessions/<session_id>", methods=["DELETE"])
@blueprint.operation("Log out one of your browsers", 404, needs=ANYBODY)
@blueprint.response(204)
def end(session_id: str) -> None:
    """From now on nobody gets in by it."""
    _end(context.caller().user.id, session_id)


@blueprint.route("/users/<user_id>/sessions", methods=["GET"])
@blueprint.operation("Where a user is logged in", 404, needs=permissions.USERS_WRITE)
@blueprint.response(200, page_of(SessionSchema))
def of_user(user_id: str) -> Wire:
    """The user's sessions, the last used first, all on one page."""
    found(context.services().desk, User, user_id, "user")
    return _page(user_id)


@blueprint.route("/users/<user_id>/sessions", methods=["DELETE"])
@blueprint.operation("Log a user out everywhere", 404, needs=permissions.USERS_WRITE)
@blueprint.response(204)
def end_all_of_user(user_id: str) -> None:
    """In all browsers; API tokens stay."""
    _within_own(user_id)
    context.services().doors.sessions.end_all(user_id)


@blueprint.route("/users/<user_id>/sessions/<session_id>", methods=["DELETE"])
@blueprint.operation("Log out one of a user's browsers", 404, needs=permissions.USERS_WRITE)
@blueprint.response(204)
def end_of_user(user_id: str, session_id: str) -> None:
    """From now on nobody gets in by it."""
    _within_own(user_id)
    _end(user_id, session_id)


def _within_own(user_id: str) -> None:
    user = found(context.services().desk, User, user_id, "user")
    within(context.caller().permissions(), user)


def _of(user_id: str) -> list[Session]:
    services = context.services()
    return list(services.doors.sessions.of_user(user_id, services.desk.clock()))


def _page(user_id: str) -> Wire:
    own = context.caller().session
    shown = ("browser", "system", "address", "created_at", "last_seen_at")
    items = [
        {
            "id": each.public_id,
            **{name: getattr(each, name) for name in shown},
            "current": own is not None and each.digest == own.digest,
        }
        for each in _of(user_id)
    ]
    return {"items": items, "next": None}


def _end(user_id: str, session_id: str) -> None:
    for each in _of(user_id):
        if each.public_id == session_id:
            context.services().doors.sessions.end(each.digest)
            return
    raise NotFound("session")
