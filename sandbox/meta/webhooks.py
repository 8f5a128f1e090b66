"""The payloads that Meta posts to a webhook, and the signature that proves where they come from."""

import hashlib
import hmac
import json
from typing import Any

from sandbox.config import MetaAccount
from sandbox.meta.store import Customer, PhoneMessage


def encode(payload: dict[str, Any]) -> bytes:
    """The payload as Meta writes it: compact, with everything beyond ASCII and every slash escaped."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def sign(raw: bytes, app_secret: str) -> str:
    """The value of X-Hub-Signature-256: HMAC-SHA256 over the raw bytes, keyed with the app's secret."""
    return "sha256=" + hmac.new(app_secret.encode(), raw, hashlib.sha256).hexdigest()


def text_message(account: MetaAccount, customer: Customer, message: PhoneMessage) -> dict[str, Any]:
    """The `messages` webhook for a text that a customer typed."""
    return _envelope(
        account,
        customer,
        messages=[
            {
                "from": customer.wa_id,
                "from_user_id": customer.user_id,
                "id": message.id,
                "timestamp": str(int(message.at)),
                "type": "text",
                "text": {"body": message.shown["text"]},
            }
        ],
    )


def status(
    account: MetaAccount,
    customer: Customer,
    message_id: str,
    state: str,
    timestamp: int,
    tracker: str | None = None,
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The `messages` webhook that tells how a message of the desk got on; `timestamp` in Unix seconds."""
    item: dict[str, Any] = {
        "id": message_id,
        "status": state,
        "timestamp": str(timestamp),
        "recipient_id": customer.wa_id,
        "recipient_user_id": customer.user_id,
    }
    if tracker is not None:
        item["biz_opaque_callback_data"] = tracker
    if state in {"sent", "delivered"}:
        item["pricing"] = {
            "billable": False,
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": "service",
        }
    if error is not None:
        item["errors"] = [error]
    return _envelope(account, customer, statuses=[item])


def _envelope(account: MetaAccount, customer: Customer, **items: Any) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "".join(c for c in account.display_number if c.isdigit()),
            "phone_number_id": account.phone_number_id,
        },
        "contacts": [
            {"profile": {"name": customer.name}, "wa_id": customer.wa_id, "user_id": customer.user_id}
        ],
        **items,
    }
    change = {"value": value, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": account.waba_id, "changes": [change]}]}
