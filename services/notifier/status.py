"""Receipts: merged into their delivery by the lattice, or kept until their delivery is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.notifier.announce import Teller
from services.notifier.domain.delivery import DONE, Delivery, Failure
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.ports import ChannelSender, DeliveryTransaction
from shared.contracts.delivery_state import FAILED, merge_times

NO_REASON: Final = Failure("no-reason", "The provider reported a failure without a reason")


def merged(delivery: Delivery, receipts: Iterable[Receipt]) -> Delivery:
    """The delivery after these receipts, the same in whatever order and number they come.

    Any receipt means that the provider has the message: nothing is left to send. Of several failures the
    earliest one tells the reason.
    """
    for receipt in receipts:
        delivery = replace(
            delivery,
            stage=DONE,
            claim="",
            times=merge_times(delivery.times, {receipt.state: receipt.at}),
            provider_message_id=delivery.provider_message_id or receipt.key.message_id,
            failure=_earliest_failure(delivery, receipt),
        )
    return delivery


def _earliest_failure(delivery: Delivery, receipt: Receipt) -> Failure | None:
    known, known_at = delivery.failure, delivery.times.get(FAILED)
    if receipt.state != FAILED:
        return known
    reported = receipt.failure or NO_REASON
    if known is None or known_at is None:
        return reported
    return known if (known_at, known.code) <= (receipt.at, reported.code) else reported


class StatusKeeper:
    """Applies receipts inside the caller's transaction."""

    def __init__(self, senders: Mapping[str, ChannelSender], teller: Teller) -> None:
        self._senders = senders
        self._teller = teller

    def apply(self, transaction: DeliveryTransaction, receipts: Sequence[Receipt]) -> None:
        """Merge each receipt into its delivery, found by our id or the provider's; park those without one.

        Only what changes a delivery is saved and announced: a receipt that comes again has no effect.
        """
        deliveries = _Deliveries(transaction, receipts)
        causes: dict[str, str] = {}
        unknown: list[Receipt] = []
        # Those that carry our id go first: they tell which delivery a provider's id belongs to.
        for receipt in sorted(map(self._explained, receipts), key=lambda receipt: receipt.send_id is None):
            found = deliveries.of(receipt)
            if found is None:
                unknown.append(receipt)
            else:
                deliveries.put(merged(found, [receipt]))
                causes[found.message_id] = receipt.event_id
        changed = [self._with_parked(transaction, *pair) for pair in deliveries.changed()]
        messages = transaction.messages({delivery.message_id for delivery in changed})
        self._teller.keep(transaction, messages, changed, causes)
        transaction.park(unknown)

    def _with_parked(self, transaction: DeliveryTransaction, before: Delivery, after: Delivery) -> Delivery:
        if before.provider_message_id is not None or after.provider_message_id is None:
            return after
        return merged(after, transaction.adopt(ProviderKey(after.channel_id, after.provider_message_id)))

    def _explained(self, receipt: Receipt) -> Receipt:
        sender = self._senders.get(receipt.key.channel_id)
        if receipt.failure is None or sender is None:
            return receipt
        return replace(receipt, failure=sender.explain(receipt.failure))


class _Deliveries:
    """The deliveries that some receipts may belong to, as they were and as they are now."""

    def __init__(self, transaction: DeliveryTransaction, receipts: Sequence[Receipt]) -> None:
        self._before = transaction.load({receipt.send_id for receipt in receipts if receipt.send_id})
        self._ids: dict[ProviderKey, str] = {}
        for key, delivery in transaction.load_by_provider_key({receipt.key for receipt in receipts}).items():
            self._before[delivery.send_id] = delivery
            self._ids[key] = delivery.send_id
        self._now = dict(self._before)

    def of(self, receipt: Receipt) -> Delivery | None:
        """The delivery meant; another channel's receipt never touches it, whatever id it carries."""
        found = self._now.get(receipt.send_id or "")
        if found is not None and found.channel_id == receipt.key.channel_id:
            return found
        return self._now.get(self._ids.get(receipt.key, ""))

    def put(self, delivery: Delivery) -> None:
        """Remember its new state, and the provider's id it may have gained."""
        self._now[delivery.send_id] = delivery
        if delivery.provider_message_id is not None:
            key = ProviderKey(delivery.channel_id, delivery.provider_message_id)
            self._ids.setdefault(key, delivery.send_id)

    def changed(self) -> list[tuple[Delivery, Delivery]]:
        """(before, after) of each delivery that is not what it was."""
        return [
            (before, self._now[send_id])
            for send_id, before in self._before.items()
            if self._now[send_id] != before
        ]
