"""Logging in by another system (OpenID Connect): with a code, PKCE (RFC 7636), state and nonce."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.ticket_service.domain.openid import OpenId, Vouched, vouched

_KNOWN_AT: Final = "/.well-known/openid-configuration"
_KEPT_FOR: Final = timedelta(hours=1)
_CLOCKS: Final = 60
"""Seconds by which clocks may differ."""
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""With public keys only: a shared secret or no signature at all must not pass for one."""
_MOST_BYTES: Final = 1_000_000
_TIMEOUT: Final = httpx.Timeout(10, connect=5)
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class ProviderAway(Exception):
    """It does not answer, or not as a provider does."""


class NotBelieved(Exception):
    """What came back does not prove who this is; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where the browser goes, and what has to fit when it comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


def safe_address(url: str) -> bool:
    """Whether secrets may go there: https, or this very machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.scheme == "https" or _is_here(url)) and not parts.username
    except ValueError:
        return False


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


class OpenIdProvider:
    """One provider; what it says of itself is read when first needed and kept for an hour."""

    def __init__(self, openid: OpenId, clock: Callable[[], datetime]) -> None:
        self.openid = openid
        self._clock = clock
        self._http = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)
        self._lock = threading.Lock()
        self._known: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def start(self, redirect_uri: str) -> Start:
        """Begin a log-in. ProviderAway."""
        address = self._endpoint("authorization_endpoint")
        start = Start("", generate_token(43), generate_token(43), generate_token(64))
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.openid.client_id,
                "redirect_uri": redirect_uri,
                "scope": "openid email profile",
                "state": start.state,
                "nonce": start.nonce,
                "code_challenge": create_s256_code_challenge(start.verifier),
                "code_challenge_method": "S256",
            }
        )
        joint = "&" if urlsplit(address).query else "?"
        return Start(f"{address}{joint}{query}", start.state, start.nonce, start.verifier)

    def finish(self, code: str, start: Start, redirect_uri: str) -> Vouched:
        """Who came back with this code. ProviderAway, NotBelieved."""
        tokens = self._tokens(code, start.verifier, redirect_uri)
        claims = self._claims(str(tokens.get("id_token", "")), start.nonce)
        if "email" not in claims and "userinfo_endpoint" in self._metadata():
            more = self._userinfo(str(tokens.get("access_token", "")))
            if more.get("sub") != claims.get("sub"):
                raise NotBelieved("userinfo is about somebody else")
            claims = {**more, **claims}
        who = vouched(claims, self.openid)
        if who is None:
            raise NotBelieved("the address is not verified")
        return who

    def _tokens(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        methods = self._metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        secret = self.openid.client_secret
        basic = bool(secret) and "client_secret_basic" in methods
        if not basic:
            body |= {"client_id": self.openid.client_id} | ({"client_secret": secret} if secret else {})
        login = httpx.BasicAuth(self.openid.client_id, secret) if basic else None
        request = self._http.build_request("POST", self._endpoint("token_endpoint"), data=body)
        return self._asked(request, login, refused=NotBelieved)

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                decoded = jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                # Providers change their keys: the ones that are kept may be those of before.
                decoded = jwt.decode(token, self._key_set(anew=True), algorithms=_ALGORITHMS)
            claims = dict(decoded.claims)
            jwt.JWTClaimsRegistry(
                now=int(self._clock().timestamp()),
                leeway=_CLOCKS,
                iss={"essential": True, "value": self.openid.issuer},
                aud={"essential": True, "value": self.openid.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise NotBelieved(type(error).__name__) from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.openid.client_id:
            raise NotBelieved("made for somebody else")
        return claims

    def _userinfo(self, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        request = self._http.build_request("GET", self._endpoint("userinfo_endpoint"), headers=headers)
        return self._asked(request, None, refused=NotBelieved)

    def _key_set(self, *, anew: bool = False) -> KeySet:
        with self._lock:
            kept = self._keys
        if kept is not None and not anew and self._clock() - kept[0] < _KEPT_FOR:
            return kept[1]
        request = self._http.build_request("GET", self._endpoint("jwks_uri"))
        try:
            keys = KeySet.import_key_set(self._asked(request, None))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderAway("its keys cannot be read") from error
        with self._lock:
            self._keys = (self._clock(), keys)
        return keys

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            kept = self._known
        if kept is not None and self._clock() - kept[0] < _KEPT_FOR:
            return kept[1]
        found = self._asked(self._http.build_request("GET", self.openid.issuer.rstrip("/") + _KNOWN_AT), None)
        if found.get("issuer") != self.openid.issuer:
            raise ProviderAway(f"it calls itself {str(found.get('issuer'))[:200]!r}")
        with self._lock:
            self._known = (self._clock(), found)
        return found

    def _endpoint(self, name: str) -> str:
        address = self._metadata().get(name)
        # What it says is believed, but not so far that secrets go out in the open, or to this machine.
        if not isinstance(address, str) or not safe_address(address):
            raise ProviderAway(f"no usable {name}")
        if _is_here(address) and not _is_here(self.openid.issuer):
            raise ProviderAway(f"no usable {name}")
        return address

    def _asked(
        self,
        request: httpx.Request,
        login: httpx.BasicAuth | None,
        *,
        refused: type[Exception] = ProviderAway,
    ) -> dict[str, Any]:
        try:
            answer = self._http.send(request, auth=login, stream=True)
            try:
                content = _bounded(answer)
            finally:
                answer.close()
            found = httpx.Response(answer.status_code, content=content).json() if content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway(type(error).__name__) from error
        if answer.status_code >= 500:
            raise ProviderAway(f"status {answer.status_code}")
        if answer.status_code != 200 or not isinstance(found, Mapping):
            raise refused(f"status {answer.status_code}")
        return dict(found)


def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    for part in answer.iter_bytes():
        content += part
        if len(content) > _MOST_BYTES:
            raise ValueError("too large")
    return content
