"""Calls the desk's webhooks and fetches its files as Twilio does: signed, bounded, and only nearby."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from sandbox.config import TwilioAccount
from sandbox.meta.gateway import GatewayUnreachable

_MAX_ANSWER = 500
INCOMING = "/webhooks/twilio/whatsapp"


class FetchFailed(Exception):
    """A file could not be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said: HTTP status and the beginning of the body."""

    status: int
    body: str

    @property
    def taken(self) -> bool:
        """Twilio counts everything below 400 as taken."""
        return self.status < 400


class TwilioGateway:
    """The desk as Twilio sees it; safe to use from many threads.

    The addresses that the desk names begin with its public base; calls to these go to `base_url` instead, and
    else only this machine itself is called.
    """

    def __init__(
        self, base_url: str, account: TwilioAccount, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._base_url = base_url
        self._public = account.webhook_url
        self._validator = RequestValidator(account.auth_token)
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(15.0, connect=5.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
            trust_env=False,  # a proxy of this machine has nothing to do with it
            headers={"User-Agent": "TwilioProxy/1.1"},
        )

    def deliver(self, form: dict[str, str]) -> Answer:
        """Post an incoming message; raises GatewayUnreachable when nothing answers in time."""
        return self.post(self._public + INCOMING, form)

    def post(self, url: str, form: dict[str, str]) -> Answer:
        """Post one signed form to `url`; raises GatewayUnreachable. Twilio tries a second time only when no
        connection came about (its webhooks' retry policy `ct`, one retry)."""
        target = self._reachable(url)
        if target is None:
            raise GatewayUnreachable("The address is neither the gateway's nor on this machine.")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": self._validator.compute_signature(url, form),
        }
        for last_try in (False, True):
            try:
                answer = self._client.post(target, content=urlencode(form), headers=headers)
                return Answer(answer.status_code, answer.text[:_MAX_ANSWER])
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if last_try:
                    raise GatewayUnreachable(
                        f"The gateway cannot be reached ({type(error).__name__})."
                    ) from None
            except httpx.TimeoutException:
                raise GatewayUnreachable("The gateway did not answer in time.") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise GatewayUnreachable(f"The gateway cannot be reached ({type(error).__name__}).") from None
        raise AssertionError("the second try returns or raises")

    def fetch(self, url: str, max_bytes: int) -> tuple[str, bytes]:
        """The type and the bytes of a file that the desk offers; raises FetchFailed, also when it is larger
        than `max_bytes`."""
        target = self._reachable(url)
        if target is None:
            raise FetchFailed("the address is neither the gateway's nor on this machine")
        try:
            with self._client.stream("GET", target) as answer:
                if answer.status_code != 200:
                    raise FetchFailed(f"HTTP {answer.status_code}")
                content = b""
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > max_bytes:
                        raise FetchFailed(f"larger than {max_bytes} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(type(error).__name__) from None
        mime_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        return mime_type[:100], content

    def _reachable(self, url: str) -> str | None:
        for base in (self._public, self._base_url):
            if url == base or url.startswith((f"{base}/", f"{base}?")):
                return self._base_url + url.removeprefix(base)
        return url if _is_loopback(url) else None


def is_web_address(url: str) -> bool:
    """Is this an absolute http or https address?"""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
