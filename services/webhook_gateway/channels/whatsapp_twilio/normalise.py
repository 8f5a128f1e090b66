"""One form as the data of `message.received`, in its wire form."""

from __future__ import annotations

from typing import Final

from services.webhook_gateway.channels.identities import identities
from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_twilio.content import describe, files
from services.webhook_gateway.channels.whatsapp_twilio.settings import TwilioNumber
from services.webhook_gateway.ports import Item
from shared.contracts.message_received import IN, TYPE

KIND: Final = "whatsapp_twilio"
REPLY_WINDOW_SECONDS: Final = 86_400
"""Twilio, "WhatsApp: key concepts": 24 hours from the user's last message."""

_PREFIX: Final = "whatsapp:"
_LONGEST_ID: Final = 500
_LONGEST_NAME: Final = 500


def message(form: dict[str, str], number: TwilioNumber, arrived: str) -> Item:
    """The event for an incoming message; `arrived` (RFC 3339) is its time, for Twilio tells none.

    Malformed when it lacks an id or a sender.
    """
    sid = message_sid(form)
    senders = _senders(form)
    dedupe_key = f"{KIND}:{number.account_sid}:{sid}"
    contact_key = f"{number.id}:{senders[0]['value']}"
    attachments = files(form, dedupe_key)
    kind, text, content = describe(form, attachments)
    quoted = form.get("OriginalRepliedMessageSid", "")
    earlier = quoted if 0 < len(quoted) <= _LONGEST_ID else None
    data = {
        "dedupe_key": dedupe_key,
        "channel_id": number.id,
        "channel_kind": KIND,
        "provider_message_id": sid,
        "contact_key": contact_key,
        "sender": {"identities": senders, "name": form.get("ProfileName", "")[:_LONGEST_NAME]},
        "occurred_at": arrived,
        "received_at": arrived,
        "kind": kind,
        "text": text,
        "content": content,
        "reply_to": None if kind == "reaction" else earlier,
        "reply_window_seconds": REPLY_WINDOW_SECONDS,
        "raw": as_text(form),
        "direction": IN,
        "target": earlier if kind == "reaction" else None,
        "attachments": attachments,
    }
    return Item(TYPE, dedupe_key, arrived, contact_key, data)


def message_sid(form: dict[str, str]) -> str:
    """Twilio's id of the message. Malformed without a usable one."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if not 0 < len(sid) <= _LONGEST_ID:
        raise Malformed("no-message-id", "The form has no usable MessageSid.")
    return sid


def bare(address: str) -> str | None:
    """A WhatsApp address without its prefix; None for one of another channel."""
    return address[len(_PREFIX) :] if address.startswith(_PREFIX) else None


def _senders(form: dict[str, str]) -> list[dict[str, str]]:
    """Whoever wrote: the number if Twilio knows it, and Meta's user id.

    Source: Twilio, WhatsApp user names: `ExternalUserId` is the user id, and so is `From` of somebody whose
    number is hidden; a user id begins with a country's letters, a number does not.
    """
    sender = bare(form.get("From", "")) or ""
    user_id = bare(form.get("ExternalUserId", "")) or ("" if sender.startswith("+") else sender)
    found = identities(sender if sender.startswith("+") else f"+{form.get('WaId', '')}", user_id)
    if not found:
        raise Malformed("no-sender", "The form names neither a phone number nor a user id.")
    return found
