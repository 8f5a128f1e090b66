"""What could not be acted on: kept whole with the reason, to be tried again or put away by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

HELD: Final = "held"
REPLAYED: Final = "replayed"
DISCARDED: Final = "discarded"


@dataclass(frozen=True, slots=True)
class Replay:
    """What to publish, and where, when the item is tried again: the original bytes."""

    exchange: str
    routing_key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """`reason` is a slug, `detail` is for people, `payload` is what came, as far as it is text.

    `raw_blob` names it as it came in the blob store, where it is too large for `payload` or no text (a mail).
    With `held_again` an item with the same id that was decided on already is held once more (it came back);
    otherwise a second item with the same id changes nothing.
    """

    id: str
    service: str
    reason: str
    detail: str
    payload: str
    quarantined_at: datetime
    replay: Replay | None
    held_again: bool = False
    raw_blob: str = ""


@dataclass(frozen=True, slots=True)
class QuarantineDecision:
    """A person's decision on a held item (`replayed` or `discarded`)."""

    item_id: str
    state: str
    decided_at: datetime
    decided_by: str
