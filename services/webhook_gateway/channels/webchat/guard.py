"""The guard before every door of a chat: which site, from which page, who, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final

from flask import Flask, Response, current_app, request
from prometheus_client import Counter

from services.webhook_gateway.channels.webchat import WebChat
from services.webhook_gateway.channels.webchat.limits import Rate, Rates, client_address
from services.webhook_gateway.channels.webchat.reply import dress, preflight_answer
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, TokenRefused, read
from shared.runtime.metrics import HTTP_SECONDS
from shared.web.problems import Problem

_REFUSED: Final = Counter(
    "sportello_webchat_refused_total", "Requests of visitors that were refused, by the reason.", ["reason"]
)
PER_ADDRESS: Final = Rate(600, 60)
"""Requests with a token from one address, an office behind one line among them."""
BAD_TOKENS: Final = Rate(60, 60)
"""Tokens that are none, from one address: whoever guesses gets no further than this."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who knocks: where, from which address (one key), when; `origin` is the page's, if it has one."""

    site: ChatSite
    address: str
    at: datetime
    origin: str


@dataclass(frozen=True, slots=True)
class Door:
    """One address of the protocol: `path` goes on from `/webchat/<site>`."""

    name: str
    method: str
    path: str


class Guard:
    """Lets callers through to the doors; each answer says which page may read it."""

    def __init__(
        self, chats: WebChat, rates: Rates, clock: Callable[[], datetime], trusted_proxies: int
    ) -> None:
        self.rates = rates
        self._chats = chats
        self._clock = clock
        self._trusted_proxies = trusted_proxies

    def add_open(self, app: Flask, door: Door, view: Callable[[Caller], Response]) -> None:
        """Serve a door that anybody may use, from an allowed page."""
        self._add(app, door, view)

    def add(self, app: Flask, door: Door, view: Callable[[Caller, ChatVisitor], Response]) -> None:
        """Serve a door for visitors: the token says who."""

        def known(caller: Caller) -> Response:
            return view(caller, self.visitor(caller, bearer()))

        self._add(app, door, known)

    def visitor(self, caller: Caller, token: str) -> ChatVisitor:
        """Whose token this is. Problem 401, the same whatever is wrong with it; 429."""
        self.limit(f"address:{caller.address}", PER_ADDRESS)
        try:
            return read(caller.site, token)
        except TokenRefused:
            self.limit(f"bad:{caller.address}", BAD_TOKENS)
            raise Problem(
                401,
                "token-refused",
                "Who are you?",
                "Send the visitor's token as Authorization: Bearer …; POST …/visitors gives one.",
                headers={"WWW-Authenticate": "Bearer"},
            ) from None

    def limit(self, key: str, rate: Rate, cost: float = 1) -> None:
        """Count this. Problem 429 with the seconds to wait when it is too much."""
        wait = self.rates.take(key, rate, cost)
        if wait:
            raise Problem(
                429,
                "too-many-requests",
                "Too many requests",
                f"Wait {wait} seconds and try again.",
                headers={"Retry-After": str(wait)},
            )

    def _add(self, app: Flask, door: Door, view: Callable[[Caller], Response]) -> None:
        endpoint = f"webchat.{door.name}"
        rule = f"/webchat/<site>{door.path}"

        def answer(site: str) -> Response:
            began = perf_counter()
            response = self._answer(site, view)
            HTTP_SECONDS.labels(endpoint, str(response.status_code)).observe(perf_counter() - began)
            return response

        def preflight(site: str) -> Response:
            return self._answer(site, lambda _: preflight_answer(door.method))

        app.add_url_rule(rule, endpoint, answer, methods=[door.method], provide_automatic_options=False)
        app.add_url_rule(
            rule, f"{endpoint}.preflight", preflight, methods=["OPTIONS"], provide_automatic_options=False
        )

    def _answer(self, name: str, view: Callable[[Caller], Response]) -> Response:
        origin = request.headers.get("Origin", "")
        site = self._chats.find(name)
        allowed = site is not None and bool(origin) and site.allows(origin)
        try:
            if site is None:
                raise Problem(404, "not-found", "Not found")
            if origin and not allowed:
                raise Problem(
                    403,
                    "origin-not-allowed",
                    "Not from this page",
                    "The page's origin is not among the channel's allowed_origins.",
                )
            address = client_address(request.environ, self._trusted_proxies)
            response = view(Caller(site, address, self._clock(), origin))
        except Exception as error:
            _REFUSED.labels(error.slug if isinstance(error, Problem) else "error").inc()
            response = current_app.make_response(current_app.handle_user_exception(error))
        dress(response, origin if allowed else "")
        return response


def bearer() -> str:
    """The token of the Authorization header (RFC 6750, 2.1); empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
