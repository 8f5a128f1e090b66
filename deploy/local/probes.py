"""Waits until processes say on /readyz that they are ready."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final

# Addresses on this machine: a proxy that the environment names must not be asked.
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_ready(url: str, timeout: float = 3.0) -> tuple[bool, str]:
    """Whether GET url/readyz answers 200, and a few words about what it answered instead."""
    try:
        with _DIRECT.open(f"{url}/readyz", timeout=timeout):
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
