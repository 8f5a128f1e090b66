"""Waiting for new mail: told by the server where it can (IDLE, RFC 2177), else for a while."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Final

from imapclient import IMAPClient

LONGEST: Final = 540.0
"""Seconds: servers end connections that idle for half an hour, routers forget silent ones sooner."""
_SLICE: Final = 1.0
_NEWS: Final = frozenset({b"EXISTS", b"RECENT"})


def wait_for_mail(client: IMAPClient, seconds: float, alive: Callable[[], bool]) -> None:
    """Return when there may be something new, after `seconds`, or soon after `alive` says no.

    What the connection raises passes.
    """
    deadline = monotonic() + seconds
    if not client.has_capability("IDLE"):
        while alive() and monotonic() < deadline:
            sleep(max(min(_SLICE, deadline - monotonic()), 0.0))
        return
    client.idle()
    news = False
    while not news and alive() and monotonic() < deadline:
        began = monotonic()
        answers = client.idle_check(timeout=max(min(_SLICE, deadline - began), 0.0))
        news = any(_is_news(answer) for answer in answers)
        if not answers and monotonic() - began < _SLICE / 2:
            break  # the connection woke us without a word: it is closed, which the next command tells
    client.idle_done()


def _is_news(answer: object) -> bool:
    return isinstance(answer, tuple) and len(answer) > 1 and answer[1] in _NEWS
