"""API tokens: made (and shown) once, listed without their secret, revoked."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, ValidationError, validates

from services.ticket_service import auth
from services.ticket_service.acting import until_saved
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ApiTokenSchema, NewApiTokenSchema
from services.ticket_service.api.values import Label
from services.ticket_service.api.wire import Wire, token_wire
from services.ticket_service.domain import permissions
from services.ticket_service.store.access import ApiToken
from services.ticket_service.store.preparing import TOKEN_NAME

blueprint = ApiBlueprint(
    "api-tokens",
    __name__,
    url_prefix=f"{PREFIX}/settings/api-tokens",
    description="What programs log in with.",
)


class TokenToMakeSchema(Schema):
    """A token is named after what uses it."""

    name = Label(100, required=True, metadata={"example": "Backoffice sync"})

    @validates("name")
    def _not_reserved(self, value: str, **kwargs: Any) -> None:
        if value == TOKEN_NAME:
            raise ValidationError("This name is kept for the token that the environment sets.")


@blueprint.route("", methods=["GET"])
@blueprint.operation("List your API tokens", needs=permissions.TOKENS_OWN)
@blueprint.response(200, page_of(ApiTokenSchema))
def find() -> Wire:
    """Your own tokens, oldest first, all on one page."""
    tokens = context.services().access.tokens_of(context.caller().user.id)
    return {"items": [token_wire(token) for token in tokens], "next": None}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(TokenToMakeSchema)
@blueprint.operation(
    "Make an API token",
    413,
    415,
    429,
    idempotent=True,
    security=[{"apiToken": []}, {"login": []}],
    needs=permissions.TOKENS_OWN,
)
@blueprint.response(201, NewApiTokenSchema)
def create(body: dict[str, Any]) -> Response:
    """The secret is in this answer only: the desk keeps no more than its digest.

    Also possible with HTTP Basic and an administrator's e-mail address and password.
    """
    services = context.services()
    secret = auth.new_token()

    def work(request: Once) -> Response:
        def attempt() -> Wire:
            now = services.desk.clock()
            token = ApiToken(auth.digest_of(secret), body["name"], context.caller().user.id, now)
            shown = NewApiTokenSchema().dump({**token_wire(token), "token": secret})
            # The record would keep the secret readable for a day; a repeat therefore goes without it.
            services.access.add_token(token, request.record(201, {**shown, "token": None}))
            return shown

        return answer(201, until_saved(attempt, request.frame()))

    return once(body, work)


@blueprint.route("/<token_id>", methods=["DELETE"])
@blueprint.operation("Revoke an API token", 404, needs=permissions.TOKENS_OWN)
@blueprint.response(204)
def revoke(token_id: str) -> Response:
    """From now on nobody gets in with it."""
    known = {auth.public_id(token): token for token in _own_tokens()}
    if token_id not in known or not context.services().access.remove_token(known[token_id].digest):
        raise not_found("API token")
    return Response(status=204)


def _own_tokens() -> list[ApiToken]:
    return context.services().access.tokens_of(context.caller().user.id)
