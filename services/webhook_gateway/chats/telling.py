"""The desk hears who opened a chat and who left it: what it does not know is told until it is confirmed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from services.webhook_gateway.announce import SOURCE
from services.webhook_gateway.channels.webchat.settings import KIND
from services.webhook_gateway.chat_ports import Change, Guest, Presence
from services.webhook_gateway.domain.chat import chat_key, is_anonymous
from shared.contracts import visitor_acted
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.message_received import Identity, Sender
from shared.contracts.times import format_utc
from shared.contracts.visitor import Visitor
from shared.contracts.visitor_acted import CAME, LEFT, VisitorActed
from shared.messaging.message import BrokerUnavailable, Outgoing, Publisher, Unavailable, outgoing
from shared.runtime.stop import Stop

PAUSE_SECONDS: Final = 2.0
_AT_ONCE: Final = 200
_CONFIRM_SECONDS: Final = 10.0
_log = structlog.get_logger(__name__)


class PresenceTeller:
    """A thread of the worker. Several workers may tell the same twice, which is harmless."""

    def __init__(
        self, presence: Presence, publisher: Publisher, stop: Stop, clock: Callable[[], datetime]
    ) -> None:
        self._presence = presence
        self._publisher = publisher
        self._stop = stop
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait until it has ended; the stop must have been requested."""
        if self._thread.is_alive():
            self._thread.join()

    def tell(self) -> int:
        """Tell what the desk does not know; how many there were. Unavailable, BrokerUnavailable."""
        self._presence.sweep(self._clock())
        changes = self._presence.untold(_AT_ONCE)
        if changes:
            self._publisher.publish([_message(one) for one in changes], timeout=_CONFIRM_SECONDS)
            self._presence.told(changes)
        return len(changes)

    def _run(self) -> None:
        while not self._stop.requested:
            told = 0
            try:
                told = self.tell()
            except (Unavailable, BrokerUnavailable) as error:
                _log.warning("who is there is not told now", reason=str(error))
            except Exception:
                _log.exception("who is there is not told now")
            if told < _AT_ONCE:
                self._stop.wait(PAUSE_SECONDS)


def sender_of(guest: Guest) -> Sender:
    """The visitor as one who says something: known by this id, and by the ones they had before."""
    ids = [guest.visitor_id, *guest.former]
    return Sender([Identity(KIND, one, one) for one in ids], guest.name)


def _message(change: Change) -> Outgoing:
    guest, action = change.guest, CAME if change.there else LEFT
    key = chat_key(guest.channel_id, guest.visitor_id)
    data = VisitorActed(
        channel_id=guest.channel_id,
        channel_kind=KIND,
        contact_key=key,
        sender=sender_of(guest),
        action=action,
        at=change.since,
        visitor=Visitor(email=guest.email, verified=not is_anonymous(guest.visitor_id)),
    )
    event_id = f"{key}:{action}:{format_utc(change.since)}"
    return outgoing(Event(event_id, SOURCE, visitor_acted.TYPE, change.since, key, data, new_traceparent()))
