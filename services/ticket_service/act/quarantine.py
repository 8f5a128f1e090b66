"""What people decide on quarantined items, saved in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from services.ticket_service.acting import (
    AlreadyDecided,
    Desk,
    Frame,
    NotFound,
    NotReplayable,
    Remember,
    save_once,
    until_saved,
)
from services.ticket_service.domain.quarantine import DISCARDED, HELD, QuarantineDecision, QuarantineItem
from services.ticket_service.ports import Changes
from shared.messaging.message import Outgoing


def decide_quarantine(
    desk: Desk,
    find: Callable[[], tuple[QuarantineItem, str] | None],
    state: str,
    frame: Frame,
    remember: Remember[QuarantineDecision],
) -> QuarantineDecision:
    """Replay (publish the original bytes again) or discard a held item; the decision and its effect are one.

    `find` gives the item and its state. NotFound, AlreadyDecided, NotReplayable, TooBusy.
    """

    def attempt() -> QuarantineDecision:
        found = find()
        if found is None:
            raise NotFound("quarantined item")
        item, now_is = found
        if now_is != HELD:
            raise AlreadyDecided(now_is)
        decision = QuarantineDecision(item.id, state, desk.clock(), frame.actor.id or "")
        changes = Changes(quarantine_decisions=[decision])
        if state != DISCARDED:
            if item.replay is None:
                raise NotReplayable
            changes.outgoing.append(Outgoing(item.replay.exchange, item.replay.routing_key, item.replay.body))
        return save_once(desk, changes, decision, remember)

    return until_saved(attempt, frame)
