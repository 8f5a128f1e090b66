"""Finds what may be the desk's own tokens in a mail: behind the plus of an address, in the ids it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

MAX_TOKENS: Final = 20
_LONGEST_READ: Final = 20_000
_SHAPE: Final = r"([a-z0-9]{1,40}-[a-z2-7]{12})"
_BEHIND_PLUS: Final = re.compile(rf"\+{_SHAPE}@", re.IGNORECASE)
_IN_ID: Final = re.compile(rf"\.{_SHAPE}@", re.IGNORECASE)


def tokens_in(addressed: Iterable[str], ids: Iterable[str]) -> list[str]:
    """Return the tokens that may lead to a ticket, in lower case, the nearest first, each once, at most 20.

    `addressed`: addresses the mail went to, or whole headers with them (To, Cc, Delivered-To,
    X-Original-To, Envelope-To). `ids`: the Message-IDs it answers, the nearest first. Nothing is verified
    here: who made the tokens (the ticket service) checks their signature.
    """
    found: dict[str, None] = {}
    for pattern, texts in ((_BEHIND_PLUS, addressed), (_IN_ID, ids)):
        for text in texts:
            found.update((hit[1].lower(), None) for hit in pattern.finditer(text[:_LONGEST_READ]))
    return list(islice(found, MAX_TOKENS))
