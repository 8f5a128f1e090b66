"""By what a person is recognised: a phone number, a business-scoped id, an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WHATSAPP: Final = "whatsapp"
PHONE: Final = "phone"
EMAIL: Final = "email"
BY_HAND: Final = (WHATSAPP, PHONE, EMAIL)
"""The kinds that people may add; the others are providers' own ids and come with messages."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`value` is for matching (E.164, say), `address` is what the provider wants back, kept word for word."""

    kind: str
    value: str
    address: str

    @property
    def key(self) -> str:
        """The identity as one string, unique over all contacts."""
        return f"{self.kind}:{self.value}"
