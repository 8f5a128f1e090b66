"""What a desk needs before its first message: indexes, statuses, settings, the first administrator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.ticket_service.domain.permissions import ADMIN
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import Document, status_document
from services.ticket_service.store.mongo import DESK, TICKET_SEQUENCE

TOKEN_NAME: Final = "SPORTELLO_API_TOKEN"  # noqa: S105 - the name of a variable


class Preparing:
    """Each step may be run any number of times, also by several processes at once."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def indexes(self) -> None:
        """Every collection with its indexes, and the sequence of ticket numbers."""
        names.create_indexes(self._db)
        self._ensure(names.SEQUENCES, {"_id": TICKET_SEQUENCE, "value": 0})

    def stored_before(self) -> int:
        """What an earlier version stored, made readable for this one; how many documents that were.

        Each field that is missing gets the value it has in a new document.
        """
        new_in_messages: Document = {
            name: [] for name in ("attachments", "reactions", "withdrawn", "versions")
        }
        new_in_messages |= dict.fromkeys(("target", "target_id", "edited_at", "revoked_at"))
        new_in_messages |= {
            "version": 1,
            "provider_message_ids": {
                "$cond": [{"$gt": ["$provider_message_id", None]}, ["$provider_message_id"], []]
            },
            "delivery": {
                "$cond": [
                    {"$gt": ["$delivery", None]},
                    {"$mergeObjects": [{"attempt": 0}, "$delivery"]},
                    None,
                ]
            },
        }
        messages = self._db[names.MESSAGES].update_many(
            {"provider_message_ids": None},
            [{"$set": new_in_messages}, {"$unset": ["provider_message_id"]}],
        )
        conversations = self._db[names.CONVERSATIONS].update_many(
            {"drafts": {"$exists": False}},
            {"$set": {"drafts": [], "please_answer_at": None, "released_at": None}},
        )
        return (
            messages.modified_count
            + conversations.modified_count
            + self._tickets_before()
            + self._roles_before()
        )

    def _tickets_before(self) -> int:
        """Facts that earlier versions did not keep are taken from what they kept."""
        unknown = (
            *("operation", "linked_to", "solution", "planned_at", "read_at", "first_response_at"),
            *("last_agent_reply_at", "unanswered_since", "merged_into", "deleted_at", "sla"),
        )
        new: Document = dict.fromkeys(unknown) | {"watchers": [], "pauses": [], "notify_requester": True}
        new |= {"status_since": "$updated_at", "last_action_at": "$updated_at"}
        tickets = self._db[names.TICKETS].update_many({"pauses": {"$exists": False}}, [{"$set": new}])
        return tickets.modified_count

    def _roles_before(self) -> int:
        """What was called `administrator` is one of four roles now."""
        changed = self._db[names.USERS].update_many({"roles": "administrator"}, {"$set": {"roles": [ADMIN]}})
        return changed.modified_count

    def statuses(self, preset: str) -> bool:
        """The statuses of a preset, when the desk has none at all yet; whether it had none."""
        if self._db[names.STATUSES].find_one({}, {"_id": 1}):
            return False
        for status in PRESETS[preset]:
            self._ensure(names.STATUSES, status_document(status, preset))
        return True

    def settings(self, wanted: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        """The desk's settings: what is wanted is set, what nobody ever set gets its default."""
        self._ensure(names.SETTINGS, {"_id": DESK})
        missing = [
            {"$set": {name: {"$ifNull": [f"${name}", {"$literal": value}]}}}
            for name, value in defaults.items()
        ]
        given = [{"$set": {name: {"$literal": value}}} for name, value in wanted.items() if value is not None]
        self._db[names.SETTINGS].update_one({"_id": DESK}, given + missing)

    def administrator(self, user_id: str, email: str, password_hash: str, now: datetime) -> bool:
        """The first administrator; one with that address stays as it is. Whether there was none."""
        document = {
            "_id": user_id,
            "email": email,
            "name": email.partition("@")[0],
            "password_hash": password_hash,
            "roles": [ADMIN],
            "created_at": now,
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

    def api_token(self, digest: str, user_id: str, now: datetime) -> None:
        """The token from the environment, as its digest; one that was there before is no longer valid."""
        tokens = self._db[names.API_TOKENS]
        tokens.delete_many({"name": TOKEN_NAME, "_id": {"$ne": digest}})
        self._ensure(
            names.API_TOKENS,
            {"_id": digest, "name": TOKEN_NAME, "user_id": user_id, "created_at": now, "last_used_at": None},
        )

    def _ensure(self, collection: str, document: Document) -> None:
        try:
            self._db[collection].update_one({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True)
        except DuplicateKeyError:
            return  # another process was faster, with the same
