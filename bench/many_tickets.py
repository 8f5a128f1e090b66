"""Databases with very many tickets for measuring lists: made of one document, written before the indexes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo.database import Database

from bench.servers import Servers
from services.ticket_service.domain.history import CUSTOMER, DESK, Actor
from services.ticket_service.domain.message import COMMENT, IN, PUBLIC, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import message_document, ticket_document
from services.ticket_service.store.search import message_words, number_key
from shared.mongo.connect import Document

OPEN: Final = ("open", "waiting", "responded")
PRIORITIES: Final = ("low", "medium", "high", "urgent")
WORDS: Final = (
    *("invoice", "delivery", "boiler", "password", "contract", "delay", "refund", "thanks", "question"),
    *("order", "heating", "window", "warranty", "visit", "price"),
)

_AT_ONCE: Final = 5_000
_BEGAN: Final = datetime(2022, 1, 1, tzinfo=UTC)
_LASTED: Final = timedelta(days=1_000)
_AGENTS: Final = 40
_LEAST_OPEN: Final = 200
_TICKETS_OF_ONE: Final = 4
_SAID_ON: Final = 4
"""On each fourth ticket something more was said."""


def fill(servers: Servers, db: Database[Document], count: int) -> None:
    """Fill a desk's database with so many tickets, of which one in fifty is not closed."""
    db.client.drop_database(db.name)
    tickets, messages = db[names.TICKETS], db[names.MESSAGES]
    chunk: list[Document] = []
    for document in _tickets(count):
        chunk.append(document)
        if len(chunk) == _AT_ONCE:
            tickets.insert_many(chunk, ordered=False)
            chunk = []
    if chunk:
        tickets.insert_many(chunk, ordered=False)
    said = list(_messages(count))
    for start in range(0, len(said), _AT_ONCE):
        messages.insert_many(said[start : start + _AT_ONCE], ordered=False)
    servers.prepare_database(db.name)
    counted = [(f"status:{key}:0", count // 100) for key in (*OPEN, "closed")]
    db[names.COUNTERS].insert_many([{"_id": key, "n": n} for key, n in counted])


def _tickets(count: int) -> Iterator[Document]:
    """Documents as the desk saves them, made by changing one of them: a million take a minute."""
    chance = random.Random(7)
    base = ticket_document(_first())
    still_open = max(_LEAST_OPEN, count // 50)
    for position in range(count):
        created = created_at(position, count)
        closed = position < count - still_open
        title = f"{created:%Y-%m-%d %H:%M:%S} - {phone(position)}"
        yield {
            **base,
            "_id": id_of(position),
            "version": 1,
            "number": f"TT{position}",
            "number_key": number_key(f"TT{position}"),
            "sequence": position,
            "title": title,
            "status": "closed" if closed else OPEN[position % 3],
            "channel_id": f"channel-{position % 3}",
            "requester_id": customer(position),
            "created_at": created,
            "updated_at": created,
            "closed_at": created if closed else None,
            "assignee": agent(chance) if chance.random() < 0.8 else None,
            "group": f"team-{position % 8}",
            "priority": chance.choice(PRIORITIES),
            "category": f"category-{position % 6}",
            "organization": organization(position),
            "solution_forecast": created + timedelta(hours=chance.randrange(1, 90)),
            "search": message_words(f"TT{position} {title} {chance.choice(WORDS)}"),
        }


def _messages(count: int) -> Iterator[Document]:
    chance = random.Random(8)
    base = message_document(_said())
    for position in range(0, count, _SAID_ON):
        text = " ".join(chance.choices(WORDS, k=6))
        yield {
            **base,
            "_id": f"message-{position}",
            "ticket_id": id_of(position),
            "text": text,
            "words": message_words(text),
            "occurred_at": created_at(position, count),
        }


def _first() -> Ticket:
    return Ticket(
        id="",
        number="",
        sequence=0,
        title="",
        status="open",
        channel_id="channel-0",
        channel_kind="whatsapp_cloud",
        requester_id="",
        conversation_id=None,
        created_at=_BEGAN,
        updated_at=_BEGAN,
        created_by=DESK,
    )


def _said() -> Message:
    author = Actor(CUSTOMER, "customer", "Customer")
    return Message("", IN, PUBLIC, author, "text", "", _BEGAN, _BEGAN, part=COMMENT, number=1)


def created_at(position: int, count: int) -> datetime:
    """When the ticket of this position was made: evenly over the years, to the millisecond."""
    at = _BEGAN + _LASTED * (position / count)
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def id_of(position: int) -> str:
    """The id of the ticket of this position."""
    return f"ticket-{position:08d}"


def phone(position: int) -> str:
    """The number of its requester."""
    return f"+39335{position:07d}"


def customer(position: int) -> str:
    """The id of its requester."""
    return f"contact-{position // _TICKETS_OF_ONE}"


def organization(position: int) -> str:
    """The id of its organization."""
    return f"organization-{position // 50}"


def agent(chance: random.Random) -> str:
    """The id of any agent."""
    return f"agent-{chance.randrange(_AGENTS)}"
