"""A TCP proxy that breaks connections where a test wants it: after so many bytes from the server."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class CuttingProxy:
    """In front of a port on this machine. Each cut is for one connection; without one, bytes just pass."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cuts: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self.cut = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def cut_after(self, *sizes: int) -> None:
        """Break the next connections after so many bytes from the server, one connection for each size."""
        self._cuts += sizes

    def __enter__(self) -> Self:
        """Start it."""
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it, with all its connections."""
        self._closed.set()
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                limit = self._cuts.pop(0) if self._cuts else None
                for source, target, most in ((client, server, None), (server, client, limit)):
                    source.settimeout(0.2)
                    thread = threading.Thread(target=self._pass, args=(source, target, most))
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, source: socket.socket, target: socket.socket, most: int | None) -> None:
        left = most
        with contextlib.suppress(OSError):
            while not self._closed.is_set():
                try:
                    data = source.recv(65_536)
                except TimeoutError:
                    continue
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                if not data:
                    break
                target.sendall(data)
                if left == 0:
                    self.cut += 1
                    break
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
