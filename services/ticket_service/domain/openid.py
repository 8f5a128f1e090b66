"""People whom another system vouches for: which provider that is, and what its word is worth here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class OpenId:
    """The provider (OpenID Connect). `name` is what the button says.

    Somebody unknown becomes a user with `create_role`; empty for nobody. `roles` gives roles of the desk by
    values of the claim `roles_claim`; they are set at each log-in.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = "OpenID Connect"
    create_role: str = ""
    roles_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody as the provider describes them. `roles` are those of the desk, empty where it says nothing."""

    email: str
    name: str
    roles: tuple[str, ...] = ()


def vouched(claims: Mapping[str, Any], provider: OpenId) -> Vouched | None:
    """Who this is; None when the provider does not say that it has verified the address."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") not in (True, "true"):
        return None
    name = claims.get("name")
    shown = " ".join(name.split())[:200] if isinstance(name, str) else ""
    return Vouched(email.strip().lower(), shown or email.partition("@")[0], _roles(claims, provider))


def _roles(claims: Mapping[str, Any], provider: OpenId) -> tuple[str, ...]:
    given = claims.get(provider.roles_claim) if provider.roles_claim else None
    values = given if isinstance(given, list) else [given]
    known = {provider.roles[each] for each in values if isinstance(each, str) and each in provider.roles}
    return tuple(sorted(known))
