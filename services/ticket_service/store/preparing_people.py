"""The people of a desk before anybody changed them: the first administrator, and what older versions kept."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Final

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure

from services.ticket_service.domain.first_run import FIRST_RUN, FirstRun
from services.ticket_service.domain.permissions import ADMIN
from services.ticket_service.domain.words import words_of
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import Document
from services.ticket_service.store.kinds import kind_of

TOKEN_NAME: Final = "SPORTELLO_API_TOKEN"  # noqa: S105 - the name of a variable
OLD_IDENTITY_INDEX: Final = "identities.key_1"
_AT_ONCE: Final = 500


class PreparingPeople:
    """Each step may be run any number of times, also by several processes at once."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def drop_old_index(self) -> None:
        """With that of earlier versions only one contact could have no identities; the new one is there."""
        with suppress(OperationFailure):
            self._db[names.CONTACTS].drop_index(OLD_IDENTITY_INDEX)

    def stored_before(self) -> int:
        """What an earlier version stored, made readable for this one; how many documents that were."""
        users = self._db[names.USERS]
        changed = users.update_many({"roles": "administrator"}, {"$set": {"roles": [ADMIN]}}).modified_count
        for collection in (users, self._db[names.API_TOKENS]):
            unversioned = {"version": {"$exists": False}}
            changed += collection.update_many(unversioned, {"$set": {"version": 1}}).modified_count
        talks = self._db[names.CONVERSATIONS]
        unmerged: Document = {"merged_into": {"$exists": False}}
        changed += talks.update_many(unmerged, {"$set": {"merged_into": None}}).modified_count
        return changed + self._contacts_before()

    def _contacts_before(self) -> int:
        """Contacts get the fields they lack, and the words by which they are found."""
        contacts, changed = self._db[names.CONTACTS], 0
        new: Document = {"language": "", "job_title": ""}
        new |= dict.fromkeys(("organization", "merged_into", "erased_at"))
        while found := list(contacts.find({"search": {"$exists": False}}).limit(_AT_ONCE)):
            updates = []
            for each in found:
                values = [identity["value"] for identity in each["identities"]]
                words = words_of(each["name"], *values)
                updates.append(UpdateOne({"_id": each["_id"]}, {"$set": {**new, "search": words}}))
            changed += contacts.bulk_write(updates, ordered=False).modified_count
        return changed

    def administrator(self, user_id: str, email: str, password_hash: str, now: datetime) -> bool:
        """The first administrator; one with that address stays as it is. Whether there was none."""
        document = {
            "_id": user_id,
            "email": email,
            "name": email.partition("@")[0],
            "password_hash": password_hash,
            "roles": [ADMIN],
            "created_at": now,
            "version": 1,
        }
        try:
            self._db[names.USERS].insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    def user_id(self, email: str) -> str | None:
        """The id of the user with that address (lower case)."""
        found = self._db[names.USERS].find_one({"email": email}, {"_id": 1})
        return found["_id"] if found else None

    def first_run(self, digest: str, now: datetime) -> bool:
        """Let a desk without users be opened by the code of this digest, and by no earlier one.

        Whether it has none; one that has users is opened by no code.
        """
        waiting = self._db[kind_of(FirstRun).collection]
        if self._db[names.USERS].find_one({}, {"_id": 1}):
            waiting.delete_many({})
            return False
        document = {"digest": digest, "created_at": now}
        waiting.update_one({"_id": FIRST_RUN}, {"$set": document, "$inc": {"version": 1}}, upsert=True)
        return True

    def api_token(self, digest: str, user_id: str, now: datetime) -> None:
        """The token from the environment, as its digest; one that was there before is no longer valid."""
        tokens = self._db[names.API_TOKENS]
        tokens.delete_many({"name": TOKEN_NAME, "_id": {"$ne": digest}})
        document = {"name": TOKEN_NAME, "user_id": user_id, "created_at": now, "version": 1}
        with suppress(DuplicateKeyError):  # another process was faster, with the same
            tokens.update_one({"_id": digest}, {"$setOnInsert": document}, upsert=True)
