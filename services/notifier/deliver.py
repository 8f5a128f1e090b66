"""One try of one delivery: claim it, ask the channel, record how it ended and what the desk is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from services.notifier.announce import delivery_changed_event
from services.notifier.domain.delivery import DONE, SENDING, Delivery, Failure, window_closed
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.pause import prolonged
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.domain.retry import RetryLimits, put_off
from services.notifier.metrics import CHANNEL_PAUSED, DELIVERIES, DELIVERY_SECONDS
from services.notifier.ports import ChannelSender, DeliveryStore, DeliveryTransaction
from services.notifier.status import merged
from shared.contracts.delivery_state import FAILED, SENT, merge_times
from shared.contracts.envelope import trace_id
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

SENDER_DIED: Final = TryLater(
    0,
    Failure("sender-died", "The notifier stopped in the middle of sending"),
    unknown_outcome=True,
)
SENDER_BROKE: Final = TryLater(
    0,
    Failure("sender-broke", "The notifier failed in the middle of sending"),
    unknown_outcome=True,
)
RECORD_RETRY_SECONDS: Final = 0.5


class Deliverer:
    """Tries deliveries. Safe to call from many threads and many processes: whoever claims one sends it."""

    def __init__(
        self,
        store: DeliveryStore,
        senders: Mapping[str, ChannelSender],
        limits: RetryLimits,
        stop: Stop,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._senders = senders
        self._limits = limits
        self._stop = stop
        self._clock = clock
        self._new_id = new_id

    def attempt(self, head: Delivery, *, probing: bool = False) -> None:
        """Try a due delivery that is the first of its conversation.

        `probing`: its channel was paused and this one finds out whether it works again. Unavailable: the
        store is away and nothing was sent.
        """
        with structlog.contextvars.bound_contextvars(
            trace_id=trace_id(head.traceparent), send_id=head.send_id, channel=head.channel_id
        ):
            started = self._clock()
            claimed = self._store.transact(lambda transaction: self._claim(transaction, head))
            if claimed is None:
                return
            if head.stage == SENDING:
                self._record(claimed, SENDER_DIED, started)
                return
            too_late = window_closed(claimed, started)
            if too_late is not None:
                self._record(claimed, Refused(too_late), started)
                return
            answer = self._send(claimed)
            self._record(claimed, answer, started, works=probing and not isinstance(answer, TryLater))

    def _claim(self, transaction: DeliveryTransaction, head: Delivery) -> Delivery | None:
        """The delivery as ours until the lease ends; None when it is no longer as it was found."""
        now = self._clock()
        current = transaction.load([head.send_id]).get(head.send_id)
        if (
            current is None
            or (current.stage, current.claim) != (head.stage, head.claim)
            or current.due_at > now
        ):
            return None
        claimed = replace(current, stage=SENDING, claim=self._new_id(), due_at=now + self._limits.lease)
        transaction.save([claimed])
        return claimed

    def _send(self, delivery: Delivery) -> Outcome:
        try:
            return self._senders[delivery.channel_id].send(delivery)
        except Exception:
            _log.exception("sender raised instead of answering")
            return SENDER_BROKE

    def _record(self, claimed: Delivery, answer: Outcome, started: datetime, *, works: bool = False) -> None:
        """Keep the answer, waiting for the store if need be: without it nobody would know of the message.

        `works`: the answer shows that the paused channel works again.
        """
        recording = _Recording(self._limits, self._clock(), self._new_id)

        def work(transaction: DeliveryTransaction) -> Delivery | None:
            recording.keep_pause(transaction, claimed.channel_id, answer, started, works=works)
            return recording.keep_answer(transaction, claimed, answer)

        while True:
            try:
                kept = self._store.transact(work)
            except Unavailable as error:
                _log.warning("outcome of a send waits for the database", reason=str(error))
                if self._stop.wait(RECORD_RETRY_SECONDS):
                    return  # the claim runs out, and a receipt or one careful retry will tell
            else:
                _count(kept, claimed, answer)
                if works:
                    CHANNEL_PAUSED.labels(claimed.channel_id).set(0)
                return


class _Recording:
    """What one answer changes, decided anew each time the transaction is run."""

    def __init__(self, limits: RetryLimits, now: datetime, new_id: Callable[[], str]) -> None:
        self._limits = limits
        self._now = now
        self._new_id = new_id

    def keep_answer(
        self, transaction: DeliveryTransaction, claimed: Delivery, answer: Outcome
    ) -> Delivery | None:
        """Save the delivery after this answer, and announce it; None when the answer no longer matters."""
        current = transaction.load([claimed.send_id])[claimed.send_id]
        if isinstance(answer, Sent):
            after = self._sent(transaction, current, answer)
        elif current.stage != SENDING or current.claim != claimed.claim:
            return None  # a receipt settled it meanwhile, or another process took it over
        elif isinstance(answer, Refused):
            after = self._failed(current, answer.failure)
        else:
            put = put_off(current, answer, self._now, self._limits)
            after = self._failed(current, put) if isinstance(put, Failure) else put
        if after != current:
            transaction.save([after])
        if after.times != current.times or after.provider_message_id != current.provider_message_id:
            event_id = self._new_id()
            transaction.announce([delivery_changed_event(after, event_id=event_id, now=self._now)])
        return after

    def keep_pause(
        self,
        transaction: DeliveryTransaction,
        channel_id: str,
        answer: Outcome,
        started: datetime,
        *,
        works: bool,
    ) -> None:
        """Pause the channel when the answer says so; end its pause when it works again."""
        if isinstance(answer, TryLater) and answer.whole_channel:
            current = transaction.pause(channel_id)
            pause = prolonged(current, channel_id, answer, started, self._now)
            if pause != current:
                transaction.set_pause(channel_id, pause)
        elif works:
            transaction.set_pause(channel_id, None)

    def _sent(self, transaction: DeliveryTransaction, current: Delivery, answer: Sent) -> Delivery:
        """Taken by the provider, with the receipts that were faster than its answer."""
        key = ProviderKey(current.channel_id, answer.provider_message_id)
        accepted = Receipt(key, SENT, self._now)
        return merged(
            replace(current, provider_message_id=key.message_id), [accepted, *transaction.adopt(key)]
        )

    def _failed(self, delivery: Delivery, failure: Failure) -> Delivery:
        times = merge_times(delivery.times, {FAILED: self._now})
        return replace(delivery, stage=DONE, claim="", times=times, failure=failure)


def _count(kept: Delivery | None, claimed: Delivery, answer: Outcome) -> None:
    result = _result(kept, answer)
    DELIVERIES.labels(claimed.channel_kind, result).inc()
    if isinstance(answer, Sent):
        if kept is not None:
            seconds = (kept.times[SENT] - claimed.queued_at).total_seconds()
            DELIVERY_SECONDS.labels(claimed.channel_kind).observe(max(seconds, 0.0))
        _log.info("delivery sent")
        return
    reason = answer.failure if isinstance(answer, Refused) else answer.reason
    if isinstance(answer, TryLater) and answer.whole_channel:
        CHANNEL_PAUSED.labels(claimed.channel_id).set(1)
    log = _log.error if isinstance(answer, TryLater) and answer.needs_operator else _log.warning
    log("delivery not sent", result=result, code=reason.code, title=reason.title)


def _result(kept: Delivery | None, answer: Outcome) -> str:
    if isinstance(answer, Sent):
        return "sent"
    if kept is None:
        return "settled"
    if not kept.open:
        return "refused"
    if isinstance(answer, TryLater) and answer.unknown_outcome:
        return "unknown"
    return "paused" if isinstance(answer, TryLater) and answer.whole_channel else "later"
