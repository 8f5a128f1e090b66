"""What a desk needs before its first message: indexes, statuses, settings, the first administrator."""

from __future__ import annotations

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.ticket_service.domain.numbering import SERIES
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import Document
from services.ticket_service.store.preparing_lists import PreparingLists
from services.ticket_service.store.preparing_people import PreparingPeople
from services.ticket_service.store.preparing_settings import PreparingSettings


class Preparing:
    """Each step may be run any number of times, also by several processes at once."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db
        self.settings = PreparingSettings(db)
        self.people = PreparingPeople(db)
        self.lists = PreparingLists(db)

    def indexes(self) -> None:
        """Every collection with its indexes, and the sequence of ticket numbers."""
        names.create_indexes(self._db)
        self.lists.drop_old_indexes()
        self.people.drop_old_index()
        self._ensure(names.SEQUENCES, {"_id": SERIES, "value": 0})

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
            + self.people.stored_before()
            + self.settings.stored_before()
            + self.lists.stored_before()
        )

    def _tickets_before(self) -> int:
        """Facts that earlier versions did not keep are taken from what they kept."""
        unknown = (
            *("operation", "linked_to", "solution", "planned_at", "read_at", "first_response_at"),
            *("last_agent_reply_at", "unanswered_since", "merged_into", "deleted_at", "sla", "question"),
        )
        new: Document = dict.fromkeys(unknown) | {"watchers": [], "pauses": [], "notify_requester": True}
        new |= {"status_since": "$updated_at", "last_action_at": "$updated_at"}
        tickets = self._db[names.TICKETS].update_many({"pauses": {"$exists": False}}, [{"$set": new}])
        return tickets.modified_count

    def _ensure(self, collection: str, document: Document) -> None:
        try:
            self._db[collection].update_one({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True)
        except DuplicateKeyError:
            return  # another process was faster, with the same
