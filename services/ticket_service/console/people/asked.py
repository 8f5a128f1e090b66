"""What the address of a list of people asks for; what means nothing is left out, so that old links work."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import request

LONGEST_WORDS: Final = 200
LONGEST_CURSOR: Final = 4_000


def one_of(name: str, known: Collection[str], otherwise: str = "") -> str:
    """The value of the query that is one of those known, else `otherwise`."""
    value = request.args.get(name, "")
    return value if value in known else otherwise


def words() -> str:
    """What is searched for, cut at what the interface takes."""
    return request.args.get("q", "").strip()[:LONGEST_WORDS]


def cursor() -> str | None:
    """Where the page begins; None at the first one."""
    return request.args.get("cursor", "")[:LONGEST_CURSOR] or None
