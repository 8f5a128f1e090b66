"""What the gateway writes by hand, beside what the contracts would write of the same event."""

from __future__ import annotations

from typing import Any

import orjson

from shared.contracts.catalogue import CONTRACTS, decode


def by_hand_and_by_contract(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event's data both ways; what only mailboxes and live chats have, no provider's webhook has."""
    event = decode(body)
    contract: dict[str, Any] = CONTRACTS[event.type].schema.dump(event.data)
    for other in ("mail", "visitor"):
        if contract.get(other, "absent") is None:
            del contract[other]
    written: dict[str, Any] = orjson.loads(body)["data"]
    return written, contract
