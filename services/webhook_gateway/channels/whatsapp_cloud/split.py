"""One webhook taken apart: every item of every change, every notice, and whatever else is inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.webhook_gateway.channels.whatsapp_cloud import health, templates
from services.webhook_gateway.channels.whatsapp_cloud.change import (
    ECHOES,
    MESSAGES,
    SHORT,
    USER_IDS,
    Change,
    is_short,
    with_entry,
    wrapped,
)

MESSAGE: Final = "messages"
STATUS: Final = "statuses"
ERROR: Final = "errors"
ECHO: Final = "message_echoes"
NEW_USER_ID: Final = "user_id_update"
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    MESSAGES: (MESSAGE, STATUS, ERROR),
    ECHOES: (ECHO, ERROR),
    USER_IDS: (NEW_USER_ID, ERROR),
}
"""Which lists of items a change of a number holds, by its field."""

NOTICES: Final = frozenset({*health.READERS, *templates.READERS})
"""Fields that say something of a whole account, one of its numbers or one of its templates."""

_AROUND: Final = ("messaging_product", "metadata", "contacts")
_KNOWN: Final = {field: frozenset({*_AROUND, *lists}) for field, lists in LISTS.items()}
MAX_ITEMS: Final = 5_000
"""Meta sends at most 1,000 updates in a POST; what holds far more is not taken apart."""


class TooManyItems(Exception):
    """The webhook holds more items than any provider sends; taking it apart would only cost memory."""


class Notice(NamedTuple):
    """Something about a whole account (`entry_id`); `at` is Meta's Unix time, as it came."""

    field: str
    entry_id: Any
    at: Any
    value: dict[str, Any]

    def alone(self) -> dict[str, Any]:
        """A webhook as Meta would have sent it with nothing but this notice inside."""
        return wrapped(self.entry_id, {"field": self.field, "value": self.value}, self.at)


class Odd(NamedTuple):
    """Something that is neither item nor notice, why, and a webhook that holds nothing but it."""

    reason: str
    detail: str
    webhook: dict[str, Any]


def split(document: dict[str, Any]) -> list[Change | Notice | Odd]:
    """Everything inside a webhook, in its order, each thing exactly once. TooManyItems beyond MAX_ITEMS."""
    entries = document.get("entry")
    if type(entries) is not list or not entries:
        return [Odd("no-entry", "The webhook has no entry.", document)]
    found: list[Change | Notice | Odd] = []
    for entry in entries:
        if len(found) > MAX_ITEMS:
            raise TooManyItems
        changes = entry.get("changes") if type(entry) is dict else None
        if type(changes) is not list or not changes:
            found.append(Odd("no-changes", "An entry of the webhook has no changes.", with_entry(entry)))
            continue
        for change in changes:
            _split_change(entry, change, found)
    if sum(len(part.items) if isinstance(part, Change) else 1 for part in found) > MAX_ITEMS:
        raise TooManyItems
    return found


def _split_change(entry: dict[str, Any], change: Any, found: list[Change | Notice | Odd]) -> None:
    entry_id = entry.get("id")
    if type(change) is not dict or type(value := change.get("value")) is not dict:
        detail = "A change of the webhook has no value."
        found.append(Odd("malformed-change", detail, wrapped(entry_id, change)))
        return
    field = change.get("field")
    if type(field) is not str or field not in LISTS:
        found.append(_without_number(entry, field, change, value))
        return
    metadata = value.get("metadata")
    phone_number_id = metadata.get("phone_number_id") if type(metadata) is dict else None
    if type(phone_number_id) is not str or not 0 < len(phone_number_id) <= SHORT:
        detail = "A change does not say for which number."
        found.append(Odd("no-phone-number-id", detail, wrapped(entry_id, change)))
        return
    _split_value(Change(entry_id, field, phone_number_id, value), value, found)


def _without_number(entry: dict[str, Any], field: Any, change: Any, value: dict[str, Any]) -> Notice | Odd:
    if type(field) is str and field in NOTICES:
        return Notice(field, entry.get("id"), entry.get("time"), value)
    detail = f"The field {field} is not handled." if is_short(field) else "The change names no field."
    return Odd("unhandled-field", detail, wrapped(entry.get("id"), change, entry.get("time")))


def _split_value(change: Change, value: dict[str, Any], found: list[Change | Notice | Odd]) -> None:
    known, lists = _KNOWN[change.field], LISTS[change.field]
    odd = [name for name in value if name not in known]
    for what in lists:
        items = value.get(what)
        if type(items) is list:
            change.items += [(what, item) for item in items]
        elif items is not None:
            odd.append(what)
    if change.items:
        found.append(change)
    if odd or not change.items:
        rest = {name: item for name, item in value.items() if name not in lists or name in odd}
        reason = "unknown-content" if odd else "nothing-inside"
        detail = "A change holds what is not understood." if odd else "A change holds no item."
        found.append(Odd(reason, detail, wrapped(change.entry_id, {"field": change.field, "value": rest})))
