"""Merging and purging in the memory store: what store/moving.py does on MongoDB."""

from __future__ import annotations

from typing import Any

from services.ticket_service.domain.contact_merge import TalkMove
from services.ticket_service.domain.merge import TicketMove
from services.ticket_service.domain.tombstone import Purge
from services.ticket_service.ports import Conflict
from services.ticket_service.store.moving import OF_TALK, OF_TICKET

Collections = dict[str, dict[str, dict[str, Any]]]


def move_ticket(after: Collections, move: TicketMove) -> None:
    """Let everything of one ticket be another's."""
    for name in ("messages", "attachments", *OF_TICKET):
        for document in after[name].values():
            if document["ticket_id"] != move.from_ticket:
                continue
            document |= {"ticket_id": move.to_ticket, "version": document["version"] + 1}
            if document["_id"] in move.described:
                document |= {"part": "comment", "number": move.described[document["_id"]]}
            elif document.get("number") is not None:
                document["number"] += move.shift


def move_talk(after: Collections, talk: TalkMove) -> None:
    """Let what was said in one conversation be another's, or give back what came from there."""
    for document in [each for name in ("messages", *OF_TALK) for each in after[name].values()]:
        if document["conversation_id"] != talk.from_conversation:
            continue
        theirs = document.get("joined_from") == talk.to_conversation or document["ticket_id"] in talk.tickets
        if talk.back and not theirs:
            continue
        document |= {"conversation_id": talk.to_conversation, "version": document["version"] + 1}
        document["joined_from"] = None if talk.back else talk.from_conversation


def purge_ticket(after: Collections, purge: Purge) -> None:
    """Delete the ticket and all that is its own; its messages leave tombstones."""
    ticket = after["tickets"].pop(purge.ticket.id, None)
    if ticket is None or ticket["version"] != purge.ticket.version:
        raise Conflict("the ticket changed since it was loaded")
    for message_id in purge.messages:
        after["tombstones"][message_id] = {"_id": message_id, "at": purge.at, "version": 1}
    for name in ("messages", "attachments", "history", *OF_TICKET):
        for key in [key for key, each in after[name].items() if each["ticket_id"] == purge.ticket.id]:
            del after[name][key]
