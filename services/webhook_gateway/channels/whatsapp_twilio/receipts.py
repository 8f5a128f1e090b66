"""One status callback as the data of `delivery.reported`."""

from __future__ import annotations

from typing import Final

from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_twilio.normalise import KIND, bare, message_sid
from services.webhook_gateway.channels.whatsapp_twilio.settings import TwilioNumber
from services.webhook_gateway.ports import Item
from shared.contracts.delivery_reported import TYPE
from shared.contracts.delivery_state import DELIVERED, FAILED, READ, SENT
from shared.contracts.whatsapp_number import canonical

_STATES: Final = {
    "sent": SENT,
    "delivered": DELIVERED,
    "read": READ,
    "failed": FAILED,
    "undelivered": FAILED,
    "canceled": FAILED,
}
_ON_ITS_WAY: Final = frozenset({"accepted", "queued", "scheduled", "sending"})
_ARRIVING: Final = frozenset({"", "receiving", "received"})
_LONGEST_SEND_ID: Final = 600
_LONGEST_ADDRESS: Final = 320


def is_receipt(form: dict[str, str]) -> bool:
    """Whether a form is about a message that we sent: only these have a `MessageStatus` of sending."""
    return form.get("MessageStatus", "") not in _ARRIVING


def receipt(form: dict[str, str], send_id: str, number: TwilioNumber, arrived: str) -> Item | None:
    """The event for a status; None for a step before `sent`, which the desk knows as queued.

    `arrived` (RFC 3339) is its time, for Twilio tells none. Malformed without an id, or with a status that is
    not understood. Source: Twilio, "Message status values" and "Outbound message status in status callbacks".
    """
    status = form["MessageStatus"]
    if status in _ON_ITS_WAY:
        return None
    state = _STATES.get(status)
    if state is None:
        raise Malformed("unknown-status", "The status is none that Twilio documents.")
    sid = message_sid(form)
    address = (bare(form.get("To", "")) or "")[:_LONGEST_ADDRESS]
    data = {
        "channel_id": number.id,
        "channel_kind": KIND,
        "provider_message_id": sid,
        "state": state,
        "occurred_at": arrived,
        "received_at": arrived,
        "send_id": send_id if 0 < len(send_id) <= _LONGEST_SEND_ID else None,
        "recipient": address,
        "error": _error(form) if state == FAILED else None,
        "raw": as_text(form),
    }
    event_id = f"{KIND}:{number.account_sid}:{sid}:{state}"
    return Item(TYPE, event_id, arrived, f"{number.id}:{canonical(address) or address}", data)


def _error(form: dict[str, str]) -> dict[str, str]:
    code = form.get("ErrorCode") or "unknown"
    words = form.get("ErrorMessage") or form.get("ChannelStatusMessage") or f"Twilio reports error {code}"
    detail = form.get("ChannelStatusMessage", "")
    return {
        "code": code[:100],
        "title": words[:1_000],
        "detail": "" if detail == words else detail[:10_000],
        "remedy": "",  # the notifier knows what people can do about an error
    }
