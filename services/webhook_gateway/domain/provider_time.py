"""Which of a provider's times can be believed: order, reply window and SLAs follow them."""

from __future__ import annotations

from typing import Final

EARLIEST: Final = 1_230_768_000
"""1 January 2009: WhatsApp did not exist before, so no message can be older."""

TOLERANCE: Final = 60
"""Seconds by which two honest clocks may differ; a time further ahead than this is not true."""


def provider_seconds(value: object, received: float) -> int | None:
    """A provider's Unix time (seconds, number or text) as whole seconds; None when it cannot be believed.

    Missing, not a number, before WhatsApp existed or ahead of `received` (Unix seconds, our clock): the
    caller then uses the time of arrival. An old time is believed: providers repeat webhooks for days.
    """
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit() or len(value) > 12:
            return None
        seconds = int(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not EARLIEST <= value <= received + TOLERANCE:
            return None
        seconds = int(value)
    else:
        return None
    return seconds if EARLIEST <= seconds <= received + TOLERANCE else None
