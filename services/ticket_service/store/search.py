"""The words by which a ticket is found: whole, indexed, matched by their beginnings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from services.ticket_service.domain.ticket import Ticket

_MAX_WORDS: Final = 60
_MAX_LENGTH: Final = 40
_MAX_TEXT: Final = 500
_LAST: Final = "\U0010ffff"
MAX_QUERY_WORDS: Final = 6


def search_words(ticket: Ticket) -> list[str]:
    """The words of its number, title and the beginning of its description, without their capitals."""
    text = " ".join(
        (ticket.number, ticket.title, *(line.text[:_MAX_TEXT] for line in ticket.description[:1]))
    )
    return list(_distinct_words(text))


@lru_cache(maxsize=2_000)
def _distinct_words(text: str) -> tuple[str, ...]:
    """A ticket is saved with each message it gets, and its words hardly ever change."""
    return tuple(dict.fromkeys(_words(text)))[:_MAX_WORDS]


def matching(query: str) -> dict[str, Any]:
    """The filter for tickets that have, for each word of the query, a word that begins with it."""
    words = [word for word in _plain(query).split() if word][:MAX_QUERY_WORDS]
    begins = [
        {"search": {"$elemMatch": {"$gte": word[:_MAX_LENGTH], "$lt": word[:_MAX_LENGTH] + _LAST}}}
        for word in words
    ]
    return {"$and": begins} if begins else {}


def _words(text: str) -> Iterator[str]:
    for word in _plain(text).split():
        yield word[:_MAX_LENGTH]
        bare = word.strip("\"'.,;:!?()[]{}<>+#*-–—¿¡«»")
        if bare and bare != word:
            yield bare[:_MAX_LENGTH]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
