"""A person the desk knows, first as a lead; recognised by any of its identities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.identity import Identity

LEAD: Final = "lead"
CONTACT: Final = "contact"
STAGES: Final = (LEAD, CONTACT)


@dataclass(slots=True)
class Contact:
    """`version` is 0 until it is first saved; each save adds one. Times are aware UTC."""

    id: str
    stage: str
    name: str
    identities: list[Identity]
    created_at: datetime
    updated_at: datetime
    version: int = 0

    def learn(self, identities: Sequence[Identity], name: str, at: datetime) -> bool:
        """Take in what a message says about its sender; whether anything is new.

        A lead is called what the provider calls it; a contact's name is the desk's own and stays.
        """
        known = {identity.key for identity in self.identities}
        new = [identity for identity in identities if identity.key not in known]
        renamed = bool(name) and name != self.name and (self.stage == LEAD or not self.name)
        if not new and not renamed:
            return False
        self.identities = [*self.identities, *new]
        if renamed:
            self.name = name
        self.updated_at = at
        return True
