"""Who wrote: the identities in a message and in its contact, whichever of them are there."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.identities import LONGEST_ID, identities
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.change import Change
from shared.contracts.whatsapp_number import canonical

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


def addressee(echo: dict[str, Any], change: Change) -> Person:
    """The customer to whom the business wrote on its own phone. Malformed when the echo names nobody.

    Source: Meta, `smb_message_echoes`: `from` is the business's own number, `to` the customer's.
    """
    contact = change.contact(echo.get("to"), echo.get("to_user_id"))
    return _person(
        echo.get("to") or contact.get("wa_id"),
        echo.get("to_user_id") or contact.get("user_id"),
        contact.get("profile"),
    )


def successor(message: dict[str, Any], change: Change) -> Person:
    """Whom a system message is about: new identities before those they replace, the key still the old one.

    Source: Meta, "System messages": `from` (`customer` before v12) is the old number, `wa_id` (`new_wa_id`)
    and `user_id` are the new ones; a new user id alone comes without saying the old one.
    """
    system = message.get("system")
    facts: dict[str, Any] = system if type(system) is dict else {}
    contact = change.contact(message.get("from"), message.get("from_user_id"))
    name = _name(contact.get("profile"))
    old = identities(
        message.get("from") or facts.get("customer") or contact.get("wa_id"),
        message.get("from_user_id") or facts.get("previous_user_id") or contact.get("user_id"),
    )
    new = identities(facts.get("wa_id") or facts.get("new_wa_id"), facts.get("user_id"))
    return _replaced(old, new, name)


def renamed(update: dict[str, Any], change: Change) -> Person:
    """Whose user id Meta replaced: the number if known and the new id, then the old id, which is the key.

    Source: Meta, `user_id_update`: `user_id` holds `previous` and `current`.
    """
    contact = change.contact(update.get("wa_id"), None)
    ids = update.get("user_id")
    ids = ids if type(ids) is dict else {}
    new = identities(update.get("wa_id") or contact.get("wa_id"), ids.get("current"))
    return _replaced(identities(None, ids.get("previous")), new, _name(contact.get("profile")))


def recipient(status: dict[str, Any], change: Change) -> tuple[str, str]:
    """(address as the provider wrote it, key) of whom a status is about; both empty when it does not say."""
    address, user_id = status.get("recipient_id"), status.get("recipient_user_id")
    if not address and not user_id:
        contact = change.contact(None, None)
        address, user_id = contact.get("wa_id"), contact.get("user_id")
    for value in (address, user_id):
        if type(value) is str and 0 < len(value) <= LONGEST_ID:
            return value, canonical(value) or value
    return "", ""


def _person(address: Any, user_id: Any, profile: Any) -> Person:
    found = identities(address, user_id)
    if not found:
        raise Malformed("no-sender", "The message names neither a phone number nor a user id.")
    return Person(found, found[0]["value"], _name(profile))


def _replaced(old: list[dict[str, str]], new: list[dict[str, str]], name: str) -> Person:
    """One person who has other identities now; each identity once."""
    known = {(identity["kind"], identity["value"]) for identity in new}
    every = [*new, *(identity for identity in old if (identity["kind"], identity["value"]) not in known)]
    if not every:
        raise Malformed("no-sender", "The message names neither a phone number nor a user id.")
    return Person(every, (old or every)[0]["value"], name)


def _name(profile: Any) -> str:
    if type(profile) is dict:
        for name in (profile.get("name"), profile.get("username")):
            if type(name) is str and name:
                return name[:_LONGEST_NAME]
    return ""
