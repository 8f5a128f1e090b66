"""Status callbacks for what the desk sent: queued, sent, delivered, read, or why it failed."""

import logging

from sandbox.config import TwilioAccount
from sandbox.meta.gateway import GatewayUnreachable
from sandbox.receipts import Policy, ReceiptQueue
from sandbox.twilio import errors, forms
from sandbox.twilio.gateway import Answer, TwilioGateway
from sandbox.twilio.store import MessageResource, TwilioStore

log = logging.getLogger("sandbox.twilio")

MEDIA_FAILED = 63019


class Callbacks:
    """Tells the desk how its messages get on, by itself as `policy` says or by hand. As at Twilio a message
    moves on whether or not the desk takes the callback, and one that is not taken is not repeated."""

    def __init__(self, account: TwilioAccount, store: TwilioStore, gateway: TwilioGateway) -> None:
        self._account = account
        self._store = store
        self._gateway = gateway
        self._queue: ReceiptQueue[tuple[MessageResource, int | None]] = ReceiptQueue(self._tell)
        self.policy = Policy()

    def follow(self, message: MessageResource, failure: int | None) -> None:
        """Let the callbacks of an accepted message follow as the policy says now; with `failure`, the code
        with which it fails in the end."""
        policy = self.policy
        if policy.mode == "off":
            return
        steps = ("queued", failed_status(failure)) if failure else ("queued", *policy.steps())
        self._queue.follow((message, failure), steps, policy.delay_ms)

    def send_now(self, message: MessageResource, url: str, status: str, failure: int | None) -> Answer:
        """Send one callback by hand, once; raises GatewayUnreachable."""
        answer = self._gateway.post(url, forms.status(self._account, message, status, failure))
        self._advance(message.sid, status, failure)
        return answer

    def _tell(self, step: tuple[MessageResource, int | None], status: str, _happened: int) -> None:
        message, failure = step
        failure = None if status == "queued" else failure
        self._advance(message.sid, status, failure)
        if message.status_callback is None:
            return
        form = forms.status(self._account, message, status, failure)
        try:
            answer = self._gateway.post(message.status_callback, form)
        except GatewayUnreachable as error:
            log.warning("A callback is lost: message=%s status=%s reason=%s", message.sid, status, error)
            return
        if not answer.taken:
            log.warning(
                "A callback is lost: message=%s status=%s http=%d", message.sid, status, answer.status
            )

    def _advance(self, sid: str, status: str, failure: int | None) -> None:
        self._store.advance(sid, status, (failure, errors.title(failure)) if failure else None)


def failed_status(failure: int) -> str:
    """How a message with this error ends: `failed` where Twilio itself gave up, `undelivered` when WhatsApp
    refused it."""
    return "failed" if failure == MEDIA_FAILED else "undelivered"
