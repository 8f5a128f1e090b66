"""A person the desk knows, first as a lead; recognised by any of its identities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.claim import MOST_CLAIMS, Claim
from services.ticket_service.domain.identity import EMAIL, PHONE, Identity

LEAD: Final = "lead"
CONTACT: Final = "contact"
STAGES: Final = (LEAD, CONTACT)
IN_USE: Final = "in-use"
MERGED: Final = "merged"
ERASED: Final = "erased"
_SHORT: Final = 6


@dataclass(slots=True)
class Contact:
    """`version` is 0 until it is first saved; each save adds one. Times are aware UTC.

    `language` is a tag like `it` (empty: not known), `organization` the id of a record. A contact that was
    merged has nothing left and names the one that has it in `merged_into`; one that was erased has no name
    and no identities any more. `claims` are addresses and numbers that a visitor typed and nobody proved,
    oldest first; `not_same` are ids of contacts that people said to be somebody else.
    """

    id: str
    stage: str
    name: str
    identities: list[Identity]
    created_at: datetime
    updated_at: datetime
    language: str = ""
    organization: str | None = None
    job_title: str = ""
    merged_into: str | None = None
    erased_at: datetime | None = None
    claims: list[Claim] = field(default_factory=list)
    not_same: list[str] = field(default_factory=list)
    version: int = 0

    @property
    def state(self) -> str:
        """For people: `in-use`, or `merged` or `erased`, which nothing can be done with any more."""
        if self.erased_at is not None:
            return ERASED
        return IN_USE if self.merged_into is None else MERGED

    def alias(self, address: str) -> str:
        """What titles say for this address of theirs (S003: "number or alias").

        That of a visitor of a live chat tells people nothing: their name does, else how they say to be
        reached, else the beginning of their number.
        """
        if Identity(CHAT, address, address).key not in {known.key for known in self.identities}:
            return address
        return self.name or self.claimed(EMAIL) or self.claimed(PHONE) or address.partition("-")[2][:_SHORT]

    def add_identity(self, identity: Identity, at: datetime) -> None:
        """Recognise the person by one more identity; one that is known already changes nothing."""
        if identity.key not in {known.key for known in self.identities}:
            self.identities = [*self.identities, identity]
            self.updated_at = at

    def remove_identity(self, key: str, at: datetime) -> bool:
        """No longer recognise the person by this identity (its key); whether it was one."""
        left = [identity for identity in self.identities if identity.key != key]
        removed = len(left) < len(self.identities)
        if removed:
            self.identities, self.updated_at = left, at
        return removed

    def erase(self, at: datetime) -> None:
        """Forget who it is; what remains is that there was somebody."""
        self.name = self.language = self.job_title = ""
        self.identities, self.organization = [], None
        self.claims, self.not_same = [], []
        self.erased_at = self.updated_at = at

    def claim(self, claim: Claim) -> bool:
        """Keep what somebody says to be reached by, unless it is known; whether anything changed.

        What they say again after something else is what counts now, so it becomes the latest.
        """
        if claim.key in {each.key for each in self.identities}:
            return False
        others = [each for each in self.claims if each.key != claim.key]
        known = len(others) < len(self.claims)
        if known and (claim.kind == CHAT or self.claimed(claim.kind) == claim.value):
            return False
        self.claims = [*others, claim][-MOST_CLAIMS:]
        self.updated_at = claim.at
        return True

    def claimed(self, kind: str) -> str | None:
        """The value that was claimed last of this kind; None without any."""
        return next((each.value for each in reversed(self.claims) if each.kind == kind), None)

    def prove(self, identity: Identity, at: datetime) -> None:
        """What was only claimed is theirs: from now on they are recognised by it."""
        self.claims = [each for each in self.claims if each.key != identity.key]
        self.add_identity(identity, at)

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
