"""How a ticket's number looks: a prefix and a sequence, a plain integer, or a mask with parts of the date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PREFIX: Final = re.compile(r"^[A-Za-z0-9._-]{0,20}$")
"""Only what is safe in an address and in a file's name, since numbers appear in both."""

BY_PREFIX: Final = "prefix"
INTEGER: Final = "integer"
MASK: Final = "mask"
SCHEMES: Final = (BY_PREFIX, INTEGER, MASK)

NEVER: Final = "never"
YEARLY: Final = "yearly"
MONTHLY: Final = "monthly"
RESETS: Final = (NEVER, YEARLY, MONTHLY)

DEFAULT_PREFIX: Final = "TT"
DEFAULT_MASK: Final = "{yyyy}-{mm}-{seq:5}"
MAX_MASK: Final = 60
HIGHEST_START: Final = 1_000_000_000
SERIES: Final = "tickets"

_PART: Final = re.compile(r"\{([^{}]*)\}")
_SEQUENCE: Final = re.compile(r"^seq(?::([1-9]|1[0-2]))?$")
_LITERAL: Final = re.compile(r"^[A-Za-z0-9._-]*$")
_DATES: Final = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}


@dataclass(frozen=True, slots=True)
class Numbering:
    """The desk's scheme (S000: `TT24`, S004: plain integers, S002: "selon la configuration choisie").

    `reset` begins a mask's sequence anew each year or month, with `start`; the other schemes never begin
    anew. A higher `start` is reached at once, a lower one changes nothing that was begun.
    """

    id: str = "desk"
    scheme: str = BY_PREFIX
    prefix: str = DEFAULT_PREFIX
    mask: str = DEFAULT_MASK
    reset: str = NEVER
    start: int = 1
    version: int = 0


def series(numbering: Numbering, at_local: datetime) -> str:
    """Which sequence a ticket opened at that time (in the desk's zone) takes its number from."""
    if numbering.scheme != MASK or numbering.reset == NEVER:
        return SERIES
    return f"{SERIES}:{at_local:%Y}" if numbering.reset == YEARLY else f"{SERIES}:{at_local:%Y-%m}"


def number(numbering: Numbering, at_local: datetime, sequence: int) -> str:
    """The number as people see it, for a ticket opened at that time (in the desk's zone)."""
    if numbering.scheme == INTEGER:
        return str(sequence)
    if numbering.scheme == BY_PREFIX:
        return f"{numbering.prefix}{sequence}"
    return _PART.sub(lambda match: _part(match[1], at_local, sequence), numbering.mask)


def mistakes(numbering: Numbering) -> list[tuple[str, str]]:
    """(field, what is wrong and what helps) of settings that cannot give every ticket its own number."""
    found = []
    if numbering.scheme not in SCHEMES:
        found.append(("scheme", f"Use one of: {', '.join(SCHEMES)}."))
    if numbering.reset not in RESETS:
        found.append(("reset", f"Use one of: {', '.join(RESETS)}."))
    if not PREFIX.match(numbering.prefix) or numbering.prefix.endswith("\n"):
        found.append(("prefix", "Use at most 20 letters, digits and . _ -."))
    if not 1 <= numbering.start <= HIGHEST_START:
        found.append(("start", f"Must be from 1 to {HIGHEST_START}."))
    return found + [("mask", problem) for problem in _mask_mistakes(numbering.mask, numbering.reset)]


def _mask_mistakes(mask: str, reset: str) -> Iterator[str]:
    parts = _PART.findall(mask)
    unknown = [part for part in parts if part not in _DATES and not _SEQUENCE.match(part)]
    if len(mask) > MAX_MASK:
        yield f"Use at most {MAX_MASK} characters."
    if unknown:
        known = ", ".join(f"{{{part}}}" for part in (*_DATES, "seq", "seq:5"))
        yield f"There is no {{{unknown[0]}}}. Use these: {known}."
    if not _LITERAL.match(_PART.sub("", mask)) or mask.endswith("\n"):
        yield "Between the parts in braces use letters, digits and . _ - only."
    if sum(1 for part in parts if _SEQUENCE.match(part)) != 1:
        yield "Use {seq} (or {seq:5} for leading zeros) exactly once."
    dates = set(parts)
    if reset != NEVER and not dates & {"yyyy", "yy"}:
        yield "A sequence that begins anew needs {yyyy} or {yy}, or numbers would repeat."
    if reset == MONTHLY and "mm" not in dates:
        yield "A sequence that begins anew each month needs {mm}, or numbers would repeat."


def _part(name: str, at_local: datetime, sequence: int) -> str:
    found = _SEQUENCE.match(name)
    if found:
        return str(sequence).zfill(int(found[1] or 1))
    return at_local.strftime(_DATES[name])
