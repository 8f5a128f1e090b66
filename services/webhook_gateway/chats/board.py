"""What each channel offers now: read once, then kept up to date by the news."""

from __future__ import annotations

from services.webhook_gateway.chat_ports import Offered, Offers
from shared.contracts.chat_offered import ChatOffered
from shared.messaging.message import Unavailable


class Board:
    """For one process that follows the news."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers
        self._known: dict[str, ChatOffered] = {}

    def hear(self, news: Offered | None) -> None:
        """An offer that was made; None: some may have been missed."""
        if news is None:
            self._known.clear()
        else:
            self._learn(news.offer)

    def current(self, channel_id: str) -> ChatOffered:
        """The latest offer; the usual one while the desk has made none, or nobody can say."""
        if channel_id not in self._known:
            try:
                found = self._offers.get(channel_id)
            except Unavailable:
                return ChatOffered(channel_id, 0)
            self._learn(found or ChatOffered(channel_id, 0))
        return self._known[channel_id]

    def _learn(self, offer: ChatOffered) -> None:
        known = self._known.get(offer.channel_id)
        # While the database answered, later news may have come.
        if known is None or offer.revision >= known.revision:
            self._known[offer.channel_id] = offer
