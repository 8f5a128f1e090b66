"""GET for files: redirects followed by hand, credentials only for the provider's hosts, all of it in time."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpcore
import httpx

from services.webhook_gateway.domain.media_job import Trouble
from services.webhook_gateway.ports import FetchTrouble
from shared.egress.addresses import ForbiddenAddress, Guard, Resolve, origin_of, resolve
from shared.egress.connect import CONNECT_SECONDS, Deadline, GuardedBackend

REDIRECTS: Final = 3
READ_SECONDS: Final = 20.0
TRY_SECONDS: Final = 300.0
"""For one request with its redirects and its whole body: 100 MB at 350 kB/s."""

_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_AGENT: Final = b"Sportello"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer after all redirects; `content` may raise FetchTrouble. Header names are in lower case.

    `trusted`: it comes from a host that saw the credentials.
    """

    status: int
    headers: dict[str, str]
    content: Iterator[bytes]
    trusted: bool

    def beginning(self, limit: int) -> bytes:
        """The whole body, if it has at most `limit` bytes, else that many."""
        read = b""
        for piece in self.content:
            read += piece
            if len(read) > limit:
                break
        return read[:limit]


class Downloader:
    """Gets files for one channel.

    `named`: addresses the operator configured, to which everything is allowed. `trusted`: hosts that may see
    the credentials, either whole names or endings that begin with a dot.
    """

    def __init__(
        self,
        named: Sequence[str],
        trusted: Sequence[str],
        *,
        resolver: Resolve = resolve,
        try_seconds: float = TRY_SECONDS,
        sockets: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._guard = Guard([origin_of(httpx.URL(url)) for url in named], resolver)
        self._trusted = tuple(trusted)
        self._try_seconds = try_seconds
        self._sockets = sockets or httpcore.SyncBackend()

    @contextmanager
    def get(self, url: str, authorization: str) -> Iterator[Answer]:
        """The answer to GET, whatever its status. FetchTrouble: forbidden address, no answer, too slow."""
        backend = GuardedBackend(self._guard, Deadline(self._try_seconds), self._sockets)
        with httpcore.ConnectionPool(_ssl_context(), network_backend=backend) as pool, ExitStack() as stack:
            with _as_trouble():
                answer = self._follow(pool, stack, httpx.URL(url), authorization)
            yield answer

    def _follow(
        self, pool: httpcore.ConnectionPool, stack: ExitStack, url: httpx.URL, authorization: str
    ) -> Answer:
        for _ in range(REDIRECTS + 1):
            response = stack.enter_context(self._request(pool, url, authorization))
            headers = _headers(response)
            if response.status not in _MOVED or "location" not in headers:
                if headers.get("content-encoding", "identity") != "identity":
                    raise FetchTrouble(Trouble("encoded", "The provider sends the file in an odd encoding."))
                return Answer(response.status, headers, _content(response), self._may_see_credentials(url))
            stack.pop_all().close()
            url = url.join(headers["location"])
        raise FetchTrouble(Trouble("too-many-redirects", "The provider's address leads from one to another."))

    def _request(
        self, pool: httpcore.ConnectionPool, url: httpx.URL, authorization: str
    ) -> AbstractContextManager[httpcore.Response]:
        self._guard.admit(url)
        headers = [
            (b"Host", url.netloc),
            (b"User-Agent", _AGENT),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
        ]
        if self._may_see_credentials(url):
            headers.append((b"Authorization", authorization.encode("ascii")))
        address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        timeouts = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": 1.0}
        return pool.stream("GET", address, headers=headers, extensions={"timeout": timeouts})

    def _may_see_credentials(self, url: httpx.URL) -> bool:
        if self._guard.is_named(url):
            return True
        host = origin_of(url).host
        return url.scheme == "https" and any(
            host.endswith(name) if name.startswith(".") else host == name for name in self._trusted
        )


@cache
def _ssl_context() -> ssl.SSLContext:
    """The system's trust, loaded once."""
    return httpx.create_ssl_context(trust_env=False)


def _headers(response: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


def _content(response: httpcore.Response) -> Iterator[bytes]:
    with _as_trouble():
        yield from response.iter_stream()


@contextmanager
def _as_trouble() -> Iterator[None]:
    """What goes wrong on the way, as a FetchTrouble; nothing of an address or a header is in its text."""
    try:
        yield
    except ForbiddenAddress as error:
        remedy = "Ask the customer to send it again; tell an administrator if it happens again."
        raise FetchTrouble(Trouble("forbidden-address", str(error), remedy, lasting=True)) from error
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, UnicodeError, ValueError) as error:
        text = "The provider gave an address that cannot be read."
        raise FetchTrouble(Trouble("bad-address", text)) from error
    except httpcore.TimeoutException as error:
        raise FetchTrouble(Trouble("too-slow", "The provider did not send the file in time.")) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        text = f"The connection to the provider failed ({type(error).__name__})."
        raise FetchTrouble(Trouble("no-connection", text)) from error
