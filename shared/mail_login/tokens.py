"""Access tokens out of a refresh token (RFC 6749, 6): asked for in time, refusals in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import orjson
import structlog

from shared.mail_login.kept import KeptToken, TokenStore
from shared.mail_login.settings import MailAuth

_log = structlog.get_logger(__name__)

EARLY: Final = timedelta(minutes=5)
USUAL_LIFE: Final = timedelta(hours=1)
"""Of an access token whose life is not said."""
REQUEST_SECONDS: Final = 15.0
LARGEST_ANSWER: Final = 100_000
ROTATED_LIFE: Final = timedelta(days=90)
"""Microsoft: a refresh token that is not used ends after 90 days; each use brings a new one."""
WARNED: Final = timedelta(days=30)
"""So long before an end it is warned of."""
_LASTING: Final = frozenset(
    {"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "interaction_required"}
)
_REMEDY: Final = (
    "Give the desk access to the mailbox once more, put the new refresh token (or client secret) into the "
    "channel's auth: block, and restart."
)


class TokenRefused(Exception):
    """The provider gives no token: somebody has to do something. The texts are for operators."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.title = "The mail provider refuses to renew the desk's access"
        self.detail = detail
        self.remedy = _REMEDY


class TokenUnavailable(Exception):
    """The provider could not be asked now; trying again may help."""


class AccessTokens:
    """The access token of one login, shared by all threads of a process."""

    def __init__(
        self, auth: MailAuth, store: TokenStore, http: httpx.Client, clock: Callable[[], datetime]
    ) -> None:
        """`http`: a client that checks certificates; redirects are never followed."""
        self._auth = auth
        self._store = store
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._access = ""
        self._renew_at = datetime.min.replace(tzinfo=UTC)
        self._kept: KeptToken | None = None

    def token(self) -> str:
        """An access token that is good for some minutes at least.

        TokenRefused; TokenUnavailable; Unavailable when the database is away and a token is needed from it.
        """
        with self._lock:
            if self._clock() >= self._renew_at:
                self._renew()
            return self._access

    def forget(self) -> None:
        """The mail server did not take the access token: ask for another next time."""
        with self._lock:
            self._renew_at = datetime.min.replace(tzinfo=UTC)

    def expires_soon(self) -> str:
        """What will end the access before long, in words; empty when nothing is known to."""
        now = self._clock()
        day = self._auth.secret_expires
        if day is not None and day - now.date() <= WARNED:
            return f"The client secret ends on {day.isoformat()}."
        kept = self._kept
        if kept is None:
            return ""
        ends = kept.ends_at or kept.renewed_at + ROTATED_LIFE
        if ends - now <= WARNED:
            return f"The refresh token ends on {ends:%Y-%m-%d} (renewed on {kept.renewed_at:%Y-%m-%d})."
        return ""

    def _renew(self) -> None:
        kept = self._store.load(self._auth)
        current = kept.refresh_token if kept is not None else self._auth.refresh_token
        try:
            answer = self._ask(current)
        except TokenRefused:
            if kept is None:
                raise
            # The kept one may have been withdrawn where the one in the settings is good still.
            current = self._auth.refresh_token
            answer = self._ask(current)
        now = self._clock()
        self._access = str(answer["access_token"])
        self._renew_at = now + (_seconds(answer.get("expires_in")) or USUAL_LIFE) - EARLY
        self._kept = self._newest(kept, current, answer, now)

    def _newest(
        self, kept: KeptToken | None, current: str, answer: dict[str, Any], now: datetime
    ) -> KeptToken | None:
        """The refresh token to use next, kept when it is another one than before."""
        fresh = str(answer.get("refresh_token") or current)
        life = _seconds(answer.get("refresh_token_expires_in"))
        ends_at = now + life if life else None
        if fresh != (kept.refresh_token if kept is not None else self._auth.refresh_token):
            token = KeptToken(fresh, now, ends_at)
            self._store.keep(self._auth, token)
            return token
        if ends_at is not None:
            return KeptToken(fresh, kept.renewed_at if kept is not None else now, ends_at)
        return kept

    def _ask(self, refresh_token: str) -> dict[str, Any]:
        auth = self._auth
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": auth.client_id}
        form |= {"client_secret": auth.client_secret} if auth.client_secret else {}
        form |= {"scope": auth.scope} if auth.scope else {}
        try:
            with self._http.stream(
                "POST",
                auth.token_url,
                data=form,
                headers={"Accept": "application/json"},
                timeout=REQUEST_SECONDS,
                follow_redirects=False,
            ) as response:
                document = _document(response)
        except httpx.HTTPError as error:
            raise TokenUnavailable(f"{type(error).__name__} at {_host(auth)}") from error
        if response.status_code == httpx.codes.OK and isinstance(document.get("access_token"), str):
            return document
        code = str(document.get("error", ""))[:100]
        said = f"{code} {document.get('error_description', '')}".strip()[:1_000]
        detail = f"{_host(auth)} answered {response.status_code}: {said or 'no token'}"
        _log.warning("no access token", host=_host(auth), status=response.status_code, error=code)
        if code in _LASTING or response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise TokenRefused(detail)
        raise TokenUnavailable(detail)


def _document(response: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object; an empty one for anything else. Reads a limited amount."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            return {}
    try:
        document = orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _seconds(value: Any) -> timedelta | None:
    """A lifetime in seconds, which some providers send as text."""
    try:
        seconds = int(value)
    except (TypeError, ValueError):
        return None
    return timedelta(seconds=min(seconds, 10 * 365 * 86_400)) if seconds > 0 else None


def _host(auth: MailAuth) -> str:
    return httpx.URL(auth.token_url).host
