"""A stand-in for ClamAV's daemon: speaks INSTREAM, finds one marker, hangs up on what is too long."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MARKER: Final = b"THIS-IS-A-VIRUS"
NAME: Final = "Test.Marker"


class FakeClamd(socketserver.ThreadingTCPServer):
    """Listens on loopback; `scanned` are the sizes of what it was given, `error` makes it fail."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, most_bytes: int = 1_000_000) -> None:
        super().__init__(("127.0.0.1", 0), _Scan)
        self.most_bytes = most_bytes
        self.scanned: list[int] = []
        self.error = False

    @property
    def address(self) -> str:
        """As CLAMD_ADDRESS has it."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Scan(socketserver.StreamRequestHandler):
    server: FakeClamd

    def handle(self) -> None:
        assert self.rfile.readline() == b"nINSTREAM\n"
        content = bytearray()
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > self.server.most_bytes:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\n")
                return
        self.server.scanned.append(len(content))
        if self.server.error:
            self.wfile.write(b"stream: Can't allocate memory ERROR\n")
        elif MARKER in content:
            self.wfile.write(f"stream: {NAME} FOUND\n".encode())
        else:
            self.wfile.write(b"stream: OK\n")


@contextmanager
def running_clamd(most_bytes: int = 1_000_000) -> Iterator[FakeClamd]:
    """The stand-in, answering."""
    with FakeClamd(most_bytes) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
