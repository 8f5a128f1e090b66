"""Looks after live chats in which a message waits that is on no ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from services.ticket_service.act.missed_chats import see_to
from services.ticket_service.acting import Desk
from services.ticket_service.domain.chat_offer import ChatOffer
from services.ticket_service.domain.chat_settings import MISSED, ChatSettings

AT_MOST: Final = 500
"""Conversations that one run looks at, those that wait for longest first."""


class WaitingChats(Protocol):
    """Where the job finds them. Every method raises Unavailable."""

    def waiting(self, channel_ids: Sequence[str], limit: int) -> Sequence[tuple[str, str]]:
        """(its id, its channel's) of conversations there with a message that waits and was not missed."""
        ...


def open_missed(desk: Desk, chats: WaitingChats, now: datetime) -> int:
    """Open tickets for what was missed; how many conversations were seen to.

    A live chat whose offer was never told is online: nobody said that the desk is away.
    """
    settings = desk.store.setting(ChatSettings)
    concerned = [channel_id for channel_id, each in settings.channels.items() if each.tickets == MISSED]
    if not concerned:
        return 0
    offers = {each: desk.store.record(ChatOffer, each) for each in concerned}
    online = {channel_id for channel_id, offer in offers.items() if offer is None or offer.online}
    return sum(
        see_to(desk, conversation_id, settings.of(channel_id), channel_id in online)
        for conversation_id, channel_id in chats.waiting(concerned, AT_MOST)
    )
