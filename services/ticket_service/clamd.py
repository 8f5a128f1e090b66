"""The virus scanner: ClamAV's daemon, which is given a file's content over a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

import structlog
from clamav_client.clamd import BufferTooLongError, ClamdError, ClamdNetworkSocket, ClamdUnixSocket

from services.ticket_service.act.scanning import NotScannable, ScannerAway

_log = structlog.get_logger(__name__)

SECONDS: Final = 30.0
"""For connecting, and between two signs of life."""
DEFAULT_PORT: Final = 3310
UNIX: Final = "unix://"
TCP: Final = "tcp://"


class Clamd:
    """Scans contents; each scan is a connection of its own, so it may be used from many threads."""

    def __init__(self, address: str) -> None:
        """`address` is tcp://host:port or unix:///path. ValueError for anything else."""
        self._connect = connector(address)

    def __call__(self, content: Iterable[bytes]) -> str | None:
        """The name of what was found, None when nothing was. NotScannable (too large for it), ScannerAway."""
        try:
            answer = self._connect().instream(cast(BinaryIO, _Reader(content)))
        except (BufferTooLongError, BrokenPipeError, ConnectionResetError) as error:
            # clamd hangs up on what is longer than its StreamMaxLength, often before it says why.
            raise NotScannable from error
        except (ClamdError, OSError) as error:
            _log.warning("the virus scanner does not answer", reason=str(error) or type(error).__name__)
            raise ScannerAway from error
        status, found = answer.get("stream", ("ERROR", None))
        if status == "FOUND":
            return found or "unknown"
        if status != "OK":
            _log.warning("the virus scanner could not scan", status=status)
            raise ScannerAway
        return None


def connector(address: str) -> Callable[[], ClamdNetworkSocket]:
    """What opens a connection to this address. ValueError when it is none."""
    if address.startswith(UNIX):
        path = address.removeprefix(UNIX)
        if not path.startswith("/"):
            raise ValueError("not the path of a socket")
        return lambda: ClamdUnixSocket(path, timeout=int(SECONDS))
    parts = urlsplit(address)
    if parts.scheme != "tcp" or not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError("not an address of clamd")
    host, port = parts.hostname, parts.port or DEFAULT_PORT
    return lambda: ClamdNetworkSocket(host, port, timeout=SECONDS)


class _Reader:
    """Pieces as the file that the client library reads from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._left = b""

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        read, self._left = self._left[:size], self._left[size:]
        return read
