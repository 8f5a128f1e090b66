"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562)."""

from __future__ import annotations

import secrets
import threading
import time
from typing import Final

_COUNTER_BITS: Final = 12
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A UUIDv7 as text; those of one process sort in the order they were made.

    Unix milliseconds and a counter of 12 bits (RFC 9562, 6.2, method 1; a full counter borrows from the next
    millisecond), then 62 random bits.
    """
    global _last
    now = (time.time_ns() // 1_000_000) << _COUNTER_BITS
    with _lock:
        _last = now if now > _last else _last + 1
        ticks = _last
    value = (ticks >> _COUNTER_BITS) << 80 | 0x7 << 76 | (ticks & (2**_COUNTER_BITS - 1)) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
