"""What came for one number at once, and how to write any one item of it down as a webhook of its own."""

from __future__ import annotations

from typing import Any, Final

from shared.contracts.whatsapp_number import canonical

MESSAGES: Final = "messages"
ECHOES: Final = "smb_message_echoes"
USER_IDS: Final = "user_id_update"
"""The fields whose changes belong to a number."""

_METADATA: Final = ("display_phone_number", "phone_number_id")
_CONTACT: Final = ("wa_id", "user_id", "parent_user_id", "identity_key_hash")
_PROFILE: Final = ("name", "username")
SHORT: Final = 100
_LONGEST_FIELD: Final = 500


class Change:
    """What came for one number at once: items of the lists of its field, and the contacts they refer to."""

    __slots__ = ("_contacts", "_index", "_value", "entry_id", "field", "items", "phone_number_id")

    def __init__(self, entry_id: Any, field: str, phone_number_id: str, value: dict[str, Any]) -> None:
        self.entry_id = entry_id
        self.field = field
        self.phone_number_id = phone_number_id
        self.items: list[tuple[str, Any]] = []
        self._value = value
        self._contacts: Any = value.get("contacts")
        self._index: dict[str, dict[str, Any]] | None = None

    def contact(self, address: Any, user_id: Any) -> dict[str, Any]:
        """The contact with this address or user id, empty when there is none.

        A lone contact is also taken when nothing contradicts it: Meta leaves keys out on either side.
        """
        contacts = self._contacts
        if type(contacts) is not list or not contacts:
            return {}
        if len(contacts) == 1:
            contact = contacts[0]
            return contact if type(contact) is dict and _fits(contact, address, user_id) else {}
        if self._index is None:
            self._index = _by_key(contacts)
        return self._index.get(_key(user_id)) or self._index.get(_key(address)) or {}

    def alone(self, what: str, item: Any) -> dict[str, Any]:
        """A webhook as Meta would have sent it with nothing but this item inside."""
        metadata = self._value["metadata"]
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": _short_fields(metadata, _METADATA),
        }
        contact = self._contact_of(item)
        if contact:
            # Only what a contact is known to hold: each of thousands of items carries a copy.
            value["contacts"] = [
                {
                    "profile": _short_fields(contact.get("profile"), _PROFILE),
                    **_short_fields(contact, _CONTACT),
                }
            ]
        value[what] = [item]
        return wrapped(self.entry_id, {"field": self.field, "value": value})

    def _contact_of(self, item: Any) -> dict[str, Any]:
        if type(item) is not dict:
            return {}
        if self.field == ECHOES:
            return self.contact(item.get("to"), item.get("to_user_id"))
        address = item.get("from") or item.get("recipient_id") or item.get("wa_id")
        return self.contact(address, item.get("from_user_id") or item.get("recipient_user_id"))


def wrapped(entry_id: Any, change: Any, at: Any = None) -> dict[str, Any]:
    """A webhook with nothing but this change inside."""
    entry: dict[str, Any] = {"id": entry_id if is_short(entry_id) else None, "changes": [change]}
    if at is not None and is_short(at):
        entry["time"] = at
    return with_entry(entry)


def with_entry(entry: Any) -> dict[str, Any]:
    """A webhook with nothing but this entry inside."""
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _by_key(contacts: list[Any]) -> dict[str, dict[str, Any]]:
    index: dict[str, dict[str, Any]] = {}
    for contact in contacts:
        if type(contact) is dict:
            for name in ("wa_id", "user_id"):
                index.setdefault(_key(contact.get(name)), contact)
    index.pop("", None)
    return index


def _key(value: Any) -> str:
    return (canonical(value) or value) if type(value) is str else ""


def _fits(contact: dict[str, Any], address: Any, user_id: Any) -> bool:
    wa_id, known_user = contact.get("wa_id"), contact.get("user_id")
    if address and address == wa_id:
        return True
    if user_id and known_user:
        return bool(user_id == known_user)
    return not address or not wa_id or _key(address) == _key(wa_id)


def is_short(value: Any) -> bool:
    """Whether this is an id of sensible length, fit to be copied for each item."""
    return (type(value) is str and len(value) <= SHORT) or type(value) is int


def _short_fields(source: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The named texts, cut where no identity or name that is used is as long, and numbers."""
    if type(source) is not dict:
        return {}
    found: dict[str, Any] = {}
    for name in names:
        value = source.get(name)
        if type(value) is str:
            found[name] = value[:_LONGEST_FIELD]
        elif type(value) is int:
            found[name] = value
    return found
