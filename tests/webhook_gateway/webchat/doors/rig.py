"""The gateway's web process with two chats, over what lies in memory, and a clock that stands still."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import jwt
from flask import Flask
from werkzeug.test import TestResponse

from services.webhook_gateway.channels.webchat import WebChat
from services.webhook_gateway.channels.webchat.doors import Behind, add_chat_routes
from services.webhook_gateway.channels.webchat.guard import Guard
from services.webhook_gateway.channels.webchat.limits import Rates
from services.webhook_gateway.channels.webchat.offers import Offers
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.uploads import Room
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, anonymous, issue
from services.webhook_gateway.counts import ChannelCounts
from services.webhook_gateway.ports import Spool
from services.webhook_gateway.receive import Intake
from services.webhook_gateway.wiring import build_app
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.envelope import Event
from shared.messaging.message import Publisher, Unavailable
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_uploads import MemoryUploads
from tests.webhook_gateway.whatsapp import FullSpool

NOW = datetime(2026, 11, 22, 14, 0, 0, tzinfo=UTC)
SECRET = "the secret the shop's server signs with"
OTHER_SECRET = "the secret of quite another site....."
FILES_SECRET = "the secret of the links to files"
ORIGIN = "https://shop.example"
OTHER_ORIGIN = "https://other.example"
SHOP = ChatSite("webchat-main", "shop-site-key", SECRET, (ORIGIN, "https://www.shop.example:8443"))
OTHER = ChatSite("webchat-other", "other-site-key", OTHER_SECRET, (OTHER_ORIGIN,))
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
GENEROUS = 1_000_000
_ids = itertools.count()


class MemoryOffers:
    """What the desk offers; `away` like a database can be."""

    def __init__(self) -> None:
        self.offers: dict[str, ChatOffered] = {}
        self.away = False
        self.asked = 0

    def get(self, channel_id: str) -> ChatOffered | None:
        self.asked += 1
        if self.away:
            raise Unavailable("told to be away")
        return self.offers.get(channel_id)


class Chats:
    """The application. `seconds` is the clock of the limits; `page_context` and the like are in `offer`."""

    def __init__(
        self,
        *sites: ChatSite,
        publisher: Publisher | None = None,
        spool: Spool | None = None,
        trusted_proxies: int = 0,
        newcomers: int = 20,
    ) -> None:
        self.broker = MemoryBroker()
        self.blobs, self.uploads = MemoryBlobStore(), MemoryUploads()
        self.shelf = MemoryOffers()
        self.seconds = 1_000.0
        self.now = NOW
        # A desk that lets pages be seen, so that all there is to be told is told.
        self.offer(page_context=True)
        publisher = publisher or self.broker.publisher()
        spool = spool or FullSpool()
        self.app: Flask = build_app([], publisher, spool)
        intake = Intake(WebChat.kind, publisher, spool, ChannelCounts(WebChat.kind))
        rates = Rates(lambda: self.seconds)
        guard = Guard(WebChat(sites or (SHOP, OTHER)), rates, lambda: self.now, trusted_proxies)
        self.offers = Offers(lambda: self.shelf, lambda: self.seconds)
        room = Room(lambda: self.blobs, lambda: self.uploads)
        behind = Behind(self.offers, intake, room, FILES_SECRET, newcomers)
        add_chat_routes(self.app, guard, behind)
        self.client = self.app.test_client()

    def offer(self, **changes: Any) -> None:
        """Let the desk offer this in the shop's chat."""
        known = self.shelf.offers.get(SHOP.id) or ChatOffered(SHOP.id, 0)
        self.shelf.offers[SHOP.id] = replace(known, revision=known.revision + 1, **changes)

    def post(
        self,
        door: str,
        body: Any = None,
        token: str = "",
        *,
        site: str = SHOP.site_key,
        origin: str | None = ORIGIN,
        data: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        address: str = "203.0.113.7",
        environ: dict[str, str] | None = None,
    ) -> TestResponse:
        """POST to a door as the widget does, from the shop's page."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if origin is not None:
            sent["Origin"] = origin
        given = {"data": data, "content_type": content_type} if data is not None else {"json": body or {}}
        path = f"/webchat/{site}/{door}"
        return self.client.post(
            path, headers=sent, environ_overrides={"REMOTE_ADDR": address} | (environ or {}), **given
        )

    def say(self, token: str, text: str = "Buongiorno", **changes: Any) -> TestResponse:
        """Post a message with an id of its own."""
        return self.post("messages", said(text=text, **changes), token)

    def upload(
        self, token: str, content: bytes = PNG, name: str = "a.png", mime_type: str = "image/png", **more: Any
    ) -> TestResponse:
        """Send a file as a form does."""
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
        return self.client.post(
            f"/webchat/{SHOP.site_key}/files",
            data={"file": (BytesIO(content), name, mime_type)},
            content_type="multipart/form-data",
            headers=headers,
            **more,
        )

    def events(self, event_type: str | None = None) -> Sequence[Event]:
        """Everything published so far (of one type), as its readers see it."""
        return self.broker.events(event_type)


def said(**changes: Any) -> dict[str, Any]:
    """A message as the widget writes it."""
    return {"id": f"message-{next(_ids):08}", "kind": "text", "text": "Buongiorno"} | changes


def somebody(site: ChatSite = SHOP) -> tuple[ChatVisitor, str]:
    """A new visitor and their token."""
    visitor = anonymous(site)
    return visitor, issue(site, visitor)


def hashed(user_id: str, secret: str = SECRET) -> str:
    """What the site's server gives its page for a user."""
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


def signed_jwt(secret: str = SECRET, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """The same as a JWT; a claim that is None is left out."""
    whole = {"sub": "user-7", "exp": int(NOW.timestamp()) + 600} | claims
    return jwt.encode(
        {key: value for key, value in whole.items() if value is not None}, secret, "HS256", headers
    )
