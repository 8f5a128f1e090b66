"""One webhook taken apart: every message and status of every change, and whatever else is inside."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from services.webhook_gateway.domain.whatsapp_number import canonical

MESSAGE: Final = "messages"
STATUS: Final = "statuses"
ERROR: Final = "errors"
_FIELD: Final = "messages"
_LISTS: Final = (MESSAGE, STATUS, ERROR)
_KNOWN: Final = frozenset({"messaging_product", "metadata", "contacts", *_LISTS})
_METADATA: Final = ("display_phone_number", "phone_number_id")
_CONTACT: Final = ("wa_id", "user_id", "parent_user_id", "identity_key_hash")
_PROFILE: Final = ("name", "username")
_SHORT: Final = 100
_LONGEST_FIELD: Final = 500
MAX_ITEMS: Final = 5_000
"""Meta sends at most 1,000 updates in a POST; what holds far more is not taken apart."""


class Malformed(Exception):
    """This one item cannot be understood: `reason` a slug, `detail` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class TooManyItems(Exception):
    """The webhook holds more items than any provider sends; taking it apart would only cost memory."""


class Change:
    """What came for one number at once: messages, statuses and errors, and the contacts they refer to."""

    __slots__ = ("_contacts", "_index", "_value", "entry_id", "items", "phone_number_id")

    def __init__(self, entry_id: Any, phone_number_id: str, value: dict[str, Any]) -> None:
        self.entry_id = entry_id
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
        return wrapped(self.entry_id, {"field": _FIELD, "value": value})

    def _contact_of(self, item: Any) -> dict[str, Any]:
        if type(item) is not dict:
            return {}
        address = item.get("from") or item.get("recipient_id")
        return self.contact(address, item.get("from_user_id") or item.get("recipient_user_id"))


class Odd(NamedTuple):
    """Something that is neither message nor status, why, and a webhook that holds nothing but it."""

    reason: str
    detail: str
    webhook: dict[str, Any]


def split(document: dict[str, Any]) -> list[Change | Odd]:
    """Everything inside a webhook, in its order, each thing exactly once. TooManyItems beyond MAX_ITEMS."""
    entries = document.get("entry")
    if type(entries) is not list or not entries:
        return [Odd("no-entry", "The webhook has no entry.", document)]
    found: list[Change | Odd] = []
    for entry in entries:
        if len(found) > MAX_ITEMS:
            raise TooManyItems
        changes = entry.get("changes") if type(entry) is dict else None
        if type(changes) is not list or not changes:
            found.append(Odd("no-changes", "An entry of the webhook has no changes.", _with_entry(entry)))
            continue
        for change in changes:
            _split_change(entry.get("id"), change, found)
    if sum(len(part.items) if isinstance(part, Change) else 1 for part in found) > MAX_ITEMS:
        raise TooManyItems
    return found


def wrapped(entry_id: Any, change: Any) -> dict[str, Any]:
    """A webhook with nothing but this change inside."""
    return _with_entry({"id": entry_id if _is_short(entry_id) else None, "changes": [change]})


def _with_entry(entry: Any) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _split_change(entry_id: Any, change: Any, found: list[Change | Odd]) -> None:
    if type(change) is not dict or type(value := change.get("value")) is not dict:
        detail = "A change of the webhook has no value."
        found.append(Odd("malformed-change", detail, wrapped(entry_id, change)))
        return
    field = change.get("field")
    if field != _FIELD:
        detail = f"The field {field} is not handled." if _is_short(field) else "The change names no field."
        found.append(Odd("unhandled-field", detail, wrapped(entry_id, change)))
        return
    metadata = value.get("metadata")
    phone_number_id = metadata.get("phone_number_id") if type(metadata) is dict else None
    if type(phone_number_id) is not str or not 0 < len(phone_number_id) <= _SHORT:
        detail = "A change does not say for which number."
        found.append(Odd("no-phone-number-id", detail, wrapped(entry_id, change)))
        return
    _split_value(Change(entry_id, phone_number_id, value), value, found)


def _split_value(change: Change, value: dict[str, Any], found: list[Change | Odd]) -> None:
    odd = [name for name in value if name not in _KNOWN]
    for what in _LISTS:
        items = value.get(what)
        if type(items) is list:
            change.items += [(what, item) for item in items]
        elif items is not None:
            odd.append(what)
    if change.items:
        found.append(change)
    if odd or not change.items:
        rest = {name: item for name, item in value.items() if name not in _LISTS or name in odd}
        reason = "unknown-content" if odd else "nothing-inside"
        detail = "A change holds what is not understood." if odd else "A change holds no item."
        found.append(Odd(reason, detail, wrapped(change.entry_id, {"field": _FIELD, "value": rest})))


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


def _is_short(value: Any, longest: int = _SHORT) -> bool:
    return (type(value) is str and len(value) <= longest) or type(value) is int


def _short_fields(source: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if type(source) is not dict:
        return {}
    return {name: source[name] for name in names if _is_short(source.get(name), _LONGEST_FIELD)}
