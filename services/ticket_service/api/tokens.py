"""API tokens: made (and shown) once, listed without their secret, revoked."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.ticket_service import auth
from services.ticket_service.act import tokens as acts
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.people_schemas import (
    ApiTokenSchema,
    NewApiTokenSchema,
    TokenToMakeSchema,
    token_wire,
)
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.preparing_people import TOKEN_NAME

blueprint = ApiBlueprint(
    "api-tokens",
    __name__,
    url_prefix=f"{PREFIX}/settings/api-tokens",
    description="What programs log in with.",
)


@blueprint.route("", methods=["GET"])
@blueprint.operation("List your API tokens", needs=permissions.TOKENS_OWN)
@blueprint.response(200, page_of(ApiTokenSchema))
def find() -> Wire:
    """Your own tokens, oldest first, all on one page."""
    tokens = acts.tokens_of(context.services().desk, context.caller().user.id)
    return {"items": [token_wire(token) for token in tokens], "next": None}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(TokenToMakeSchema, example={"name": "Backoffice", "scopes": ["tickets.read"]})
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

    Also possible with HTTP Basic, with the e-mail address and password of whoever may make tokens. A token
    can do no more, and live no longer, than the one it is made with.
    """
    if body["name"] == TOKEN_NAME:
        raise invalid([("name", "This name is kept for the token that the environment sets.")])
    services, caller, secret = context.services(), context.caller(), auth.new_token()
    own, limits = caller.permissions(), caller.token

    def work(request: Once) -> Response:
        wanted = ApiToken(
            digest=auth.digest_of(secret),
            name=body["name"],
            user_id=caller.user.id,
            created_at=services.desk.clock(),
            scopes=_scopes(body, limits),
            expires_at=body.get("expires_at", limits.expires_at if limits else None),
        )
        shown = NewApiTokenSchema().dump({**token_wire(wanted), "token": secret})

        def remember(token: ApiToken) -> IdempotencyRecord | None:
            # The record would keep the secret readable for a day; a repeat therefore goes without it.
            return request.record(201, {**shown, "token": None})

        until = limits.expires_at if limits else None
        acts.make_token(services.desk, wanted, own, until, request.frame(), remember)
        return answer(201, shown)

    return once(body, work)


@blueprint.route("/<token_id>", methods=["DELETE"])
@blueprint.operation("Revoke an API token", 404, needs=permissions.TOKENS_OWN)
@blueprint.response(204)
def revoke(token_id: str) -> None:
    """From now on nobody gets in with it."""
    acts.revoke_token(context.services().desk, context.caller().user.id, token_id, frame())


def _scopes(body: dict[str, Any], limits: ApiToken | None) -> list[str] | None:
    """What was asked for; else no more than the token that asks."""
    wanted: list[str] | None = body.get("scopes")
    if wanted is None:
        return limits.scopes if limits else None
    return sorted(set(wanted))
