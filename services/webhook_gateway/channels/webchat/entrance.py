"""The entrance to a chat: what it offers, and a token for whoever comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import structlog
from flask import Response, jsonify, request

from services.webhook_gateway.channels.webchat.bodies import json_body
from services.webhook_gateway.channels.webchat.guard import Caller, Guard
from services.webhook_gateway.channels.webchat.identity import IdentityRefused, as_visitor, proven
from services.webhook_gateway.channels.webchat.limits import Rate
from services.webhook_gateway.channels.webchat.offers import Offers, told
from services.webhook_gateway.channels.webchat.origins import ANY
from services.webhook_gateway.channels.webchat.plain_text import Language
from services.webhook_gateway.channels.webchat.said import EntranceSchema
from services.webhook_gateway.channels.webchat.verify import (
    ChatVisitor,
    TokenRefused,
    anonymous,
    issue,
    read,
)
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

HOUR: Final = 3_600
LOOKS: Final = Rate(300, 60)
"""Offers shown to one address: one for each page a visitor opens."""
COMINGS: Final = Rate(120, 60)
"""Tokens renewed, identities proven or tried, from one address."""
_entrance: Final = EntranceSchema()
_language: Final = Language()


@dataclass(frozen=True, slots=True)
class Entrance:
    """The two doors that need no token."""

    guard: Guard
    offers: Offers
    files_secret: str
    newcomers: Rate

    def offer(self, caller: Caller) -> Response:
        """What the chat offers, in the language asked for."""
        self.guard.limit(f"look:{caller.address}", LOOKS)
        asked = _language.deserialize(request.args.get("language", "")[:20])
        current = self.offers.current(caller.site.id)
        return jsonify(told(current, caller.site, asked, self.files_secret, caller.at))

    def come_in(self, caller: Caller) -> Response:
        """A token: for who was here before, for a user of the site, or for somebody new."""
        if not caller.origin and ANY not in caller.site.allowed_origins:
            raise Problem(
                403,
                "origin-not-allowed",
                "Not from a page",
                "Visitors come from pages of the channel's allowed_origins, and browsers say from which.",
            )
        self.guard.limit(f"come:{caller.address}", COMINGS)
        body = json_body(_entrance)
        given = body["token"] or ""
        visitor = self._who(caller, given, body["identity"])
        # Only the site's server can lengthen what rests on its word.
        kept = visitor.verified and body["identity"] is None
        return jsonify(
            token=given if kept else issue(caller.site, visitor),
            visitor={
                "id": visitor.id,
                "verified": visitor.verified,
                "name": visitor.name,
                # What their own token holds: of what the desk knows nothing is said to anybody.
                "has_email": bool(visitor.email or visitor.told_email),
            },
        )

    def _who(self, caller: Caller, token: str, identity: Any) -> ChatVisitor:
        before = _before(caller, token)
        if identity is not None:
            try:
                return as_visitor(caller.site, proven(caller.site, identity, caller.at), before)
            except IdentityRefused:
                _log.info("identity refused", channel_id=caller.site.id)
                raise Problem(403, "identity-refused", "The identity was refused") from None
        if before is not None:
            return before
        self.guard.limit(f"new:{caller.address}", self.newcomers)
        return anonymous(caller.site)


def _before(caller: Caller, token: str) -> ChatVisitor | None:
    """Who the browser was until now; nobody, with a token that does not count: it then begins anew."""
    try:
        return read(caller.site, token)
    except TokenRefused:
        return None
