"""What a visitor says to be reached by, or once wrote as: kept, never used to recognise anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.identity import EMAIL, PHONE, WHATSAPP, Identity

MOST_CLAIMS: Final = 10
"""Of one contact; of more the oldest are forgotten."""
KINDS: Final = (EMAIL, PHONE)
"""What visitors type. A claim of the kind CHAT nobody typed: it is what their browser had before they logged
in, and belongs to another contact."""
_SAME: Final = {WHATSAPP: PHONE}
"""A number is the same person's, whatever it is used with."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An address or a number that somebody typed in a chat; `value` is written as identities are."""

    kind: str
    value: str
    at: datetime
    channel: str

    @property
    def key(self) -> str:
        """The claim as one string, to be found by."""
        return f"{self.kind}:{self.value}"


def claim_key(identity: Identity) -> str:
    """What a claim of this identity would be found by; of a kind that nobody can claim, nothing's."""
    return f"{_SAME.get(identity.kind, identity.kind)}:{identity.value}"


def identity_keys(claims: Iterable[Claim]) -> list[str]:
    """The keys of all identities that these claims may be about."""
    kinds = {EMAIL: (EMAIL,), PHONE: (PHONE, WHATSAPP), CHAT: (CHAT,)}
    return sorted({f"{kind}:{each.value}" for each in claims for kind in kinds[each.kind]})
