"""Receipts for what the desk sent through Meta: sent, delivered, read, as signed webhooks."""

import time
from typing import Any

from sandbox.config import MetaAccount
from sandbox.meta import webhooks
from sandbox.meta.gateway import Answer, Gateway, GatewayUnreachable
from sandbox.meta.store import MetaStore, PhoneMessage
from sandbox.receipts import Policy, ReceiptQueue


class Receipts:
    """Sends the receipts of one account, by itself as `policy` says or by hand."""

    def __init__(self, account: MetaAccount, store: MetaStore, gateway: Gateway) -> None:
        self._account = account
        self._store = store
        self._gateway = gateway
        self._queue = ReceiptQueue(self._tell)
        self.policy = Policy()

    def follow(self, message: PhoneMessage) -> None:
        """Let the receipts of an accepted message follow, as the policy says at this moment."""
        policy = self.policy
        self._queue.follow(message, policy.steps(), policy.delay_ms)

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

    def _tell(self, message: PhoneMessage, state: str, happened: int) -> str | None:
        customer = self._store.customer(message.wa_id)
        payload = webhooks.status(self._account, customer, message.id, state, happened, message.tracker)
        try:
            answer = self._gateway.post(payload)
        except GatewayUnreachable as error:
            return str(error)
        if not answer.taken:
            return f"HTTP {answer.status}"
        self._store.advance(message.id, state)
        return None
