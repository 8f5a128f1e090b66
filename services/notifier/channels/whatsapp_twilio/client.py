"""Calls of Twilio's API through its own client; whatever goes wrong comes back as a value of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
import structlog
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from services.notifier.channels.error_rules import ProviderError, retry_seconds, seconds_of
from services.notifier.channels.whatsapp_twilio import errors
from services.notifier.channels.whatsapp_twilio.settings import WhatsAppTwilioSettings
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from shared.messaging.message import Unavailable

_log = structlog.get_logger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 20.0
"""The client has none of its own. Well below the lease of a claimed delivery."""
_CONNECTIONS: Final = 32


class TwilioApi:
    """One account's client. Safe to call from many threads."""

    def __init__(self, settings: WhatsAppTwilioSettings) -> None:
        self._http = _Http(settings.twilio_url.rstrip("/"))
        self.client = Client(settings.account_sid, settings.auth_token, http_client=self._http)

    def ask(self, call: Callable[[], T], tries: int, *, sends: bool) -> T | Refused | TryLater:
        """What the call gives; when it fails, what to do about it after `tries` earlier ones.

        `sends`: a call that sends a message; where nobody can know whether it did, the outcome is unknown.
        Other calls can be made again without harm.
        """
        self._http.forget()
        try:
            return call()
        except errors.NotSendable as problem:
            return Refused(problem.failure)
        except TwilioRestException as error:
            return errors.outcome(self._provider_error(error), tries)
        except Unavailable as error:
            reason = Failure("store-away", "The desk's own file store does not answer", str(error))
            return TryLater(retry_seconds(tries), reason)
        except requests.ReadTimeout as error:
            return _no_answer(error, tries, sends=sends)
        except (
            requests.ConnectTimeout,
            requests.exceptions.ProxyError,
            requests.exceptions.SSLError,
        ) as error:
            return _no_connection(error, tries)
        except requests.ConnectionError as error:
            if "NewConnectionError" in str(error) or "NameResolution" in str(error):
                return _no_connection(error, tries)
            return _no_answer(error, tries, sends=sends)
        except Exception as error:
            return self._unreadable(error, tries, sends=sends)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def _provider_error(self, error: TwilioRestException) -> ProviderError:
        code = error.code if isinstance(error.code, int) else error.status
        return ProviderError(
            code=code,
            title=str(error.msg),
            detail=str(error.details or ""),
            status=error.status,
            retry_after=seconds_of(self._http.header("Retry-After")),
        )

    def _unreadable(self, error: Exception, tries: int, *, sends: bool) -> Refused | TryLater:
        """An answer that the client cannot build its result or its error from: the status has to do."""
        status = self._http.status()
        _log.warning("answer of the provider not understood", status=status, reason=type(error).__name__)
        title = f"Twilio answered with status {status} and something unreadable"
        if status is None or status < 300:
            reason = Failure("unreadable-answer", title, type(error).__name__)
            if sends and status is not None:
                return TryLater(0, reason, unknown_outcome=True)
            return TryLater(retry_seconds(tries), reason)
        return errors.outcome(ProviderError(status, title, type(error).__name__, status), tries)


def _no_answer(error: Exception, tries: int, *, sends: bool) -> TryLater:
    """The request, or part of it, went out: Twilio may have acted on it."""
    reason = Failure("no-answer", "Twilio did not answer", type(error).__name__)
    return TryLater(0, reason, unknown_outcome=True) if sends else TryLater(retry_seconds(tries), reason)


def _no_connection(error: Exception, tries: int) -> TryLater:
    return TryLater(
        retry_seconds(tries), Failure("no-connection", "No connection to Twilio", type(error).__name__)
    )


class _Http(TwilioHttpClient):
    """Twilio's own HTTP client with a time-out, another base address, and the last answer remembered."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS)
        self._base_url = base_url
        self._last = threading.local()
        for prefix in ("https://", "http://"):
            adapter = requests.adapters.HTTPAdapter(pool_maxsize=_CONNECTIONS)
            self.session.mount(prefix, adapter)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """One request, to the stand-in where there is one. Redirects are not followed, as ever."""
        if self._base_url:
            parts = urlsplit(url)
            url = f"{self._base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        response = super().request(method, url, *args, **kwargs)
        self._last.response = response
        return response

    def forget(self) -> None:
        """The next call is another one."""
        self._last.response = None

    def status(self) -> int | None:
        """HTTP status of this thread's last answer, None when none came."""
        response = self._last.response
        return None if response is None else int(response.status_code)

    def header(self, name: str) -> object:
        """A header of this thread's last answer."""
        response = self._last.response
        headers = getattr(response, "headers", None)
        return headers.get(name) if headers is not None else None

    def close(self) -> None:
        """Close its connections."""
        if self.session is not None:
            self.session.close()
