"""Customers who write: webhooks as Meta sends them, new senders and old ones, some delivered twice."""

from __future__ import annotations

import hmac
import random
from dataclasses import dataclass
from typing import Any, Final

import orjson

APP_SECRET: Final = "the-bench-signs-with-this-secret"
VERIFY_TOKEN: Final = "the-bench-verify-token"
CHANNEL_ID: Final = "whatsapp-main"
PHONE_NUMBER_ID: Final = "109876543210987"
WABA_ID: Final = "204100000000001"
DISPLAY_NUMBER: Final = "390550000001"
PATH: Final = "/webhooks/whatsapp"

NEW_SENDERS: Final = 0.3
DELIVERED_TWICE: Final = 0.02
_RECENT: Final = 200
_REGULARS: Final = 5_000

_TEXTS: Final = (
    "Buongiorno, vorrei contattarvi",
    "Good morning, my order has not arrived yet. Could you tell me where it is, please?",
    "Sì",
    "¿Cuánto cuesta el envío a Canarias? Gracias 🙏",
    "The invoice you sent me last week has the wrong VAT number on it. It should be IT01234567890; can you "
    "send it again to the accounting department before Friday? Thank you very much.",
    "ok grazie mille, a domani",
    "Olá, preciso de ajuda com a instalação do software que comprei ontem na vossa loja.",
    "Hello?",
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One POST: the message inside, its sender, and the signed bytes."""

    wamid: str
    wa_id: str
    body: bytes
    signature: str

    @property
    def message_id(self) -> str:
        """The id the desk keeps the message under: unique over channels and numbers."""
        return f"whatsapp_cloud:{PHONE_NUMBER_ID}:{self.wamid}"


class Traffic:
    """An endless supply of webhooks, the same for the same seed; each message is one that never was before.

    `seed` (0 to 999) also gives the supply numbers of its own, so that several may write to one desk.
    `new_senders` is the share of messages from people the desk does not know yet, `delivered_twice` that of
    webhooks that Meta sends again though they were answered.
    """

    def __init__(
        self, seed: int, *, new_senders: float = NEW_SENDERS, delivered_twice: float = DELIVERED_TWICE
    ) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self._new_senders = new_senders
        self._delivered_twice = delivered_twice
        self._senders = 0
        self._messages = 0
        self._recent: list[Webhook] = []

    def take(self, count: int, at: float) -> list[Webhook]:
        """The next webhooks; `at` is the Unix time their messages carry."""
        return [self._next(at) for _ in range(count)]

    def _next(self, at: float) -> Webhook:
        if self._recent and self._random.random() < self._delivered_twice:
            return self._random.choice(self._recent)
        number = self._sender()
        self._messages += 1
        wa_id = f"393{self._seed:03}{number:06}"
        wamid = f"wamid.{self._seed}.{self._messages:08}"
        webhook = signed(message_webhook(wa_id, wamid, self._random.choice(_TEXTS), int(at)), wamid, wa_id)
        if len(self._recent) < _RECENT:
            self._recent.append(webhook)
        else:
            self._recent[self._messages % _RECENT] = webhook
        return webhook

    def _sender(self) -> int:
        if self._senders == 0 or self._random.random() < self._new_senders:
            self._senders += 1
            return self._senders
        return self._random.randrange(max(0, self._senders - _REGULARS), self._senders) + 1


def message_webhook(wa_id: str, wamid: str, text: str, at: int) -> dict[str, Any]:
    """A text message in the shape of Meta's webhooks, business-scoped user id included."""
    user_id = f"IT.{wa_id}"
    message = {
        "from": wa_id,
        "from_user_id": user_id,
        "id": wamid,
        "timestamp": str(at),
        "type": "text",
        "text": {"body": text},
    }
    contact = {"profile": {"name": f"Customer {wa_id[-6:]}"}, "wa_id": wa_id, "user_id": user_id}
    return webhook_of({"contacts": [contact], "messages": [message]})


def webhook_of(content: dict[str, Any]) -> dict[str, Any]:
    """A webhook with one change of this content."""
    metadata = {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": PHONE_NUMBER_ID}
    value = {"messaging_product": "whatsapp", "metadata": metadata} | content
    entry = {"id": WABA_ID, "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def signed(document: dict[str, Any], wamid: str, wa_id: str) -> Webhook:
    """The webhook with Meta's signature over its bytes."""
    body = orjson.dumps(document)
    return Webhook(wamid, wa_id, body, sign(body))


def sign(body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.digest(APP_SECRET.encode(), body, "sha256").hex()


def http_request(webhook: Webhook, port: int) -> bytes:
    """The whole request as Meta's client writes it, ready for the socket."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nUser-Agent: facebookexternalua\r\n"
        f"Content-Type: application/json\r\nX-Hub-Signature-256: {webhook.signature}\r\n"
        f"Content-Length: {len(webhook.body)}\r\n\r\n"
    )
    return head.encode() + webhook.body
