"""SPORTELLO_OIDC_…: the provider people may log in by."""

from __future__ import annotations

from collections.abc import Callable

from environs import FileAwareEnv
from marshmallow import ValidationError, validate

from services.ticket_service.domain.openid import OpenId
from services.ticket_service.domain.permissions import ROLES
from services.ticket_service.openid import safe_address


def openid_settings(env: FileAwareEnv) -> OpenId | None:
    """As the environment says; None where no provider is named. Mistakes are collected by `env`."""
    role = validate.OneOf(["", *ROLES])
    issuer = env.str("SPORTELLO_OIDC_ISSUER", "", validate=_provider_address) or ""
    client_id = env.str("SPORTELLO_OIDC_CLIENT_ID", "", validate=_with(issuer)) or ""
    pairs: list[str] = env.list("SPORTELLO_OIDC_ROLES", [], validate=_role_pairs) or []
    found = OpenId(
        issuer,
        client_id,
        env.str("SPORTELLO_OIDC_CLIENT_SECRET", "") or "",
        env.str("SPORTELLO_OIDC_NAME", "OpenID Connect") or "OpenID Connect",
        env.str("SPORTELLO_OIDC_CREATE_ROLE", "", validate=role) or "",
        env.str("SPORTELLO_OIDC_ROLES_CLAIM", "") or "",
        dict(map(_pair, pairs)),
    )
    return found if issuer and client_id else None


def _with(issuer: str) -> Callable[[str], None]:
    def check(client_id: str) -> None:
        if bool(client_id) != bool(issuer):
            raise ValidationError("goes together with SPORTELLO_OIDC_ISSUER.")

    return check


def _provider_address(url: str) -> None:
    if url and not safe_address(url):
        raise ValidationError("must be an https address (http only on this very machine).")


def _pair(text: str) -> tuple[str, str]:
    value, _, role = text.rpartition("=")
    return value.strip(), role.strip()


def _role_pairs(texts: list[str]) -> None:
    if any(not _pair(each)[0] or _pair(each)[1] not in ROLES for each in texts):
        raise ValidationError(f"must be like support=agent, boss=admin, with roles of {', '.join(ROLES)}.")
