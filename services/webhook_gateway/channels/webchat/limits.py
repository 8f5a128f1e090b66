"""How often somebody may knock: per visitor and per address, counted in this process, in bounded memory."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

MOST_KEYS: Final = 100_000
"""So many are remembered, some 20 MB; beyond, whoever was silent longest is forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` in `seconds`, all at once or spread."""

    amount: int
    seconds: float


class Rates:
    """Counts what keys did, with the generic cell rate algorithm (ITU-T I.371): one number per key.

    Each process of the gateway counts for itself: N of them let N times as much through. A store of their own
    would have every message wait for it, and the limits are there against floods, not to be exact.
    """

    def __init__(self, now: Callable[[], float] = monotonic, most: int = MOST_KEYS) -> None:
        self._now = now
        self._most = most
        self._filled_until: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, rate: Rate, cost: float = 1) -> int:
        """0 when the key may; else after how many seconds (rounded up) it may, and nothing is counted.

        What costs more than the whole amount is never allowed.
        """
        now = self._now()
        until = max(self._filled_until.get(key, now), now) + cost * rate.seconds / rate.amount
        excess = until - now - rate.seconds
        if excess > 1e-6:
            return math.ceil(excess)
        self._filled_until[key] = until
        self._filled_until.move_to_end(key)
        if len(self._filled_until) > self._most:
            self._filled_until.popitem(last=False)
        return 0


def client_address(environ: Mapping[str, Any], trusted_proxies: int) -> str:
    """Whose request this is, as one key: the IPv4 address, or the network of an IPv6 one (a line's /64).

    Behind proxies of ours it is what the outermost of them saw: each appends the address of its own caller to
    X-Forwarded-For, so what stands further to the left is the caller's own invention.
    """
    caller = str(environ.get("REMOTE_ADDR") or "")
    if trusted_proxies:
        told = [part.strip() for part in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
        if len(told) >= trusted_proxies and told[-trusted_proxies]:
            caller = told[-trusted_proxies]
    try:
        address = ipaddress.ip_address(caller.partition("%")[0])
    except ValueError:
        return caller[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
