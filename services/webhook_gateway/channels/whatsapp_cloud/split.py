"""One webhook taken apart: every message and status of every change, and whatever else is inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from services.webhook_gateway.domain.whatsapp_number import canonical

MESSAGE: Final = "messages"
STATUS: Final = "statuses"
_ERROR: Final = "errors"
_FIELD: Final = "messages"
_LISTS: Final = (MESSAGE, STATUS, _ERROR)
_KNOWN: Final = frozenset({"messaging_product", "metadata", "contacts", *_LISTS})
_METADATA: Final = ("display_phone_number", "phone_number_id")
_SHORT: Final = 100


class Malformed(Exception):
    """This one item cannot be understood: `reason` a slug, `detail` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Change:
    """What wraps the items of one change: whose number they came to, and the contacts they may refer to."""

    __slots__ = ("_contacts", "_index", "_value", "entry_id", "phone_number_id")

    def __init__(self, entry_id: Any, phone_number_id: str, value: dict[str, Any]) -> None:
        self.entry_id = entry_id
        self.phone_number_id = phone_number_id
        self._value = value
        contacts = value.get("contacts")
        self._contacts: list[Any] = contacts if type(contacts) is list else []
        self._index: dict[str, dict[str, Any]] | None = None

    def contact(self, address: Any, user_id: Any) -> dict[str, Any]:
        """The contact with this address or user id, empty when there is none.

        A lone contact is also taken when nothing contradicts it: Meta leaves keys out on either side.
        """
        contacts = self._contacts
        if len(contacts) == 1:
            contact = contacts[0]
            return contact if type(contact) is dict and _fits(contact, address, user_id) else {}
        if not contacts:
            return {}
        if self._index is None:
            self._index = _by_key(contacts)
        return self._index.get(_key(user_id)) or self._index.get(_key(address)) or {}

    def alone(self, what: str, item: Any) -> dict[str, Any]:
        """A webhook as Meta would have sent it with nothing but this item inside."""
        metadata = self._value["metadata"]
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {name: metadata[name] for name in _METADATA if _is_short(metadata.get(name))},
        }
        contact = self._contact_of(item)
        if contact:
            value["contacts"] = [contact]
        value[what] = [item]
        return wrapped(self.entry_id, {"field": _FIELD, "value": value})

    def _contact_of(self, item: Any) -> dict[str, Any]:
        if type(item) is not dict:
            return {}
        address = item.get("from") or item.get("recipient_id")
        return self.contact(address, item.get("from_user_id") or item.get("recipient_user_id"))


class Part(NamedTuple):
    """A message or a status (`what`), with what wraps it."""

    what: str
    item: Any
    change: Change


class Odd(NamedTuple):
    """Something else, with why it is neither, and a webhook that holds nothing but it."""

    reason: str
    detail: str
    webhook: dict[str, Any]


def split(document: dict[str, Any]) -> Iterator[Part | Odd]:
    """Everything inside a webhook, in its order, each thing exactly once."""
    entries = document.get("entry")
    if type(entries) is not list or not entries:
        yield Odd("no-entry", "The webhook has no entry.", document)
        return
    for entry in entries:
        changes = entry.get("changes") if type(entry) is dict else None
        if type(changes) is not list or not changes:
            yield Odd("no-changes", "An entry of the webhook has no changes.", _with_entry(entry))
            continue
        for change in changes:
            yield from _split_change(entry.get("id"), change)


def wrapped(entry_id: Any, change: Any) -> dict[str, Any]:
    """A webhook with nothing but this change inside."""
    return _with_entry({"id": entry_id if _is_short(entry_id) else None, "changes": [change]})


def _with_entry(entry: Any) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _split_change(entry_id: Any, change: Any) -> Iterator[Part | Odd]:
    if type(change) is not dict or type(value := change.get("value")) is not dict:
        yield Odd("malformed-change", "A change of the webhook has no value.", wrapped(entry_id, change))
        return
    if change.get("field") != _FIELD:
        field = change.get("field")
        detail = f"The field {field} is not handled." if _is_short(field) else "The change names no field."
        yield Odd("unhandled-field", detail, wrapped(entry_id, change))
        return
    metadata = value.get("metadata")
    phone_number_id = metadata.get("phone_number_id") if type(metadata) is dict else None
    if type(phone_number_id) is not str or not 0 < len(phone_number_id) <= _SHORT:
        yield Odd("no-phone-number-id", "A change does not say for which number.", wrapped(entry_id, change))
        return
    yield from _split_value(Change(entry_id, phone_number_id, value), value)


def _split_value(change: Change, value: dict[str, Any]) -> Iterator[Part | Odd]:
    nothing = True
    odd = [] if value.keys() <= _KNOWN else [name for name in value if name not in _KNOWN]
    for what in _LISTS:
        items = value.get(what)
        if items is None:
            continue
        if type(items) is not list:
            odd.append(what)
            continue
        for item in items:
            nothing = False
            if what is _ERROR:
                yield Odd("provider-error", _error_detail(item), change.alone(what, item))
            else:
                yield Part(what, item, change)
    if odd or nothing:
        rest = {name: item for name, item in value.items() if name not in _LISTS or name in odd}
        reason = "unknown-content" if odd else "nothing-inside"
        detail = "A change holds what is not understood." if odd else "A change holds no item."
        yield Odd(reason, detail, wrapped(change.entry_id, {"field": _FIELD, "value": rest}))


def _error_detail(error: Any) -> str:
    if type(error) is dict and _is_short(error.get("title")):
        return f"The provider reports: {error['title']}"
    return "The provider reports an error."


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


def _is_short(value: Any) -> bool:
    return (type(value) is str and len(value) <= _SHORT) or type(value) is int
