"""One Cloud API status as the data of `delivery.reported`."""

from __future__ import annotations

from typing import Any, Final

from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.change import Change
from services.webhook_gateway.channels.whatsapp_cloud.normalise import KIND, Arrival, provider_id
from services.webhook_gateway.channels.whatsapp_cloud.senders import recipient
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from services.webhook_gateway.ports import Item
from shared.contracts.delivery_reported import TYPE
from shared.contracts.delivery_state import DELIVERED, FAILED, READ, SENT

_STATES: Final = {
    "sent": SENT,
    "delivered": DELIVERED,
    "read": READ,
    "played": READ,  # a voice message that was listened to
    "failed": FAILED,
}
_LONGEST_SEND_ID: Final = 600
_LONGEST_TITLE: Final = 1_000
_LONGEST_DETAIL: Final = 10_000


def receipt(item: Any, change: Change, number: WhatsAppNumber, arrival: Arrival) -> Item:
    """The event for one status. Malformed without an id, or with a state that is not understood."""
    if type(item) is not dict:
        raise Malformed("malformed-status", "The status is not an object.")
    wamid = provider_id(item)
    status = item.get("status")
    state = _STATES.get(status) if type(status) is str else None
    if state is None:
        raise Malformed("unknown-status", "The status is none of sent, delivered, read, played, failed.")
    address, key = recipient(item, change)
    occurred_at = arrival.or_provider(item.get("timestamp"))
    send_id = item.get("biz_opaque_callback_data")
    data = {
        "channel_id": number.id,
        "channel_kind": KIND,
        "provider_message_id": wamid,
        "state": state,
        "occurred_at": occurred_at,
        "received_at": arrival.text,
        "send_id": send_id if type(send_id) is str and 0 < len(send_id) <= _LONGEST_SEND_ID else None,
        "recipient": address,
        "error": _error(item.get("errors")),
        "raw": as_text(item),
    }
    event_id = f"{KIND}:{number.phone_number_id}:{wamid}:{state}"
    return Item(TYPE, event_id, occurred_at, f"{number.id}:{key}", data)


def _error(errors: Any) -> dict[str, str] | None:
    """The first error, as the contract has it. Source: Meta, "Error codes" and the statuses webhook."""
    if type(errors) is not list or not errors or type(errors[0]) is not dict:
        return None
    error = errors[0]
    code, data = error.get("code"), error.get("error_data")
    detail = data.get("details") if type(data) is dict else None
    return {
        "code": str(code)[:100] if type(code) in (int, str) else "unknown",
        "title": _text(error.get("title"))[:_LONGEST_TITLE] or "The provider gave no reason",
        "detail": (_text(detail) or _text(error.get("message")))[:_LONGEST_DETAIL],
        "remedy": "",  # the notifier knows what people can do about an error
    }


def _text(value: Any) -> str:
    return value if type(value) is str else ""
