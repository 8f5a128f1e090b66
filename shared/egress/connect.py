"""Connections to checked addresses only, none of whose reads waits beyond the deadline."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from time import monotonic
from typing import Any, Final

import httpcore

from shared.egress.addresses import ForbiddenAddress, Guard

CONNECT_SECONDS: Final = 5.0
TRIED: Final = 3
"""So many of a host's addresses are tried."""


class Deadline:
    """The end of the time for all of one try; `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self, at_most: float | None) -> float:
        """Seconds that are left, or fewer. httpcore.ReadTimeout when there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left if at_most is None else min(left, at_most)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets: the name is resolved once, checked, and what was checked is connected to.

    The certificate is still checked against the name, which is what TLS is told.
    """

    def __init__(self, guard: Guard, deadline: Deadline, sockets: httpcore.NetworkBackend) -> None:
        self._guard = guard
        self._deadline = deadline
        self._sockets = sockets

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that takes one. ForbiddenAddress, httpcore.ConnectError."""
        try:
            addresses = self._guard.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"the host is not known: {type(error).__name__}") from error
        trouble: Exception = httpcore.ConnectError("the host has no address")
        for address in addresses[:TRIED]:
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._deadline.left(CONNECT_SECONDS), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return TimedStream(stream, self._deadline)
        raise trouble

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Never asked for."""
        raise ForbiddenAddress("Nothing lies behind a local socket.")

    def sleep(self, seconds: float) -> None:
        """Not used without retries of the pool."""
        self._sockets.sleep(seconds)


class TimedStream(httpcore.NetworkStream):
    """A stream none of whose steps outlasts the deadline, be it a byte every ten seconds."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, in time."""
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all, in time."""
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same over TLS, for the host's name."""
        secured = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks about the socket."""
        return self._inner.get_extra_info(info)
