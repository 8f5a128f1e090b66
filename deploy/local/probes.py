"""Waits until processes say on /readyz that they are ready."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping


def is_ready(url: str, timeout: float = 3.0) -> tuple[bool, str]:
    """Whether GET url/readyz answers 200, and a few words about what it answered instead."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=timeout):  # noqa: S310 - a loopback http address
            return True, "ready"
    except urllib.error.HTTPError as error:
        return False, f"not ready: {error.read(300).decode(errors='replace').strip()}"
    except OSError:
        return False, "does not answer"


def wait_until_ready(
    addresses: Mapping[str, str], timeout: float, on_ready: Callable[[str], None], on_wait: Callable[[], None]
) -> dict[str, str]:
    """Ask every address until it is ready, at most timeout seconds in all.

    on_ready is told each name once; on_wait is called in between and may raise to give up.
    Returns what the ones that did not become ready answered last: empty means all are ready.
    """
    deadline = time.monotonic() + timeout
    waiting = dict.fromkeys(addresses, "was not asked")
    while waiting and time.monotonic() < deadline:
        for name in list(waiting):
            ready, waiting[name] = is_ready(addresses[name])
            if ready:
                del waiting[name]
                on_ready(name)
        if waiting:
            on_wait()
            time.sleep(0.2)
    return waiting
