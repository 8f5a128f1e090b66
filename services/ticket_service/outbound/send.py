"""One try of one delivery: signed, to a checked address, in little time, following nobody anywhere else."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Final

import httpcore
import httpx
from standardwebhooks.webhooks import Webhook as Signature

from services.ticket_service.domain.webhook import Attempt, Webhook, WebhookDelivery
from shared.egress.addresses import ForbiddenAddress, Guard, Origin, Resolve, resolve
from shared.egress.connect import Deadline, GuardedBackend

TRY_SECONDS: Final = 10.0
"""For one try with all of its answer; connecting takes at most five of them."""
MAX_ANSWER: Final = 64_000
"""Bytes of an answer that are read before the connection is closed."""
GONE: Final = 410
_WORTH_WAITING: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try ended; `wish`: how long the receiver asks us to wait."""

    attempt: Attempt
    wish: timedelta | None = None

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more of this webhook at all."""
        return self.attempt.status == GONE


class WebhookSender:
    """Sends deliveries. Safe to use from many threads."""

    def __init__(
        self, clock: Callable[[], datetime], named: Collection[Origin] = (), *, resolver: Resolve = resolve
    ) -> None:
        """`named` are those the operator vouches for: plain HTTP, too, and inside the own network."""
        self._clock = clock
        self._named = frozenset(named)
        self._resolver = resolver

    def send(self, webhook: Webhook, delivery: WebhookDelivery) -> Tried:
        """Try it; every trouble is an answer."""
        at, started = self._clock(), monotonic()
        status: int | None = None
        error, wish = "", None
        try:
            status, wish = self._post(webhook, delivery, at)
            if not 200 <= status < 300:
                error = f"The receiver answered {status}."
        except ForbiddenAddress as forbidden:
            error = str(forbidden)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as trouble:
            error = f"{type(trouble).__name__}: {trouble}"[:500]
        except (httpx.InvalidURL, OSError, ValueError) as trouble:
            error = f"{type(trouble).__name__}: {trouble}"[:500]
        return Tried(Attempt(at, status, error, int((monotonic() - started) * 1_000)), wish)

    def _post(
        self, webhook: Webhook, delivery: WebhookDelivery, at: datetime
    ) -> tuple[int, timedelta | None]:
        url = httpx.URL(webhook.url)
        guard = Guard(self._named, self._resolver)
        guard.admit(url)
        backend = GuardedBackend(guard, Deadline(TRY_SECONDS), httpcore.SyncBackend())
        with (
            httpcore.ConnectionPool(_ssl_context(), network_backend=backend) as pool,
            pool.stream(
                "POST",
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=_headers(url, webhook, delivery, at),
                content=delivery.body.encode(),
            ) as answer,
        ):
            read = 0
            for piece in answer.iter_stream():
                read += len(piece)
                if read > MAX_ANSWER:
                    break
            return answer.status, _wish(answer) if answer.status in _WORTH_WAITING else None


def _headers(
    url: httpx.URL, webhook: Webhook, delivery: WebhookDelivery, at: datetime
) -> list[tuple[bytes, bytes]]:
    """Standard Webhooks: id, time and a signature for each secret that counts now."""
    signed = " ".join(
        Signature(secret).sign(delivery.id, at, delivery.body) for secret in webhook.secrets(at)
    )
    return [
        (b"Host", url.netloc),
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(delivery.body.encode())).encode()),
        (b"User-Agent", b"Sportello"),
        (b"webhook-id", delivery.id.encode()),
        (b"webhook-timestamp", str(int(at.timestamp())).encode()),
        (b"webhook-signature", signed.encode()),
    ]


def _wish(answer: httpcore.Response) -> timedelta | None:
    for name, value in answer.headers:
        if name.lower() == b"retry-after" and value.isdigit():
            return timedelta(seconds=min(int(value[:9]), 10**6))
    return None


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()
