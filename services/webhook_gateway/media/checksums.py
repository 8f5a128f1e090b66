"""A provider's SHA-256 as hex, whichever way it writes it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}\Z")
_BYTES: Final = 32


def as_hex(checksum: str) -> str:
    """Hex or base64 (Meta writes both, in answers and in webhooks) as hex; empty when it is neither."""
    if _HEX.match(checksum):
        return checksum.lower()
    try:
        raw = base64.b64decode(checksum, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == _BYTES else ""
