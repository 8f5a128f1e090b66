"""What the broker brings for live chats: lines, signs, offers, and persons to forget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from services.webhook_gateway.chat_ports import Chats, Offers
from shared.contracts.catalogue import decode
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.contact_erased import ContactErased
from shared.contracts.envelope import MalformedEvent, UnknownEventType
from shared.contracts.presence_requested import TYPING
from shared.messaging.message import Delivery, Poison

T = TypeVar("T")
TYPING_LASTS: Final = timedelta(seconds=10)
"""Who was writing longer ago than this may have stopped."""


class LineIntake:
    """A BatchHandler for `chat.posted`."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Keep all lines, in their order. Poison: no line. Unavailable: the database is away."""
        self._chats.post([_data(delivery, ChatPosted) for delivery in batch])


class SignIntake:
    """A BatchHandler for `chat.signalled`."""

    def __init__(self, chats: Chats, clock: Callable[[], datetime]) -> None:
        self._chats = chats
        self._clock = clock

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Keep what still matters. Poison: no sign. Unavailable: the database is away."""
        oldest = self._clock() - TYPING_LASTS
        signs = [_data(delivery, ChatSignalled) for delivery in batch]
        self._chats.signal([sign for sign in signs if sign.sign != TYPING or sign.at > oldest])


class OfferIntake:
    """A BatchHandler for `chat.offered`."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Keep the latest of each channel. Poison: no offer. Unavailable: the database is away."""
        latest: dict[str, ChatOffered] = {}
        for offer in (_data(delivery, ChatOffered) for delivery in batch):
            known = latest.get(offer.channel_id)
            if known is None or offer.revision > known.revision:
                latest[offer.channel_id] = offer
        self._offers.keep(list(latest.values()))


class ErasureIntake:
    """A BatchHandler for `contact.erased`."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    def __call__(self, batch: Sequence[Delivery]) -> None:
        """Forget these persons. Poison: nobody to forget. Unavailable: the database is away."""
        self._chats.forget([_data(delivery, ContactErased) for delivery in batch])


def _data(delivery: Delivery, expected: type[T]) -> T:
    try:
        event = decode(delivery.body)
    except (MalformedEvent, UnknownEventType) as error:
        raise Poison("malformed-event", str(error)) from error
    data: Any = event.data
    if not isinstance(data, expected):
        raise Poison("unexpected-event", f"{event.type} is not for this queue.")
    return data
