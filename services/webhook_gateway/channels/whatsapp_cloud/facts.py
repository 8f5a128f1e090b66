"""Small values taken out of a provider's JSON: of the right type, bounded, fit for any database."""

from __future__ import annotations

from typing import Any, Final

LONGEST_ID: Final = 500
LONGEST_TEXT: Final = 100_000
LONGEST_FACT: Final = 5_000


def facts(source: Any, *names: str) -> dict[str, Any]:
    """The named simple values: texts cut to a sensible length, numbers that fit a database."""
    if type(source) is not dict:
        return {}
    found: dict[str, Any] = {}
    for name in names:
        value = source.get(name)
        if type(value) is str:
            found[name] = value[:LONGEST_FACT]
        elif type(value) in (bool, float) or (type(value) is int and -(2**63) <= value < 2**63):
            found[name] = value
    return found


def text_of(source: Any, *names: str, longest: int = LONGEST_TEXT) -> str:
    """The first of the named values that is a text with something in it, cut; else the empty text."""
    if type(source) is dict:
        for name in names:
            value = source.get(name)
            if type(value) is str and value:
                return value[:longest]
    return ""


def id_of(source: Any, name: str) -> str | None:
    """The named value if it can be a provider's id."""
    value = source.get(name) if type(source) is dict else None
    return value if type(value) is str and 0 < len(value) <= LONGEST_ID else None


def objects(value: Any, most: int) -> list[dict[str, Any]]:
    """The first objects of a list; nothing when it is none."""
    return [one for one in value[:most] if type(one) is dict] if type(value) is list else []
