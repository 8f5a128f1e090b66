"""A WhatsApp user's identities, the same whoever of the providers reports them: one person is one contact."""

from __future__ import annotations

from typing import Any, Final

from shared.contracts.whatsapp_number import canonical

PHONE: Final = "whatsapp"
BSUID: Final = "bsuid"
LONGEST_ID: Final = 320


def identities(address: Any, user_id: Any) -> list[dict[str, str]]:
    """What can be used of a number and a business-scoped user id, as on the wire, the number first."""
    found: list[dict[str, str]] = []
    if type(address) is int:
        address = str(address)
    if type(address) is str:
        number = canonical(address)
        if number is not None:
            found.append({"kind": PHONE, "value": number, "address": address})
    if type(user_id) is str and 0 < len(user_id) <= LONGEST_ID:
        found.append({"kind": BSUID, "value": user_id, "address": user_id})
    return found
