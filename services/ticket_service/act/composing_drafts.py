"""Keeping what somebody is writing on a ticket; two windows of one person do not overwrite each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ticket_service.act.keeping import Check
from services.ticket_service.acting import Desk, Frame, NotFound, until_saved
from services.ticket_service.domain.composing import KEPT_FOR, Composing, nothing_written
from services.ticket_service.domain.message import Message
from services.ticket_service.ports import Changes


def composing_of(desk: Desk, number: str, user_id: str) -> Composing:
    """What the user is writing on the ticket; an empty one (version 0) where that is nothing. NotFound."""
    loaded = desk.store.load_ticket(number)
    if loaded is None or loaded.ticket.deleted_at is not None:
        raise NotFound("ticket")
    ticket_id = loaded.ticket.id
    # After a merge the ticket may have two of them: the one that came with the other ticket is older news.
    found = desk.store.records(Composing, {"ticket_id": ticket_id, "user_id": user_id})
    latest = max(found, key=lambda each: each.updated_at, default=None)
    return latest or nothing_written(ticket_id, user_id, desk.clock())


def keep_composing(
    desk: Desk,
    number: str,
    user_id: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    unchanged: Check[Composing],
) -> Composing:
    """Keep what is written now; `unchanged` raises when another window was faster. NotFound, TooBusy."""

    def attempt() -> Composing:
        composing = composing_of(desk, number, user_id)
        unchanged(composing)
        for name, value in wanted.items():
            setattr(composing, name, value)
        composing.updated_at = desk.clock()
        composing.expires_at = composing.updated_at + KEPT_FOR
        changes = Changes()
        changes.touch(composing)
        desk.save(changes)
        return composing_of(desk, number, user_id)

    return until_saved(attempt, frame)


def drop_composing(desk: Desk, number: str, user_id: str, frame: Frame, unchanged: Check[Composing]) -> None:
    """Forget it: it was sent, or is not wanted any more. NotFound, TooBusy."""

    def attempt() -> None:
        composing = composing_of(desk, number, user_id)
        unchanged(composing)
        if composing.version:
            changes = Changes()
            changes.remove(composing)
            desk.save(changes)

    until_saved(attempt, frame)


def forget_sent(desk: Desk, changes: Changes, message: Message) -> None:
    """What was sent is not being written any more; what its author wrote on since stays."""
    if message.ticket_id is None or message.author.id is None:
        return
    theirs = {"ticket_id": message.ticket_id, "user_id": message.author.id}
    for composing in desk.store.records(Composing, theirs):
        if composing.holds(message):
            changes.remove(composing)
