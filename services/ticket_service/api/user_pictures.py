"""Pictures of those who work at the desk: colleagues see them, and visitors of live chats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from flask import Response, request

from services.ticket_service.act.keeping import found
from services.ticket_service.act.pictures import set_picture
from services.ticket_service.api import context
from services.ticket_service.api.file_content import POLICY
from services.ticket_service.api.multipart import FILE, Part, Upload, too_large
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.people_schemas import UserSchema, user_wire
from services.ticket_service.api.problems import invalid, not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.user import User
from services.ticket_service.render.confined import NotPossible
from services.ticket_service.render.portrait import JPEG
from shared.blobs.store import BlobMissing

blueprint = ApiBlueprint(
    "user-pictures", __name__, url_prefix=PREFIX, description="Pictures of those who work at the desk."
)
MAX_BYTES: Final = 8 * 2**20
_BINARY: Final = {"type": "string", "format": "binary"}
_FORM: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "required": [FILE], "properties": {FILE: _BINARY}},
        }
    },
}


@blueprint.route("/me/picture", methods=["PUT"])
@blueprint.operation("Set your picture", 400, 404, 413, 415, 422, requestBody=_FORM, needs=ANYBODY)
@blueprint.response(200, UserSchema)
def set_own() -> Wire:
    """JPEG, PNG, GIF or WebP; its middle is kept, 256 pixels wide. Visitors of live chats see it."""
    return _set(context.caller().user.id, _image(), None)


@blueprint.route("/me/picture", methods=["DELETE"])
@blueprint.operation("Take your picture away", 404, needs=ANYBODY)
@blueprint.response(200, UserSchema)
def remove_own() -> Wire:
    """It is forgotten; what you said in live chats has none any more either."""
    return _set(context.caller().user.id, None, None)


@blueprint.route("/users/<user_id>/picture", methods=["PUT"])
@blueprint.operation(
    "Set a user's picture", 400, 404, 413, 415, 422, requestBody=_FORM, needs=permissions.USERS_WRITE
)
@blueprint.response(200, UserSchema)
def set_of(user_id: str) -> Wire:
    """As for your own."""
    return _set(user_id, _image(), context.caller().permissions())


@blueprint.route("/users/<user_id>/picture", methods=["DELETE"])
@blueprint.operation("Take a user's picture away", 404, needs=permissions.USERS_WRITE)
@blueprint.response(200, UserSchema)
def remove_of(user_id: str) -> Wire:
    """As for your own."""
    return _set(user_id, None, context.caller().permissions())


@blueprint.route("/users/<user_id>/picture", methods=["GET"])
@blueprint.operation("A user's picture", 404, needs=permissions.USERS_READ)
@blueprint.response(200, _BINARY, content_type=JPEG)
def show(user_id: str) -> Response:
    """404 where there is none."""
    services = context.services()
    blob_id = found(services.desk, User, user_id, "user").picture
    if not blob_id:
        raise not_found("picture of this user")
    with ExitStack() as stack:
        try:
            blob, pieces = stack.enter_context(services.blobs.open(blob_id))
        except BlobMissing:
            raise not_found("picture of this user") from None
        response = Response(b"".join(pieces), content_type=JPEG)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.set_etag(blob.sha256)
    response.make_conditional(request)
    return response


def _image() -> bytes:
    """What the request brings. Problem 400, 413, 415 or 422."""

    def gathered(part: Part, pieces: Iterator[bytes]) -> bytes:
        content = bytearray()
        for piece in pieces:
            content += piece
            if len(content) > MAX_BYTES:
                raise too_large(MAX_BYTES)
        return bytes(content)

    return Upload(request, MAX_BYTES, set(), gathered).receive().taken


def _set(user_id: str, image: bytes | None, own: frozenset[str] | None) -> Wire:
    services = context.services()
    try:
        user = set_picture(services.desk, services.blobs, user_id, image, frame(), own)
    except NotPossible as error:
        problem = "This cannot be read as a picture. Send a JPEG, PNG, GIF or WebP of a usual size."
        raise invalid([(FILE, problem)]) from error
    return user_wire(user)
