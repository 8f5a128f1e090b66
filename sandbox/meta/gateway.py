"""Calls the desk's webhook as Meta does: signed, bounded in time, and honest about what came back."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.config import MetaAccount
from sandbox.meta.webhooks import encode, sign

_MAX_ANSWER = 500


class GatewayUnreachable(Exception):
    """No answer came; the message says why in words for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said: HTTP status and the beginning of the body."""

    status: int
    body: str

    @property
    def taken(self) -> bool:
        """Meta counts nothing but 200 as delivered."""
        return self.status == 200


class Gateway:
    """The webhook's address; safe to use from many threads."""

    def __init__(
        self, base_url: str, account: MetaAccount, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = f"{base_url}/webhooks/whatsapp"
        self._account = account
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(10.0, connect=2.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
            trust_env=False,  # a proxy of this machine has nothing to do with it
            headers={"User-Agent": "facebookexternalua"},
        )

    def post(self, payload: dict[str, Any]) -> Answer:
        """Deliver one webhook; raises GatewayUnreachable when nothing answers in time."""
        raw = encode(payload)
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": sign(raw, self._account.app_secret),
        }
        return self._answer("POST", content=raw, headers=headers)

    def shake_hands(self) -> bool:
        """Make Meta's subscription check: does the webhook know the verify token and echo the challenge?"""
        challenge = str(secrets.randbelow(10**10))
        answer = self._answer(
            "GET",
            params={
                "hub.mode": "subscribe",
                "hub.verify_token": self._account.verify_token,
                "hub.challenge": challenge,
            },
        )
        return answer.taken and hmac.compare_digest(answer.body.encode(), challenge.encode())

    def _answer(self, method: str, **request: Any) -> Answer:
        try:
            answer = self._client.request(method, self.url, **request)
        except httpx.TimeoutException:
            raise GatewayUnreachable("The gateway did not answer in time.") from None
        except httpx.HTTPError as error:
            raise GatewayUnreachable(f"The gateway cannot be reached ({type(error).__name__}).") from None
        return Answer(answer.status_code, answer.text[:_MAX_ANSWER])
