"""Who wrote: the identities in a message and in its contact, whichever of them are there."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.whatsapp_cloud.split import Change, Malformed
from services.webhook_gateway.domain.whatsapp_number import canonical

PHONE: Final = "whatsapp"
BSUID: Final = "bsuid"
_LONGEST_ID: Final = 320
_LONGEST_NAME: Final = 500


class Person(NamedTuple):
    """Identities as the contract has them (phone first), `key` the one to keep the order by, and a name."""

    identities: list[dict[str, str]]
    key: str
    name: str


def sender(message: dict[str, Any], change: Change) -> Person:
    """Who sent a message. Malformed when neither a phone number nor a business-scoped user id is known.

    Source: Meta, "Business-scoped user IDs": `from` and `wa_id` are absent for people who chose a user
    name, `from_user_id` and `user_id` are absent from older payloads, `contacts` from system messages.
    """
    contact = change.contact(message.get("from"), message.get("from_user_id"))
    return _person(
        message.get("from") or contact.get("wa_id"),
        message.get("from_user_id") or contact.get("user_id"),
        contact.get("profile"),
    )


def recipient(status: dict[str, Any], change: Change) -> tuple[str, str]:
    """(address as the provider wrote it, key) of whom a status is about; both empty when it does not say."""
    address, user_id = status.get("recipient_id"), status.get("recipient_user_id")
    if not address and not user_id:
        contact = change.contact(None, None)
        address, user_id = contact.get("wa_id"), contact.get("user_id")
    for value in (address, user_id):
        if type(value) is str and 0 < len(value) <= _LONGEST_ID:
            return value, canonical(value) or value
    return "", ""


def _person(address: Any, user_id: Any, profile: Any) -> Person:
    identities: list[dict[str, str]] = []
    if type(address) is int:
        address = str(address)
    if type(address) is str:
        number = canonical(address)
        if number is not None:
            identities.append({"kind": PHONE, "value": number, "address": address})
    if type(user_id) is str and 0 < len(user_id) <= _LONGEST_ID:
        identities.append({"kind": BSUID, "value": user_id, "address": user_id})
    if not identities:
        raise Malformed("no-sender", "The message names neither a phone number nor a user id.")
    return Person(identities, identities[0]["value"], _name(profile))


def _name(profile: Any) -> str:
    if type(profile) is dict:
        for name in (profile.get("name"), profile.get("username")):
            if type(name) is str and name:
                return name[:_LONGEST_NAME]
    return ""
