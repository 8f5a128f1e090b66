"""What Meta gets as an answer: its challenge when it checks the address, a bare 200 when all is safe."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Final

_LONGEST_CHALLENGE: Final = 200


def challenge(query: Mapping[str, str], verify_tokens: Iterable[bytes]) -> str | None:
    """The text to send back when `hub.verify_token` is one of ours, else None.

    All tokens are compared, each in constant time. Source: Meta, "Create a webhook endpoint", verification
    requests (`hub.mode`, `hub.verify_token`, `hub.challenge`).
    """
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    known = False
    for token in verify_tokens:
        known |= hmac.compare_digest(token, given)
    text = query.get("hub.challenge", "")
    if not known or query.get("hub.mode") != "subscribe" or not 0 < len(text) <= _LONGEST_CHALLENGE:
        return None
    return text
