"""The delivery store's in-memory twin: one lock, all or nothing, the same answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifier.domain.delivery import Delivery
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.rate import Grant, PairBucket, RateLimit, Turn, grant
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.ports import T
from shared.contracts.catalogue import encode
from shared.contracts.envelope import Event
from shared.messaging.message import Unavailable
from shared.runtime.clock import utc_now


@dataclass(slots=True)
class _State:
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    waiting: dict[ProviderKey, dict[str, Receipt]] = field(default_factory=dict)
    pauses: dict[str, ChannelPause] = field(default_factory=dict)
    pairs: dict[tuple[str, str], PairBucket] = field(default_factory=dict)
    last_sequence: int = 0
    closed: set[str] = field(default_factory=set)

    def copy(self) -> _State:
        return _State(
            dict(self.deliveries),
            list(self.events),
            {key: dict(receipts) for key, receipts in self.waiting.items()},
            dict(self.pauses),
            dict(self.pairs),
            self.last_sequence,
            set(self.closed),
        )


class MemoryDeliveryStore:
    """Transactions one after the other, on a copy that replaces the state when they commit."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        """`clock` tells when turns are taken."""
        self._state = _State()
        self._turns: dict[str, tuple[Grant, ...]] = {}
        self._clock = clock
        self._lock = threading.RLock()
        self._away = 0

    def transact(self, work: Callable[[MemoryDeliveryTransaction], T]) -> T:
        """Run `work`; what it wrote counts only when it returns."""
        with self._lock:
            self._check()
            state = self._state.copy()
            result = work(MemoryDeliveryTransaction(state))
            self._state = state
            return result

    def due_heads(self, channel_id: str, now: datetime, limit: int) -> list[Delivery]:
        """The first open delivery of each conversation, if due; oldest first."""
        with self._lock:
            self._check()
            heads: dict[str, Delivery] = {}
            for delivery in sorted(self._state.deliveries.values(), key=lambda one: one.sequence):
                if delivery.channel_id == channel_id and delivery.open:
                    heads.setdefault(delivery.conversation_id, delivery)
            return [head for head in heads.values() if head.due_at <= now][:limit]

    def pauses(self) -> Mapping[str, ChannelPause]:
        """All pauses, by channel id."""
        with self._lock:
            self._check()
            return dict(self._state.pauses)

    def take_turn(self, channel_id: str, limit: RateLimit, wanted: int) -> Turn:
        """How many of `wanted` messages may leave now."""
        with self._lock:
            self._check()
            turn, counting = grant(self._turns.get(channel_id, ()), limit, wanted, self._clock())
            self._turns[channel_id] = counting
            return turn

    def fail(self, times: int) -> None:
        """Be away for the next calls."""
        with self._lock:
            self._away = times

    def delivery(self, send_id: str) -> Delivery:
        """A delivery as it is now."""
        with self._lock:
            return self._state.deliveries[send_id]

    def deliveries(self) -> list[Delivery]:
        """All deliveries, in sequence."""
        with self._lock:
            return sorted(self._state.deliveries.values(), key=lambda one: one.sequence)

    def events(self) -> list[Event]:
        """All that was announced, in order."""
        with self._lock:
            return list(self._state.events)

    def _check(self) -> None:
        if self._away:
            self._away -= 1
            raise Unavailable("told to be away")


class MemoryDeliveryTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def load(self, send_ids: Collection[str]) -> dict[str, Delivery]:
        """The deliveries that exist, by send id."""
        known = self._state.deliveries
        return {send_id: known[send_id] for send_id in send_ids if send_id in known}

    def load_by_provider_key(self, keys: Collection[ProviderKey]) -> dict[ProviderKey, Delivery]:
        """The deliveries the provider knows under these ids."""
        found = {}
        for delivery in self._state.deliveries.values():
            if delivery.provider_message_id is not None:
                key = ProviderKey(delivery.channel_id, delivery.provider_message_id)
                if key in keys:
                    found[key] = delivery
        return found

    def messages(self, message_ids: Collection[str]) -> dict[str, list[Delivery]]:
        """All deliveries of these messages."""
        found: dict[str, list[Delivery]] = {}
        for delivery in self._state.deliveries.values():
            if delivery.message_id in message_ids:
                found.setdefault(delivery.message_id, []).append(delivery)
        return found

    def insert(self, deliveries: Sequence[Delivery]) -> None:
        """Add new deliveries, each with the next sequence."""
        for delivery in deliveries:
            assert delivery.send_id not in self._state.deliveries, "inserted twice"
            self._state.last_sequence += 1
            numbered = replace(delivery, sequence=self._state.last_sequence)
            self._state.deliveries[delivery.send_id] = numbered

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """Replace existing deliveries."""
        for delivery in deliveries:
            assert delivery.send_id in self._state.deliveries, "saved before inserted"
            self._state.deliveries[delivery.send_id] = delivery

    def close(self, conversation_ids: Collection[str]) -> None:
        """Nothing is sent in these conversations any more."""
        self._state.closed |= set(conversation_ids)

    def closed(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations in which nothing is sent any more."""
        return self._state.closed & set(conversation_ids)

    def telling(self, conversation_ids: Collection[str], limit: int) -> list[Delivery]:
        """Deliveries of these conversations that still say whom they are for."""
        deliveries = self._state.deliveries.values()
        found = [
            one for one in deliveries if one.conversation_id in conversation_ids and one.recipient.address
        ]
        return found[:limit]

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox; like the real one it takes only what fulfils its contract."""
        for event in events:
            encode(event)
        self._state.events.extend(events)

    def park(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts whose message nobody knows yet; one per state, the earliest."""
        for receipt in receipts:
            kept = self._state.waiting.setdefault(receipt.key, {})
            known = kept.get(receipt.state)
            if known is None or receipt.at < known.at:
                kept[receipt.state] = receipt

    def adopt(self, key: ProviderKey) -> list[Receipt]:
        """Take out what waits for this id."""
        return list(self._state.waiting.pop(key, {}).values())

    def pause(self, channel_id: str) -> ChannelPause | None:
        """The channel's pause, ended or not."""
        return self._state.pauses.get(channel_id)

    def set_pause(self, channel_id: str, pause: ChannelPause | None) -> None:
        """Replace the channel's pause, or end it."""
        if pause is None:
            self._state.pauses.pop(channel_id, None)
        else:
            self._state.pauses[channel_id] = pause

    def pair(self, channel_id: str, address: str) -> PairBucket | None:
        """What is left of a customer's bucket."""
        return self._state.pairs.get((channel_id, address))

    def set_pair(self, channel_id: str, address: str, bucket: PairBucket, full_at: datetime) -> None:
        """Keep a customer's bucket."""
        self._state.pairs[channel_id, address] = bucket
