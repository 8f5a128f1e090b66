"""Receipts for what the desk sent: sent, delivered, read, in order, repeated until the gateway takes them."""

import heapq
import itertools
import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sandbox.config import MetaAccount
from sandbox.meta import webhooks
from sandbox.meta.gateway import Answer, Gateway, GatewayUnreachable
from sandbox.meta.store import MetaStore, PhoneMessage

log = logging.getLogger("sandbox.receipts")

STEPS = ("sent", "delivered", "read")
_WORKERS = 4
_MAX_WAITING = 20_000
_FIRST_PAUSE, _LONGEST_PAUSE, _GIVE_UP_AFTER = 0.5, 15.0, 900.0  # seconds; Meta itself keeps on for days


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens by itself after a message was accepted; `delay_ms` lies before each receipt."""

    mode: Literal["auto", "off"] = "auto"
    until: Literal["sent", "delivered", "read"] = "read"
    delay_ms: int = 250


@dataclass(order=True, slots=True)
class _Due:
    """The next receipt of one message; `at` and `happened` in monotonic and Unix seconds."""

    at: float
    tie: int
    message: PhoneMessage = field(compare=False)
    steps: tuple[str, ...] = field(compare=False)
    delay: float = field(compare=False)
    happened: int | None = field(compare=False, default=None)
    tried_since: float | None = field(compare=False, default=None)
    pause: float = field(compare=False, default_factory=lambda: _FIRST_PAUSE)


class Receipts:
    """Sends receipts in the background. Each message has at most one receipt on its way, so they stay in
    order; different messages do not wait for each other."""

    def __init__(self, account: MetaAccount, store: MetaStore, gateway: Gateway) -> None:
        self._account = account
        self._store = store
        self._gateway = gateway
        self._due: list[_Due] = []
        self._ties = itertools.count()
        self._changed = threading.Condition()
        self._workers: list[threading.Thread] = []
        self.policy = Policy()

    def follow(self, message: PhoneMessage) -> None:
        """Let the receipts of an accepted message follow, as the policy says at this moment."""
        policy = self.policy
        if policy.mode == "off":
            return
        steps = STEPS[: STEPS.index(policy.until) + 1]
        delay = policy.delay_ms / 1000
        self._put(_Due(time.monotonic() + delay, next(self._ties), message, steps, delay))

    def send_now(
        self, message_id: str, wa_id: str, state: str, timestamp: int | None, error: dict[str, Any] | None
    ) -> Answer:
        """Send one receipt by hand, once; raises GatewayUnreachable."""
        message = self._store.get(message_id)
        payload = webhooks.status(
            self._account,
            self._store.customer(wa_id),
            message_id,
            state,
            int(time.time()) if timestamp is None else timestamp,
            message.tracker if message else None,
            error,
        )
        answer = self._gateway.post(payload)
        if answer.taken:
            self._store.advance(message_id, state, error["title"] if error else None)
        return answer

    def _put(self, due: _Due) -> None:
        with self._changed:
            if len(self._due) >= _MAX_WAITING:
                log.warning("Too many receipts are waiting, one is dropped: message=%s", due.message.id)
                return
            heapq.heappush(self._due, due)
            # Started by the first receipt, not at import: a server may fork between the two.
            if not self._workers:
                self._workers = [
                    threading.Thread(target=self._work, name=f"receipts-{n}", daemon=True)
                    for n in range(_WORKERS)
                ]
                for worker in self._workers:
                    worker.start()
            self._changed.notify()

    def _take(self) -> _Due:
        with self._changed:
            while not self._due or self._due[0].at > time.monotonic():
                self._changed.wait(self._due[0].at - time.monotonic() if self._due else None)
            due = heapq.heappop(self._due)
            if self._due:  # somebody else must watch the next one while this one is under way
                self._changed.notify()
            return due

    def _work(self) -> None:
        while True:
            due = self._take()
            try:
                following = self._attempt(due)
            except Exception:
                log.exception("A receipt could not be made: message=%s", due.message.id)
                continue
            if following:
                self._put(following)

    def _attempt(self, due: _Due) -> _Due | None:
        """Try one receipt; what is to do next, if anything."""
        now = time.monotonic()
        state = due.steps[0]
        happened = due.happened or int(time.time())
        message = due.message
        payload = webhooks.status(
            self._account, self._store.customer(message.wa_id), message.id, state, happened, message.tracker
        )
        try:
            answer = self._gateway.post(payload)
            refusal = None if answer.taken else f"HTTP {answer.status}"
        except GatewayUnreachable as error:
            refusal = str(error)
        if refusal is None:
            self._store.advance(message.id, state)
            rest = due.steps[1:]
            return _Due(now + due.delay, next(self._ties), message, rest, due.delay) if rest else None
        since = due.tried_since or now
        if now - since > _GIVE_UP_AFTER:
            log.warning("A receipt is given up: message=%s state=%s reason=%s", message.id, state, refusal)
            return None
        log.info("A receipt was not taken and will be repeated: message=%s reason=%s", message.id, refusal)
        return replace(
            due,
            at=time.monotonic() + due.pause,
            happened=happened,
            tried_since=since,
            pause=min(due.pause * 2, _LONGEST_PAUSE),
        )
