"""What the interface reads of people: contacts by stage, organization and words, and who belongs where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pymongo.database import Database

from services.ticket_service.domain.claim import claim_key, identity_keys
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.words import MAX_QUERY_WORDS, query_words
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.exporting import PersonExport
from services.ticket_service.store.keyset import MAX_MILLISECONDS, Order
from services.ticket_service.store.queries import Page, find_page
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

MOST_ALIKE: Final = 50
COUNTED: Final = 1_000
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts; what is None or empty does not narrow. Merged and erased ones are in no list.

    `identity` is the key of one: `email:anna@example.com`.
    """

    stage: str | None = None
    organization: str | None = None
    words: str = ""
    identity: str | None = None

    def document(self) -> Document:
        """The filter for the database, made of plain values only."""
        wanted: Document = {"merged_into": None, "erased_at": None}
        for name in ("stage", "organization"):
            value = getattr(self, name)
            if value is not None:
                wanted[name] = {"$eq": value}
        if self.identity is not None:
            wanted["identities.key"] = {"$eq": self.identity}
        return {**wanted, **words_filter("search", self.words)}


def words_filter(path: str, query: str) -> Document:
    """Documents that have at `path`, for each word of the query, a word that begins with it.

    A blank query narrows nothing; one of mere signs finds nothing.
    """
    words = query_words(query)[:MAX_QUERY_WORDS]
    if not words:
        return {"_id": {"$in": []}} if query.strip() else {}
    return {"$and": [{path: {"$elemMatch": {"$gte": word, "$lt": word + _LAST}}} for word in words]}


class PeopleQueries:
    """Every method raises Unavailable when the database is away or takes too long."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db
        self._contacts = db[names.CONTACTS]

    def contacts(self, wanted: ContactFilter, page: Page) -> list[Contact]:
        """Contacts, the last changed first; one more than the page's limit."""
        found = find_page(self._contacts, wanted.document(), Order("updated_at", True), page)
        return [documents.contact(each) for each in found]

    def contacts_of(self, organization_id: str) -> int:
        """How many contacts belong to an organization; COUNTED stands for that many or more."""
        wanted: dict[str, Any] = {"organization": {"$eq": organization_id}, "merged_into": None}
        with database_errors():
            return self._contacts.count_documents(wanted, limit=COUNTED, maxTimeMS=MAX_MILLISECONDS)

    def alike(self, contact: Contact) -> list[Contact]:
        """Those that are known by what this contact claims, or claim what it is known by or claims too."""
        claimed = [each.key for each in contact.claims]
        claimable = sorted({*claimed, *(claim_key(each) for each in contact.identities)})
        wanted: Document = {
            "$or": [
                {"identities.key": {"$in": identity_keys(contact.claims)}},
                {"claims.key": {"$in": claimable}},
            ],
            "_id": {"$ne": contact.id},
        }
        with database_errors():
            found = self._contacts.find(wanted).limit(MOST_ALIKE).max_time_ms(MAX_MILLISECONDS)
            return [documents.contact(each) for each in found]

    def export(self, contact_id: str) -> PersonExport:
        """Everything that is kept of a contact."""
        return PersonExport(self._db, contact_id)
