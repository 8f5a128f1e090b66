"""Two contacts that may be one person: one says to have what the other is known by, or had its browser."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.ticket_service.domain.claim import claim_key
from services.ticket_service.domain.contact import IN_USE, Contact


@dataclass(frozen=True, slots=True)
class MergeSuggestion:
    """`contact` and `other` have `kind` and `value` in common; `at` is when a visitor claimed it.

    `proven` says whether the other is known by it, or has only claimed it too. Only people merge: nobody
    becomes somebody by their own word.
    """

    contact: Contact
    other: Contact
    kind: str
    value: str
    at: datetime
    proven: bool


def suggestions(contact: Contact, others: Collection[Contact]) -> list[MergeSuggestion]:
    """What of `others` may be the same person as the contact, the latest claim first; each other once.

    Whom people said to be somebody else is in it no more.
    """
    found = {}
    for other in sorted(others, key=lambda each: each.id):
        apart = other.id in contact.not_same or contact.id in other.not_same
        if other.id == contact.id or apart or other.state != IN_USE:
            continue
        common = sorted(_common(contact, other), key=lambda each: (not each.proven, -each.at.timestamp()))
        if common:
            found[other.id] = common[0]
    return sorted(found.values(), key=lambda each: each.at, reverse=True)


def _common(contact: Contact, other: Contact) -> Iterator[MergeSuggestion]:
    theirs = {each.key: each for each in other.claims}
    for claim in contact.claims:
        known = claim.key in {claim_key(each) for each in other.identities}
        if known or claim.key in theirs:
            yield MergeSuggestion(contact, other, claim.kind, claim.value, claim.at, known)
    own = {claim_key(each) for each in contact.identities}
    for claim in other.claims:
        if claim.key in own:
            yield MergeSuggestion(contact, other, claim.kind, claim.value, claim.at, True)
