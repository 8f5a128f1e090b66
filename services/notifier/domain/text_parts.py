"""A text too long for one message, cut where a reader pauses: paragraphs, lines, sentences, words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ENDS: Final = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.!?…。！？]\s", r"\s"))
_JOINERS: Final = "\u200d\ufe0e\ufe0f\u20e3"


def text_parts(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` characters each, in order; only white space at the cuts is lost.

    A character beyond the basic plane (an emoji) counts twice, because some providers count so. A piece is
    cut at the best pause of its second half; without any, between two characters that stand for themselves.
    """
    parts = []
    rest = text.strip()
    while _length(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def fits(text: str, limit: int) -> bool:
    """Whether it needs no cut."""
    return _length(text) <= limit


def _length(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _fitting(text: str, limit: int) -> int:
    """How many of the first characters fit."""
    used = 0
    for position, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > limit:
            return position
    return len(text)


def _cut(text: str, most: int) -> int:
    """Where to cut, 1 to `most`."""
    for end in _ENDS:
        found = [match.end() for match in end.finditer(text, most // 2, most)]
        if found:
            return found[-1]
    for position in range(most, max(most - 50, 1), -1):
        if not _belongs_to_the_one_before(text, position):
            return position
    return most


def _belongs_to_the_one_before(text: str, position: int) -> bool:
    character, before = text[position], text[position - 1]
    return (
        unicodedata.combining(character) > 0
        or character in _JOINERS
        or before == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or ("\U0001f1e6" <= character <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")  # flags
    )
