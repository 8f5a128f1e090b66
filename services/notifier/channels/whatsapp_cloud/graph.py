"""Calls of the Graph API through pywa's client; whatever goes wrong comes back as a value of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

import httpx
import structlog
from pywa import WhatsApp
from pywa.errors import WhatsAppError

from services.notifier.channels.error_rules import ProviderError, retry_seconds, seconds_of
from services.notifier.channels.whatsapp_cloud import errors
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from shared.blobs.store import BlobMissing
from shared.messaging.message import Unavailable

_log = structlog.get_logger(__name__)

T = TypeVar("T")

GRAPH_VERSION: Final = "26.0"
TIMEOUT: Final = httpx.Timeout(connect=5.0, write=10.0, read=20.0, pool=5.0)
"""Seconds; together well below the lease of a claimed delivery."""
_LIMITS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30.0)
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO_CONNECTION: Final = "No connection to WhatsApp"
_FILE_GONE: Final = Failure(
    "file-missing",
    "The file is no longer in the desk's store",
    remedy="Attach it again and send it once more.",
)


class Graph:
    """One number's client: one token, one pool of connections. Safe to call from many threads."""

    def __init__(self, settings: WhatsAppCloudSettings) -> None:
        self._answer = threading.local()
        hooks = {"response": [self._note_status]}
        self._client = httpx.Client(timeout=TIMEOUT, limits=_LIMITS, event_hooks=hooks)
        self.api = WhatsApp(
            phone_id=settings.phone_number_id,
            token=settings.access_token,
            session=self._client,
            api_version=GRAPH_VERSION,
        ).api
        # pywa writes its own address into the client it is given; ours goes over it.
        self._client.base_url = f"{settings.graph_url.rstrip('/')}/v{GRAPH_VERSION}"

    def ask(self, call: Callable[[], T], tries: int, *, sends: bool) -> T | Refused | TryLater:
        """What the call gives; when it fails, what to do about it after `tries` earlier ones.

        `sends`: a call that sends a message; where nobody can know whether it did, the outcome is unknown.
        Other calls can be made again without harm. KeyError, TypeError and the like of `call` itself count as
        an answer that is not understood.
        """
        self._answer.status = None
        # pywa's errors are frozen exceptions that break in passing a context manager: none leaves this try.
        try:
            return call()
        except WhatsAppError as error:
            return errors.outcome(_provider_error(error), tries)
        except BlobMissing:
            return Refused(_FILE_GONE)
        except Unavailable as error:
            reason = Failure("store-away", "The desk's own file store does not answer", str(error))
            return TryLater(retry_seconds(tries), reason)
        except _NEVER_LEFT as error:
            reason = Failure("no-connection", _NO_CONNECTION, type(error).__name__)
            return TryLater(retry_seconds(tries), reason)
        except httpx.HTTPError as error:
            # The request, or part of it, went out: Meta may have acted on it.
            reason = Failure("no-answer", "WhatsApp did not answer", repr(error))
            if sends:
                return TryLater(0, reason, unknown_outcome=True)
            return TryLater(retry_seconds(tries), reason)
        except Exception as error:
            return self._unreadable(error, tries, sends=sends)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _note_status(self, response: httpx.Response) -> None:
        self._answer.status = response.status_code

    def _unreadable(self, error: Exception, tries: int, *, sends: bool) -> Refused | TryLater:
        """An answer that pywa cannot build its result or its error from: the HTTP status has to do."""
        status: int | None = self._answer.status
        _log.warning("answer of the provider not understood", status=status, reason=type(error).__name__)
        title = f"WhatsApp answered with status {status} and something unreadable"
        if status is None or status < 300:
            reason = Failure("unreadable-answer", title, type(error).__name__)
            if sends:
                return TryLater(0, reason, unknown_outcome=True)
            return TryLater(retry_seconds(tries), reason)
        return errors.outcome(ProviderError(status, title, type(error).__name__, status), tries)


def _provider_error(error: WhatsAppError) -> ProviderError:
    response = error.raw_response
    return ProviderError(
        code=error.code,
        title=error.user_title or str(error.message),
        detail=str(error.user_msg or error.details or ""),
        status=response.status_code if response is not None else None,
        transient=bool(error.is_transient),
        retry_after=seconds_of(response.headers.get("Retry-After")) if response is not None else None,
    )
