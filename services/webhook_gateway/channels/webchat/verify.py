"""Who writes: the token that a visitor's browser keeps, and what it proves."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer

from services.webhook_gateway.channels.webchat.settings import ChatSite

LIFE: Final = timedelta(days=400)
"""As long as browsers let a site remember somebody (RFC 6265bis, 5.5: 400 days)."""
VOUCHED_LIFE: Final = timedelta(days=30)
"""So long the word of the site's server counts: whom it vouches for no more is out by then."""
LONGEST_TOKEN: Final = 4_000
MOST_FORMER: Final = 3
ANONYMOUS: Final = "v-"
VERIFIED: Final = "u-"
_INSIDE: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::/64"),
    )
)
"""Where no address of the internet is (RFC 1918, 6598, 4193, 3927, 4291)."""
_SALT: Final = "sportello.visitor"


class TokenRefused(Exception):
    """No token of this chat that still counts. Nothing more is said, to nobody."""


@dataclass(frozen=True, slots=True)
class ChatVisitor:
    """Somebody who writes in a chat.

    `former` are ids that were theirs before, proven by their tokens. `name` is what the site's server calls
    them, `email` what it signed; `told_email` is an address it passed on without signing it.
    """

    channel_id: str
    id: str
    former: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    told_email: str = ""

    @property
    def verified(self) -> bool:
        """Whether the site's server vouches for who it is."""
        return self.id.startswith(VERIFIED)

    @property
    def contact_key(self) -> str:
        """What keeps all that happens to one visitor in order."""
        return f"{self.channel_id}:{self.id}"


def anonymous(site: ChatSite) -> ChatVisitor:
    """Somebody new: an id that nobody can guess."""
    return ChatVisitor(site.id, ANONYMOUS + secrets.token_hex(16))


def verified_id(site: ChatSite, secret: str, user_id: str) -> str:
    """The id of the user whom the site's server vouches for: the same on each device, and guessed by none."""
    message = f"{site.id}\n{user_id}".encode("utf-8", "surrogatepass")
    return VERIFIED + hmac.new(_key(secret, "people"), message, "sha256").hexdigest()[:32]


def network_mark(site: ChatSite, visitor: ChatVisitor, address: str) -> str:
    """What visitors of one line have in common, without saying where that is: a keyed hash of the address as
    limits count it (IPv6 by its /64). Empty for users of the site, and for addresses inside a house.

    With an address inside come all whom a proxy lets through that nobody counted: what one of them is blocked
    for must not keep out everybody.
    """
    try:
        place = ipaddress.ip_network(address)
    except ValueError:
        return ""
    if visitor.verified or any(place.network_address in each for each in _INSIDE):
        return ""
    message = f"{site.id}\n{address}".encode()
    return hmac.new(_key(site.identity_secret, "networks"), message, "sha256").hexdigest()[:32]


def issue(site: ChatSite, visitor: ChatVisitor) -> str:
    """The visitor's token, signed now."""
    shown = {
        "c": visitor.channel_id,
        "v": visitor.id,
        "w": list(visitor.former[:MOST_FORMER]),
        "n": visitor.name,
        "e": visitor.email,
        "q": visitor.told_email,
    }
    return signer(site, _SALT).dumps({key: value for key, value in shown.items() if value})


def read(site: ChatSite, token: str) -> ChatVisitor:
    """Whose token this is. TokenRefused for one of another chat, too old, changed, or none at all."""
    told = opened(site, _SALT, token, LIFE)
    if told["v"].startswith(VERIFIED):
        told = opened(site, _SALT, token, VOUCHED_LIFE)
    return ChatVisitor(
        told["c"],
        told["v"],
        tuple(told.get("w", ())),
        told.get("n", ""),
        told.get("e", ""),
        told.get("q", ""),
    )


def signer(site: ChatSite, salt: str) -> URLSafeTimedSerializer:
    """What signs and reads the chat's texts of one purpose: those of another purpose it does not know."""
    keys = [_key(secret, "tokens") for secret in site.secrets]
    return URLSafeTimedSerializer(keys, salt, signer_kwargs={"digest_method": hashlib.sha256})


def opened(site: ChatSite, salt: str, token: str, life: timedelta) -> dict[str, Any]:
    """What was signed for this chat and purpose not longer ago than `life`. TokenRefused."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise TokenRefused
    try:
        told = signer(site, salt).loads(token, max_age=int(life.total_seconds()))
    except (BadData, ValueError):
        raise TokenRefused from None
    if not isinstance(told, dict) or told.get("c") != site.id:
        raise TokenRefused
    return told


def _key(secret: str, purpose: str) -> bytes:
    """A key for one purpose.

    SHA-512, because the site's server gives out HMAC-SHA-256 of its users' ids under the same secret, and
    some sites let people choose theirs: no name anybody may choose must make one of our keys.
    """
    return hmac.new(secret.encode(), f"sportello.webchat.{purpose}".encode(), "sha512").digest()
