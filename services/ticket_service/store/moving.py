"""Everything that belongs to a ticket goes over to another one, or goes for good, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pymongo import UpdateMany, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.ticket_service.domain.contact_merge import TalkMove
from services.ticket_service.domain.merge import TicketMove
from services.ticket_service.domain.message import COMMENT, DESCRIPTION
from services.ticket_service.domain.tombstone import Purge, Tombstone
from services.ticket_service.ports import Conflict
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import Document
from services.ticket_service.store.kinds import KINDS, kind_of

OF_TICKET: Final = tuple(kind.collection for kind in KINDS.values() if kind.of_ticket)
OF_TALK: Final = tuple(kind.collection for kind in KINDS.values() if kind.of_talk)
_NEXT_VERSION: Final = {"$add": ["$version", 1]}


def run_move(db: Database[Document], move: TicketMove, session: ClientSession) -> None:
    """Move what is said, brought and worked. Conflict when the description is not as it was loaded.

    Every version grows: who loaded something of it before has to decide again.
    """
    described = [_described(move, message_id, number) for message_id, number in move.described.items()]
    if described:
        answer = db[names.MESSAGES].bulk_write(described, session=session)
        if answer.matched_count != len(described):
            raise Conflict("the description changed since it was loaded")
    for name, command in _moved(move):
        db[name].bulk_write([command], session=session)


def run_talk(db: Database[Document], talk: TalkMove, session: ClientSession) -> None:
    """Move what was said, and came in, between conversations; `joined_from` tells what came from where."""
    here: Document = {"conversation_id": talk.from_conversation}
    there: Document = {"conversation_id": talk.to_conversation}
    if talk.back:
        theirs = [{"joined_from": talk.to_conversation}, {"ticket_id": {"$in": list(talk.tickets)}}]
        here["$or"], change = theirs, {"$set": there, "$unset": {"joined_from": ""}}
    else:
        change = {"$set": {**there, "joined_from": talk.from_conversation}}
    for name in (names.MESSAGES, *OF_TALK):
        db[name].update_many(here, {**change, "$inc": {"version": 1}}, session=session)


def run_purge(db: Database[Document], purge: Purge, session: ClientSession) -> None:
    """Delete the ticket and what is its own; its messages leave tombstones. Conflict when it changed."""
    ticket = purge.ticket
    here = {"_id": ticket.id, "version": ticket.version}
    if not db[names.TICKETS].delete_one(here, session=session).deleted_count:
        raise Conflict("the ticket changed since it was loaded")
    if purge.messages:
        stones = [{"_id": each, "at": purge.at, "version": 1} for each in purge.messages]
        db[kind_of(Tombstone).collection].insert_many(stones, ordered=False, session=session)
    for name in (names.MESSAGES, names.ATTACHMENTS, names.HISTORY, *OF_TICKET):
        db[name].delete_many({"ticket_id": ticket.id}, session=session)


def _described(move: TicketMove, message_id: str, number: int) -> UpdateOne:
    return UpdateOne(
        {"_id": message_id, "ticket_id": move.from_ticket},
        {
            "$set": {"ticket_id": move.to_ticket, "part": COMMENT, "number": number},
            "$inc": {"version": 1},
        },
    )


def _moved(move: TicketMove) -> Iterator[tuple[str, UpdateMany]]:
    here, there = {"ticket_id": move.from_ticket}, {"$literal": move.to_ticket}
    both: Document = {"ticket_id": there, "version": _NEXT_VERSION}
    # What is no comment has no number, and null plus anything is null.
    numbered: Document = {**both, "number": {"$add": ["$number", move.shift]}}
    yield names.MESSAGES, UpdateMany({**here, "part": {"$ne": DESCRIPTION}}, [{"$set": numbered}])
    for name in (names.ATTACHMENTS, *OF_TICKET):
        yield name, UpdateMany(here, [{"$set": both}])
