"""Whom the site's own server says somebody is: its signature over a user's id, or a token it signed."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt

from services.webhook_gateway.channels.webchat.plain_text import clean_line
from services.webhook_gateway.channels.webchat.said import is_email
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.verify import (
    ANONYMOUS,
    MOST_FORMER,
    ChatVisitor,
    verified_id,
)

LONGEST_JWT: Final = 4_000
LONGEST_USER_ID: Final = 200
LONGEST_LIFE: Final = timedelta(hours=24)
LEEWAY: Final = timedelta(seconds=60)
"""How far the clocks of two servers may be apart."""
_ALGORITHMS: Final = ["HS256"]
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}\Z")


class IdentityRefused(Exception):
    """Not signed by the site's server, or not any more. Nothing more is said, to nobody."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of the site. `email` is signed, `told_email` only said. The name is for show."""

    id: str
    name: str = ""
    email: str = ""
    told_email: str = ""


def proven(site: ChatSite, identity: Any, now: datetime) -> User:
    """The user of an identity: a JWT (RFC 7519), or `user_id` with its HMAC. IdentityRefused."""
    if isinstance(identity, str):
        return _of_token(site, identity, now)
    if isinstance(identity, dict):
        return _of_hash(site, identity)
    raise IdentityRefused


def as_visitor(site: ChatSite, user: User, before: ChatVisitor | None) -> ChatVisitor:
    """The visitor who is this user. `before` is who the browser was until now, proven by a token.

    An anonymous one was the same person, and so was the user under a secret that was retired. One who was
    signed in as somebody else was not: browsers are shared.
    """
    visitor_id = verified_id(site, site.identity_secret, user.id)
    former = [verified_id(site, secret, user.id) for secret in site.retired_secrets]
    if before is not None and (before.id.startswith(ANONYMOUS) or before.id in {visitor_id, *former}):
        former = [before.id, *before.former, *former]
    others = tuple(dict.fromkeys(each for each in former if each != visitor_id))
    return ChatVisitor(site.id, visitor_id, others[:MOST_FORMER], user.name, user.email, user.told_email)


def _of_token(site: ChatSite, token: str, now: datetime) -> User:
    if not 0 < len(token) <= LONGEST_JWT:
        raise IdentityRefused
    claims = _claims(site, token)
    expires = claims["exp"]
    if type(expires) not in (int, float) or expires > (now + LONGEST_LIFE + LEEWAY).timestamp():
        raise IdentityRefused
    email = _email(claims.get("email"))
    signed = claims.get("email_verified", True) is not False
    return User(
        _user_id(claims["sub"]), _name(claims.get("name")), email if signed else "", "" if signed else email
    )


def _claims(site: ChatSite, token: str) -> dict[str, Any]:
    for secret in reversed(site.secrets):
        try:
            # One algorithm, whatever the token's header says: `none` is no choice.
            claims: dict[str, Any] = jwt.decode(
                token,
                secret,
                algorithms=_ALGORITHMS,
                leeway=LEEWAY,
                options={
                    "require": ["exp", "sub"],
                    "verify_aud": False,
                    "verify_iss": False,
                    "verify_sub": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            continue
        return claims
    raise IdentityRefused


def _of_hash(site: ChatSite, identity: dict[str, Any]) -> User:
    user_id, given = _user_id(identity.get("user_id")), identity.get("hash")
    if not isinstance(given, str) or not _HASH.match(given):
        raise IdentityRefused
    genuine = False
    for secret in site.secrets:
        digest = hmac.new(secret.encode(), user_id.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
        genuine |= hmac.compare_digest(digest, given.lower())
    if not genuine:
        raise IdentityRefused
    return User(user_id, _name(identity.get("name")), told_email=_email(identity.get("email")))


def _user_id(value: Any) -> str:
    """The id exactly as it was signed: what is cleaned here would be somebody else there."""
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_USER_ID:
        raise IdentityRefused
    return value


def _name(value: Any) -> str:
    return clean_line(value)[:200] if isinstance(value, str) else ""


def _email(value: Any) -> str:
    text = clean_line(value) if isinstance(value, str) else ""
    return text if is_email(text) else ""
