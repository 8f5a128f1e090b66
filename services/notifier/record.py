"""What the answer to one try changes: the delivery, its message, and whether its channel may go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.notifier.announce import Health, Teller
from services.notifier.domain.delivery import DONE, SENDING, Delivery, Failure
from services.notifier.domain.message import FAILED
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.pause import prolonged
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.domain.retry import RetryLimits, put_off
from services.notifier.ports import DeliveryTransaction
from services.notifier.status import merged
from shared.contracts.channel_reported import FAILING, OK
from shared.contracts.delivery_state import SENT, merge_times

ASPECT: Final = "sending"
WORKS_AGAIN: Final = Health(ASPECT, OK, "Messages are sent again")


class Recorder:
    """Keeps answers inside the caller's transaction; decided anew each time that is run."""

    def __init__(
        self,
        teller: Teller,
        limits: RetryLimits,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        """`chance`: a number from 0 to 1, another one each time."""
        self._teller = teller
        self._limits = limits
        self._clock = clock
        self._chance = chance

    def keep_answer(
        self, transaction: DeliveryTransaction, claimed: Delivery, answer: Outcome
    ) -> Delivery | None:
        """Save the delivery after this answer, and announce it; None when the answer no longer matters."""
        messages = transaction.messages([claimed.message_id])
        current = next(one for one in messages[claimed.message_id] if one.send_id == claimed.send_id)
        if isinstance(answer, Sent):
            after = self._sent(transaction, current, answer)
        elif current.stage != SENDING or current.claim != claimed.claim:
            return None  # a receipt settled it meanwhile, or another process took it over
        elif isinstance(answer, Refused):
            after = self._failed(current, answer.failure)
        else:
            put = put_off(current, answer, self._clock(), self._limits, self._chance())
            after = self._failed(current, put) if isinstance(put, Failure) else put
        if after != current:
            self._teller.keep(transaction, messages, [after])
        return after

    def keep_pause(
        self,
        transaction: DeliveryTransaction,
        claimed: Delivery,
        answer: Outcome,
        started: datetime,
        *,
        works: bool,
    ) -> None:
        """Pause the channel when the answer says so; end its pause when it works again.

        Operators are told once when it stops until they have mended it, and once when it works again.
        """
        channel_id = claimed.channel_id
        if isinstance(answer, TryLater) and answer.whole_channel:
            current = transaction.pause(channel_id)
            pause = prolonged(current, channel_id, answer, started, self._clock())
            if pause != current:
                transaction.set_pause(channel_id, pause)
            if pause.reported and not (current is not None and current.reported):
                self._report(transaction, claimed, _stopped(pause.reason))
        elif works:
            current = transaction.pause(channel_id)
            transaction.set_pause(channel_id, None)
            if current is not None and current.reported:
                self._report(transaction, claimed, WORKS_AGAIN)

    def _report(self, transaction: DeliveryTransaction, claimed: Delivery, health: Health) -> None:
        transaction.announce([self._teller.channel(claimed.channel_id, claimed.channel_kind, health)])

    def _sent(self, transaction: DeliveryTransaction, current: Delivery, answer: Sent) -> Delivery:
        """Taken by the provider, with the receipts that were faster than its answer."""
        key = ProviderKey(current.channel_id, answer.provider_message_id)
        accepted = Receipt(key, SENT, self._clock())
        return merged(
            replace(current, provider_message_id=key.message_id), [accepted, *transaction.adopt(key)]
        )

    def _failed(self, delivery: Delivery, failure: Failure) -> Delivery:
        times = merge_times(delivery.times, {FAILED: self._clock()})
        return replace(delivery, stage=DONE, claim="", times=times, failure=failure)


def _stopped(reason: Failure) -> Health:
    words = f"{reason.code} {reason.title}. {reason.detail}".strip()
    return Health(ASPECT, FAILING, "Sending has stopped until somebody mends it", words, reason.remedy)
