"""The payloads that Meta posts to a webhook, and the signature that proves where they come from."""

import hashlib
import hmac
import json
from typing import Any

from sandbox.config import MetaAccount
from sandbox.meta.store import Customer


def encode(payload: dict[str, Any]) -> bytes:
    """The payload as Meta writes it: compact, with everything beyond ASCII and every slash escaped."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def sign(raw: bytes, app_secret: str) -> str:
    """The value of X-Hub-Signature-256: HMAC-SHA256 over the raw bytes, keyed with the app's secret."""
    return "sha256=" + hmac.new(app_secret.encode(), raw, hashlib.sha256).hexdigest()


def message(account: MetaAccount, customer: Customer, item: dict[str, Any]) -> dict[str, Any]:
    """The `messages` webhook for one message of a customer."""
    return _envelope(account, customer, messages=[item])


def notice_about_customer(account: MetaAccount, item: dict[str, Any]) -> dict[str, Any]:
    """The `messages` webhook for what WhatsApp itself tells, which comes without a contact."""
    return _change(account.waba_id, "messages", {**_metadata(account), "messages": [item]})


def echo(account: MetaAccount, item: dict[str, Any]) -> dict[str, Any]:
    """The webhook for a message that the business sent from its own phone."""
    return _change(account.waba_id, "smb_message_echoes", {**_metadata(account), "message_echoes": [item]})


def notice(account: MetaAccount, field: str, value: dict[str, Any], now: int) -> dict[str, Any]:
    """A webhook about the account, its number or its templates; these alone carry the time (Unix seconds)."""
    payload = _change(account.waba_id, field, value)
    payload["entry"][0]["time"] = now
    return payload


def business_number(account: MetaAccount) -> str:
    """The digits of the business's own number."""
    return "".join(c for c in account.display_number if c.isdigit())


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
    contact = {"profile": {"name": customer.name}, "wa_id": customer.wa_id, "user_id": customer.user_id}
    return _change(account.waba_id, "messages", {**_metadata(account), "contacts": [contact], **items})


def _metadata(account: MetaAccount) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": business_number(account),
            "phone_number_id": account.phone_number_id,
        },
    }


def _change(waba_id: str, field: str, value: dict[str, Any]) -> dict[str, Any]:
    entry = {"id": waba_id, "changes": [{"value": value, "field": field}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
