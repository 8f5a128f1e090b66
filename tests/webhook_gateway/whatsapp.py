"""What the gateway's tests share: three numbers of two Meta apps, signing, a gateway in memory."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.webhook_gateway.channels.whatsapp_cloud import WhatsAppCloud
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from services.webhook_gateway.ports import Spool, SpoolFull
from services.webhook_gateway.wiring import build_app
from shared.contracts.envelope import Event
from shared.messaging.message import Outgoing, Publisher
from tests.support.memory_broker import MemoryBroker

SECRET = "an app secret of thirty-two chars"
OTHER_SECRET = "the secret of quite another app!"
TOKEN = "a token to verify with"
WABA = "204100000000001"
MAIN = WhatsAppNumber("whatsapp-main", "109876543210987", SECRET, TOKEN, WABA, "+39 02 1234 5678")
SECOND = WhatsAppNumber("whatsapp-second", "109876543210988", SECRET, TOKEN, WABA, "+39 02 1234 5679")
FOREIGN = WhatsAppNumber(
    "whatsapp-foreign", "109876543210989", OTHER_SECRET, "another token", "204100000000002"
)
RECEIVED_AT = datetime(2025, 2, 27, 21, 21, 34, 120_000, tzinfo=UTC)
PATH = "/webhooks/whatsapp"
PAYLOADS = Path(__file__).parents[1] / "payloads" / "whatsapp_cloud"


def cloud(*numbers: WhatsAppNumber) -> WhatsAppCloud:
    """The channel with these numbers, by default all three."""
    return WhatsAppCloud(numbers or (MAIN, SECOND, FOREIGN))


def sign(body: bytes, secret: str = SECRET) -> str:
    """The value of X-Hub-Signature-256 as Meta computes it."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payload_names(folder: Path = PAYLOADS) -> list[str]:
    """The payload files, without ending."""
    return sorted(path.stem for path in folder.glob("*.json") if not path.stem.endswith(".expected"))


def payload(name: str) -> dict[str, Any]:
    """A payload file."""
    document: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return document


def encoded(document: Any) -> bytes:
    """A webhook's body."""
    return json.dumps(document, ensure_ascii=False).encode()


class FullSpool:
    """A spool that takes nothing: what the broker does not take is refused."""

    def goes_first(self) -> bool:
        return False

    def append(self, messages: Sequence[Outgoing], arrived: int) -> None:
        raise SpoolFull("the spool is full")

    def refusal(self) -> str | None:
        return "the spool is full"

    def measure(self) -> None:
        pass


class Gateway:
    """The web application over an in-memory broker, with a clock that stands still."""

    def __init__(
        self, *numbers: WhatsAppNumber, publisher: Publisher | None = None, spool: Spool | None = None
    ) -> None:
        self.broker = MemoryBroker()
        self.channel = cloud(*numbers)
        self.app = build_app(
            [self.channel], publisher or self.broker.publisher(), spool or FullSpool(), lambda: RECEIVED_AT
        )
        self.client: FlaskClient = self.app.test_client()

    def post(self, document: Any, secret: str = SECRET) -> TestResponse:
        """A webhook, signed."""
        body = document if isinstance(document, bytes) else encoded(document)
        return self.client.post(PATH, data=body, headers={"X-Hub-Signature-256": sign(body, secret)})

    def events(self, event_type: str | None = None) -> Sequence[Event]:
        """Everything published so far (of one type), as its readers see it."""
        return self.broker.events(event_type)


def message(**changes: Any) -> dict[str, Any]:
    """A text message as Meta sends it; a change to None takes the key away."""
    whole = {
        "from": "393351032246",
        "id": "wamid.HBgMMzkzMzUxMDMyMjQ2FQIAEhgg",
        "timestamp": "1740691293",
        "type": "text",
        "text": {"body": "Buongiorno"},
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


def status(**changes: Any) -> dict[str, Any]:
    """A receipt as Meta sends it."""
    return {
        "id": "wamid.HBgMMzkzMzUxMDMyMjQ2FQIAERgS",
        "status": "delivered",
        "timestamp": "1740691293",
        "recipient_id": "393351032246",
    } | changes


def webhook(
    messages: Sequence[Any] | None = None,
    statuses: Sequence[Any] | None = None,
    number: WhatsAppNumber = MAIN,
    **value: Any,
) -> dict[str, Any]:
    """A webhook with one entry and one change."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "390212345678", "phone_number_id": number.phone_number_id},
        "contacts": [{"profile": {"name": "Daniele Asmonti"}, "wa_id": "393351032246"}],
    } | value
    if messages is not None:
        value["messages"] = list(messages)
    if statuses is not None:
        value["statuses"] = list(statuses)
    changes = [{"field": "messages", "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": changes}]}
