"""All threads that hand mails over, one for each server."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier.mail.engine import MailEngine


class MailEngines:
    """Those of one process, started and ended together."""

    def __init__(self, engines: Sequence[MailEngine] = ()) -> None:
        self._engines = engines

    def start(self) -> None:
        """Begin, each in a thread of its own."""
        for engine in self._engines:
            engine.start()

    def wake(self) -> None:
        """There may be something to send."""
        for engine in self._engines:
            engine.wake()

    def running(self) -> bool:
        """Whether all look for mails."""
        return all(engine.running() for engine in self._engines)

    def join(self) -> None:
        """Wait, after the stop was requested, until what is being sent is sent and recorded."""
        for engine in self._engines:
            engine.join()
