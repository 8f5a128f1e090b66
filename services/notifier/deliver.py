"""One try of one delivery: claim it, ask the channel, record how it ended and what the desk is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.notifier.domain.delivery import SENDING, Delivery, Failure, window_closed
from services.notifier.domain.message import EARLIER_PART_FAILED, behind_a_failed_part
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.rate import take
from services.notifier.domain.receipt import ProviderKey
from services.notifier.domain.retry import RetryLimits
from services.notifier.metrics import CHANNEL_PAUSED, DELIVERIES, DELIVERY_SECONDS, THROTTLED
from services.notifier.ports import ChannelSender, ChannelTrouble, DeliveryStore, DeliveryTransaction
from services.notifier.record import Recorder
from shared.contracts.delivery_state import SENT
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
NOT_LOOKED_UP: Final = TryLater(5, Failure("database-away", "The notifier's database was away"))
RECORD_RETRY_SECONDS: Final = 0.5
LIVE_LEASE: Final = timedelta(seconds=15)
"""For so long a sender of a live chat may take. Another one may then send the same again, without harm."""


class Deliverer:
    """Tries deliveries. Safe to call from many threads and many processes: whoever claims one sends it."""

    def __init__(
        self,
        store: DeliveryStore,
        senders: Mapping[str, ChannelSender],
        recorder: Recorder,
        limits: RetryLimits,
        stop: Stop,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._senders = senders
        self._recorder = recorder
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
            claim = self._store.transact(lambda transaction: self._claim(transaction, head))
            if claim is None:
                return
            claimed, unasked = claim
            found = self._found(claimed) if claimed.unknowns else None
            if unasked is SENDER_DIED and isinstance(found, TryLater):
                found = None  # a second death: not found now, it is given up rather than sent a third time
            answer = found or unasked or self._send(claimed)
            works = (unasked is None or found is not None) and not isinstance(answer, TryLater)
            self._record(claimed, answer, started, works=probing and works)

    def _claim(
        self, transaction: DeliveryTransaction, head: Delivery
    ) -> tuple[Delivery, Refused | TryLater | None] | None:
        """The delivery as ours until the lease ends, with the answer when the provider need not be asked.

        None: it is no longer as it was found, or its customer has had too much at once and it waits.
        """
        now = self._clock()
        current = transaction.load([head.send_id]).get(head.send_id)
        if (
            current is None
            or (current.stage, current.claim) != (head.stage, head.claim)
            or current.due_at > now
        ):
            return None
        live = self._senders[current.channel_id].live
        unasked = self._unasked(transaction, current, now, live=live)
        wait = self._pair_wait(transaction, current, now) if unasked is None else 0.0
        if wait:
            transaction.save([replace(current, due_at=now + timedelta(seconds=wait))])
            THROTTLED.labels(current.channel_id, "customer").inc()
            return None
        claimed = replace(
            current,
            stage=SENDING,
            claim=self._new_id(),
            due_at=now + (LIVE_LEASE if live else self._limits.lease_of(current)),
            # The message of an earlier try with an unknown outcome may be found as old as that try.
            tried_at=current.tried_at if current.unknowns or current.stage == SENDING else now,
        )
        transaction.save([claimed])
        return claimed, unasked

    def _unasked(
        self, transaction: DeliveryTransaction, current: Delivery, now: datetime, *, live: bool
    ) -> Refused | TryLater | None:
        """What is known without asking the provider."""
        if current.stage == SENDING and not live:
            return SENDER_DIED
        too_late = window_closed(current, now)
        if too_late is not None:
            return Refused(too_late)
        if current.part > 0:
            parts = transaction.messages([current.message_id])[current.message_id]
            if behind_a_failed_part(current, parts):
                return Refused(EARLIER_PART_FAILED)
        return None

    def _pair_wait(self, transaction: DeliveryTransaction, current: Delivery, now: datetime) -> float:
        """Take one from the customer's bucket, or the seconds until there is one."""
        limit = self._senders[current.channel_id].pair
        if limit is None:
            return 0.0
        address = current.recipient.address
        taken = take(transaction.pair(current.channel_id, address), limit, now)
        if isinstance(taken, float):
            return taken
        full_at = taken.at + timedelta(seconds=limit.every_seconds * (limit.burst - taken.left))
        transaction.set_pair(current.channel_id, address, taken, full_at)
        return 0.0

    def _found(self, claimed: Delivery) -> Sent | TryLater | None:
        """The message of an earlier try, where the provider can look it up; it may be nobody else's."""
        try:
            found = self._senders[claimed.channel_id].find(claimed)
            if found is None:
                return None
            key = ProviderKey(claimed.channel_id, found.provider_message_id)
            owner = self._store.transact(lambda transaction: transaction.load_by_provider_key([key])).get(key)
        except ChannelTrouble as trouble:
            return replace(trouble.later, unknown_outcome=False)
        except Unavailable:
            return NOT_LOOKED_UP
        except Exception:
            # A mistake in one channel's look-up: without it there is still the one careful retry.
            _log.exception("sender could not look a message up")
            return None
        return found if owner is None or owner.send_id == claimed.send_id else None

    def _send(self, delivery: Delivery) -> Outcome:
        try:
            return self._senders[delivery.channel_id].send(delivery)
        except Exception:
            # A mistake of ours in the middle of sending: how far it came is unknown, and is treated so.
            _log.exception("sender raised instead of answering")
            return SENDER_BROKE

    def _record(self, claimed: Delivery, answer: Outcome, started: datetime, *, works: bool = False) -> None:
        """Keep the answer, waiting for the store if need be: without it nobody would know of the message.

        `works`: the answer shows that the paused channel works again.
        """

        def work(transaction: DeliveryTransaction) -> Delivery | None:
            self._recorder.keep_pause(transaction, claimed, answer, started, works=works)
            return self._recorder.keep_answer(transaction, claimed, answer)

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
