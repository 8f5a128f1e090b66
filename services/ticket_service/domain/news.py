"""What changed on the desk, as open pages are told: which things, and what of them, never what was said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TICKETS: Final = "tickets"
MESSAGES: Final = "messages"
CONVERSATIONS: Final = "conversations"
PRESENCE: Final = "presence"
TYPING: Final = "typing"
"""By the id of a conversation: its customer is writing at this moment."""
KINDS: Final = (TICKETS, MESSAGES, CONVERSATIONS, PRESENCE, TYPING)
MOST_THINGS: Final = 500
"""Told at once; a page that missed more is better read again."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing: how it is now (`facts`), and what of it changed."""

    facts: Mapping[str, Any]
    what: frozenset[str]


@dataclass(slots=True)
class News:
    """Things by kind and id. With `gap` nobody knows what else changed: what is shown must be read again."""

    things: dict[str, dict[str, Item]] = field(default_factory=dict)
    gap: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return self.gap or any(self.things.values())

    def add(self, kind: str, id_: str, facts: Mapping[str, Any], what: Collection[str]) -> None:
        """Note that a thing changed; the facts given last are how it is."""
        known = self.things.setdefault(kind, {})
        before = known.pop(id_, None)
        known[id_] = Item(facts, frozenset(what) | (before.what if before else frozenset()))
        if sum(map(len, self.things.values())) > MOST_THINGS:
            self.lose()

    def lose(self) -> None:
        """Note that something may have been missed."""
        self.gap = True
        self.things.clear()

    def merge(self, later: News) -> None:
        """Add what happened afterwards."""
        if self.gap or later.gap:
            self.lose()
            return
        for kind, items in later.things.items():
            for id_, item in items.items():
                if not self.gap:
                    self.add(kind, id_, item.facts, item.what)

    def wire(self) -> dict[str, Any]:
        """As a page reads it; a kind of which nothing changed is left out."""
        if self.gap:
            return {"gap": True}
        return {
            kind: [
                {"id": id_, **item.facts, "what": sorted(item.what)}
                for id_, item in self.things[kind].items()
            ]
            for kind in KINDS
            if self.things.get(kind)
        }
