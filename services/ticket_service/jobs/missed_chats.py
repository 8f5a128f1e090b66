"""Looks after live chats in which a message waits that is on no ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from services.ticket_service.act.missed_chats import patience, see_to
from services.ticket_service.acting import Desk
from services.ticket_service.domain.chat_offer import ChatOffer
from services.ticket_service.domain.chat_settings import MISSED, ChatSettings

AT_MOST: Final = 500
"""Conversations of one chat that one run looks at, those that wait for longest first."""


class WaitingChats(Protocol):
    """Where the job finds them. Every method raises Unavailable."""

    def missed(self, channel_id: str, before: datetime, limit: int) -> Sequence[str]:
        """Ids of conversations there with a message that waits, is not marked as missed, and now may be.

        It waits since that time at least, or its visitor has left since then.
        """
        ...


def open_missed(desk: Desk, chats: WaitingChats, now: datetime) -> int:
    """Open tickets for what was missed; how many conversations were seen to.

    A live chat whose offer was never told is online: nobody said that the desk is away. Each chat is looked
    after by itself, and only what has waited long enough is taken: where many wait patiently, nobody else's
    turn is theirs.
    """
    settings, done = desk.store.setting(ChatSettings), 0
    for channel_id, chosen in settings.channels.items():
        if chosen.tickets != MISSED:
            continue
        offer = desk.store.record(ChatOffer, channel_id)
        online = offer is None or offer.online
        before = now - patience(chosen, online=online)
        for conversation_id in chats.missed(channel_id, before, AT_MOST):
            done += see_to(desk, conversation_id, chosen, online)
    return done
