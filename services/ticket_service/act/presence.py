"""Showing the customer that somebody has read, or is writing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.acting import Desk, Frame, Remember, keep_answer, save_once, until_saved
from services.ticket_service.announce_requests import presence_requested_for
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.ports import Changes
from shared.contracts.presence_requested import TYPING

TYPING_EVERY: Final = timedelta(seconds=5)
_REMEMBERED: Final = 10_000


class Throttle:
    """What this process asked for last: pages report each keystroke, customers need no more than one a while.

    Safe to use from many threads; forgets the conversations that nobody looked at for longest.
    """

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str], tuple[str, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def lets_pass(self, conversation_id: str, sign: str, provider_message_id: str, now: datetime) -> bool:
        """Whether to ask for the sign: `read` once per message, `typing` once in TYPING_EVERY."""
        key = (conversation_id, sign)
        with self._lock:
            message, at = self._last.get(key, ("", now))
            if message and sign == TYPING and now - at < TYPING_EVERY:
                return False
            if message == provider_message_id and sign != TYPING:
                return False
            self._last[key] = (provider_message_id, now)
            self._last.move_to_end(key)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
            return True


def show(
    desk: Desk,
    conversation: Conversation,
    latest: Callable[[str], str | None],
    sign: str,
    throttle: Throttle,
    frame: Frame,
    remember: Remember[bool],
) -> bool:
    """Ask for the sign; False when there is nothing to show it on, or it was shown just now. TooBusy.

    `latest` gives the provider's id of the last message that the customer wrote in a conversation.
    """
    event_id, now = desk.new_id(), desk.clock()
    frame.before_try()
    message_id = latest(conversation.id) if conversation.recipient.kind else None
    if message_id is None or not throttle.lets_pass(conversation.id, sign, message_id, now):
        return keep_answer(desk, False, frame, remember)

    def attempt() -> bool:
        author = frame.actor.name
        event = presence_requested_for(conversation, message_id, sign, author, event_id, now, frame.cause)
        return save_once(desk, Changes(events=[event]), True, remember)

    return until_saved(attempt, frame)
