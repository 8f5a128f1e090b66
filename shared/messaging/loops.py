"""The two ways the publisher's connection can run: in a thread of its own, or on gevent's hub."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import pika
from pika.adapters.select_connection import SelectConnection

from shared.messaging.confirms import Signal

Callback = Callable[..., None]


class Loop(Protocol):
    """What the publisher needs from its surroundings."""

    def new_signal(self) -> Signal:
        """Something to wait on that does not block the others."""
        ...

    def new_lock(self) -> AbstractContextManager[Any]:
        """What keeps two publish calls from changing the same list at once."""
        ...

    def spawn(self, run: Callable[[], None]) -> Callable[[float], None]:
        """Run in the background; returns a join(timeout)."""
        ...

    def connect(
        self, params: pika.URLParameters, opened: Callback, failed: Callback, closed: Callback
    ) -> Any:
        """Start opening a connection."""
        ...

    def run(self, connection: Any) -> None:
        """Serve the connection until `leave`."""
        ...

    def leave(self, connection: Any) -> None:
        """Make `run` return."""
        ...

    def soon(self, connection: Any, call: Callable[[], None]) -> None:
        """Call it where the connection is served, after whatever is running there now."""
        ...


class ThreadLoop:
    """An own thread with pika's SelectConnection, for ordinary processes."""

    def new_signal(self) -> Signal:
        """A threading.Event."""
        return threading.Event()

    def new_lock(self) -> AbstractContextManager[Any]:
        """A threading.Lock."""
        return threading.Lock()

    def spawn(self, run: Callable[[], None]) -> Callable[[float], None]:
        """Start a daemon thread."""
        thread = threading.Thread(target=run, name="publisher", daemon=True)
        thread.start()
        return thread.join

    def connect(
        self, params: pika.URLParameters, opened: Callback, failed: Callback, closed: Callback
    ) -> Any:
        """A SelectConnection with an I/O loop of its own."""
        return SelectConnection(params, opened, failed, closed)

    def run(self, connection: Any) -> None:
        """Run the I/O loop, then free its descriptors."""
        connection.ioloop.start()
        connection.ioloop.close()

    def leave(self, connection: Any) -> None:
        """Stop the I/O loop (called from inside it)."""
        connection.ioloop.stop()

    def soon(self, connection: Any, call: Callable[[], None]) -> None:
        """Hand the call to the I/O loop's thread."""
        connection.ioloop.add_callback_threadsafe(call)


class GreenLoop:
    """gevent's hub with pika's GeventConnection: no hand-over between threads at all."""

    def __init__(self) -> None:
        from shared.messaging import green  # only where gevent is installed and used

        self._green = green
        self._deadlines = green.Deadlines()
        self._pika_loop: Any = None

    def new_signal(self) -> Signal:
        """A signal for one greenlet, with the deadlines of all of them kept by one timer."""
        return self._green.GreenSignal(self._deadlines)

    def new_lock(self) -> AbstractContextManager[Any]:
        """None: greenlets change only where they wait, and nobody waits while changing the list."""
        return nullcontext()

    def spawn(self, run: Callable[[], None]) -> Callable[[float], None]:
        """Start a greenlet."""
        import gevent

        greenlet = gevent.spawn(run)
        return lambda seconds: greenlet.join(seconds)

    def connect(
        self, params: pika.URLParameters, opened: Callback, failed: Callback, closed: Callback
    ) -> Any:
        """A GeventConnection; pika's loop object is kept, for each new one would leak a pipe."""
        from pika.adapters.gevent_connection import GeventConnection

        connection = GeventConnection(params, opened, failed, closed, custom_ioloop=self._pika_loop)
        self._pika_loop = connection.ioloop
        return connection

    def run(self, connection: Any) -> None:
        """Wait on the hub until the connection is left."""
        connection.ioloop.start()

    def leave(self, connection: Any) -> None:
        """Let `run` return."""
        connection.ioloop.stop()

    def soon(self, connection: Any, call: Callable[[], None]) -> None:
        """At the end of the hub's current turn: everything published in one turn leaves in one write."""
        import gevent

        gevent.get_hub().loop.run_callback(call)
