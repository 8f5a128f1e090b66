"""The title of a ticket that a chat message opened, from the desk's pattern."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Final

DEFAULT_PATTERN: Final = "{date} {time} - {address}"
MAX_LENGTH: Final = 500
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]*)\}")
PLACEHOLDERS: Final = frozenset({"date", "time", "address", "name"})


def unknown_placeholders(pattern: str) -> list[str]:
    """The placeholders of a pattern that do not exist, so that settings can refuse it."""
    return [name for name in _PLACEHOLDER.findall(pattern) if name not in PLACEHOLDERS]


def chat_title(pattern: str, at: datetime, zone: tzinfo, address: str, name: str) -> str:
    """The pattern filled in: `2025-02-27 22:21:33 - +393351032246` for the default one.

    `at` is the provider's time of the first message, shown in the desk's `zone`.
    """
    local = at.astimezone(zone)
    values = {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "address": address, "name": name}
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), pattern)[:MAX_LENGTH]
