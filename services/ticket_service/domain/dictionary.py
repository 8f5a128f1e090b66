"""The lists of values an administrator keeps for a ticket's fields: services, categories, priorities, …"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

JUSTIFICATION: Final = "justification"
CLOSED_LISTS: Final = (
    *("service", "category", "priority", "severity", "importance", "request_type", "operation"),
)
"""Names of dictionaries, which are names of the ticket's fields: a field takes a key of its list only."""
DICTIONARIES: Final = (*CLOSED_LISTS, JUSTIFICATION)
"""Justifications are suggestions: what is written on a ticket need not be one of them."""

KEY: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,49}\Z")
MAX_ENTRIES: Final = 500
_NOT_IN_KEYS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class DictionaryEntry:
    """One value: `key` stands on tickets and is for programs; the rest is for people.

    One that is not `active` stays on tickets that have it but cannot be chosen any more.
    """

    id: str
    dictionary: str
    key: str
    label: str
    description: str = ""
    color: str = "#6c757d"
    order: int = 0
    active: bool = True
    version: int = 0


def entry_id(dictionary: str, key: str) -> str:
    """The id of an entry, unique over all dictionaries."""
    return f"{dictionary}:{key}"


def entries_of(entries: Iterable[DictionaryEntry], dictionary: str) -> list[DictionaryEntry]:
    """One dictionary in its order."""
    found = [entry for entry in entries if entry.dictionary == dictionary]
    return sorted(found, key=lambda entry: (entry.order, entry.key))


def allowed(entries: Iterable[DictionaryEntry], dictionary: str) -> list[str]:
    """The keys that may be chosen, in their order."""
    return [entry.key for entry in entries_of(entries, dictionary) if entry.active]


def unknown_values(
    entries: Iterable[DictionaryEntry], wanted: Mapping[str, Any], current: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """(field, what is wrong and what may be used) of values that are in no dictionary.

    `wanted` are fields of a ticket (those without a dictionary, None and what is `current` pass).
    """
    entries = tuple(entries)
    found = []
    for name, value in wanted.items():
        if name not in CLOSED_LISTS or value is None or value == current.get(name):
            continue
        keys = allowed(entries, name)
        if value not in keys:
            choice = (
                f"Use one of: {', '.join(keys)}." if keys else "An administrator has to add values first."
            )
            found.append((name, f"There is no {name.replace('_', ' ')} {value!r}. {choice}"))
    return found


def key_of(label: str) -> str:
    """A key made of a text people wrote; empty where nothing of it can be in a key."""
    return _NOT_IN_KEYS.sub("_", label.lower()).strip("_")[:50]


def mentions(value: Any, dictionary: str, key: str) -> bool:
    """Whether a record (as plain values) names an entry: a rule or a policy that depends on it.

    It does where a mapping has the dictionary's name as a key beside that entry's key (or a list with it),
    or as a value beside it, as in `{"field": "priority", "values": ["high"]}`. What leads from one value `to`
    another names both.
    """
    if isinstance(value, Mapping):
        given = value.get(dictionary)
        if given == key or (isinstance(given, list | tuple) and key in given):
            return True
        if dictionary in value and value.get("to") == key:
            return True
        items = list(value.values())
        if dictionary in items and any(
            item == key or (isinstance(item, list | tuple) and key in item) for item in items
        ):
            return True
        return any(mentions(item, dictionary, key) for item in items)
    if isinstance(value, list | tuple):
        return any(mentions(item, dictionary, key) for item in value)
    return False


_RED: Final = "#d9534f"
_ORANGE: Final = "#f0ad4e"
_BLUE: Final = "#0d6efd"
_GREEN: Final = "#3c9d5c"
_GREY: Final = "#6c757d"

_LEVELS: Final = (("low", "Low", _GREY), ("medium", "Medium", _BLUE), ("high", "High", _ORANGE))
_FIRST: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "category": (
        ("question", "Question", _BLUE),
        ("suggestion", "Suggestion", _GREEN),
        ("problem", "Problem", _RED),
    ),
    "priority": (*_LEVELS, ("urgent", "Urgent", _RED)),
    "severity": (("minor", "Minor", _GREY), ("normal", "Normal", _BLUE), ("blocking", "Blocking", _RED)),
    "importance": _LEVELS,
    "request_type": (
        ("assistance", "Assistance", _BLUE),
        ("incident", "Incident", _RED),
        ("change", "Change", _ORANGE),
        ("commercial", "Commercial", _GREEN),
        ("other", "Other", _GREY),
    ),
}
FIRST_ENTRIES: Final = tuple(
    DictionaryEntry(entry_id(dictionary, key), dictionary, key, label, "", color, 10 * position)
    for dictionary, rows in _FIRST.items()
    for position, (key, label, color) in enumerate(rows, 1)
)
"""What a new desk starts with (S004 names categories and priorities); services are the company's own."""
