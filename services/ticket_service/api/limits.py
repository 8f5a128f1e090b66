"""How many requests a token may make, counted over all processes; and whose address a request comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from flask import Flask, Response, request
from flask_limiter import HeaderNames, Limiter, RateLimitExceeded
from limits.storage import MongoDBStorage
from werkzeug.middleware.proxy_fix import ProxyFix

from services.ticket_service.api import context
from services.ticket_service.api.guard import CALLER_INSIDE
from services.ticket_service.api.openapi import DOCUMENT_PATH, PREFIX
from shared.web.problems import Problem

WINDOWS: Final = "api_limit_windows"
COUNTERS: Final = "api_limit_counters"
_HEADERS: Final = {
    HeaderNames.LIMIT: "RateLimit-Limit",
    HeaderNames.REMAINING: "RateLimit-Remaining",
    HeaderNames.RESET: "RateLimit-Reset",
    HeaderNames.RETRY_AFTER: "Retry-After",
}


class _Storage(MongoDBStorage):
    """The library's own, made to take its place.

    That one connects when it is thrown away unused, which hangs while a process that was never asked ends.
    """

    STORAGE_SCHEME = ["mongodb", "mongodb+srv"]  # noqa: RUF012 - as the library declares it

    def __del__(self) -> None:
        if self._storage is not None:
            self._storage.close()


@dataclass(frozen=True, slots=True)
class Limits:
    """`rate` like `600/minute`, empty for none; counted in this database, or where `storage` says."""

    rate: str
    mongodb_uri: str = field(repr=False)
    database: str


def limit(app: Flask, limits: Limits | None, trusted_proxies: int) -> None:
    """Refuse what is too much with 429. To be called after guard.close: the token has to be known.

    While the database is away each process counts for itself. With `trusted_proxies` the client's address and
    scheme are what that many proxies in front say; without, nobody's word is taken.
    """
    if trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies)  # type: ignore[method-assign]
    if limits is None or not limits.rate:
        return
    limiter = Limiter(
        _who,
        app=app,
        application_limits=[limits.rate],
        storage_uri=limits.mongodb_uri,
        storage_options=_storage(limits),
        strategy="sliding-window-counter",
        headers_enabled=True,
        header_name_mapping=_HEADERS,
        in_memory_fallback_enabled=True,
        key_prefix="api",
    )
    limiter.request_filter(_is_free)
    app.register_error_handler(RateLimitExceeded, _refuse)


def _storage(limits: Limits) -> dict[str, Any]:
    return {
        "database_name": limits.database,
        "counter_collection_name": COUNTERS,
        "window_collection_name": WINDOWS,
        "serverSelectionTimeoutMS": 2_000,
    }


def _who() -> str:
    return context.caller().subject


def _is_free() -> bool:
    """Probes, metrics, pages and what they read, the document; the rest needs a log-in (guard.py)."""
    if CALLER_INSIDE in request.environ:
        return True
    return not request.path.startswith(f"{PREFIX}/") or request.path == DOCUMENT_PATH


def _refuse(breached: RateLimitExceeded) -> Response:
    return Problem(
        429,
        "too-many-requests",
        "This token makes too many requests.",
        f"It may make {breached.description}. Wait as long as `Retry-After` says.",
    ).response()
