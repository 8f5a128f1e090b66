"""Whom a note names: `@anna`, `@anna@example.org` or `@AnnaRossi`, as people type it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

MOST_MENTIONS: Final = 50
"""In one note; what follows is text."""
_MENTION: Final = re.compile(r"(?<![\w@.+-])@([\w.+-]{1,100}(?:@[\w.-]{1,250})?)")


def mentioned(text: str, handles: Mapping[str, str]) -> list[str]:
    """The ids of those the text names, in order, each once; `handles` are all names in use (see handles_of).

    A name that nobody has, or that two people share, is text like any other.
    """
    found: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        known = handles.get(match[1].casefold().rstrip(".-")) or handles.get(match[1].casefold())
        if known is not None:
            found[known] = None
        if len(found) == MOST_MENTIONS:
            break
    return list(found)


def handles_of(people: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Each name by which one person can be called, with that person's id. People are (id, e-mail, name).

    Called by: the e-mail address, what stands before its @, and the name written as one word. What would fit
    several people fits nobody, but an address is always its owner's.
    """
    known = list(people)
    addresses = {email.casefold(): id_ for id_, email, _ in known}
    short: dict[str, set[str]] = {}
    for id_, email, name in known:
        for handle in (email.partition("@")[0], "".join(name.split())):
            short.setdefault(handle.casefold(), set()).add(id_)
    alone = {handle: next(iter(ids)) for handle, ids in short.items() if handle and len(ids) == 1}
    return alone | addresses
