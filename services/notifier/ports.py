"""What the notifier's use cases need from outside: a store with transactions, and channels that send."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from services.notifier.domain.delivery import Delivery, Failure
from services.notifier.domain.outcome import Outcome
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.receipt import ProviderKey, Receipt
from shared.contracts.envelope import Event

T = TypeVar("T")


class DeliveryTransaction(Protocol):
    """Reads and writes that take effect together, or not at all."""

    def load(self, send_ids: Collection[str]) -> dict[str, Delivery]:
        """The deliveries that exist, by send id."""
        ...

    def load_by_provider_key(self, keys: Collection[ProviderKey]) -> dict[ProviderKey, Delivery]:
        """The deliveries the provider knows under these ids."""
        ...

    def insert(self, deliveries: Sequence[Delivery]) -> None:
        """Add new deliveries, each with the next `sequence`: their order here, and that of the commits."""
        ...

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """Replace existing deliveries."""
        ...

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox: they are published if and only if this transaction commits."""
        ...

    def park(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts whose message nobody knows yet; one per state, the earliest."""
        ...

    def adopt(self, key: ProviderKey) -> list[Receipt]:
        """From now on a delivery is known under this id: take out the receipts that waited for it."""
        ...

    def pause(self, channel_id: str) -> ChannelPause | None:
        """The channel's pause, ended or not."""
        ...

    def set_pause(self, channel_id: str, pause: ChannelPause | None) -> None:
        """Replace the channel's pause, or end it."""
        ...


class DeliveryStore(Protocol):
    """Where deliveries live. Every method raises `shared.messaging.message.Unavailable` when it is away."""

    def transact(self, work: Callable[[DeliveryTransaction], T]) -> T:
        """Run `work` in one transaction; it may run several times when others write the same documents."""
        ...

    def due_heads(self, channel_id: str, now: datetime, limit: int) -> list[Delivery]:
        """The first open delivery of each conversation of this channel, if due; oldest first."""
        ...

    def pauses(self) -> Mapping[str, ChannelPause]:
        """All pauses, by channel id."""
        ...


class ChannelSender(Protocol):
    """One configured channel that can send. Safe to call from many threads."""

    def send(self, delivery: Delivery) -> Outcome:
        """Hand one message to the provider; every trouble is an Outcome, none is raised."""
        ...

    def explain(self, failure: Failure) -> Failure:
        """A failure reported by a receipt, with what a person can do about it."""
        ...

    def close(self) -> None:
        """Close its connections; nothing is sent afterwards."""
        ...
