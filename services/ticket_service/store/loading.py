"""Loading what the desk decides on from MongoDB: one query per collection."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import BESIDE_THE_TALK, Arrivals, Message
from services.ticket_service.domain.template import Template
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.tombstone import Remains, Tombstone
from services.ticket_service.ports import Conflict, LoadedTicket, WorkingSet
from services.ticket_service.store import collections as names
from services.ticket_service.store import documents
from services.ticket_service.store.documents import Document
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.loading_mail import MailLoading
from services.ticket_service.store.originals import RAW_BLOB, originals
from services.ticket_service.store.ticket_indexes import with_value
from shared.mongo.transactions import database_errors

_AT_ONCE: Final = 1_000
"""The server's first answer has 101 documents otherwise, and each further one is a way to it."""


class Loading(MailLoading):
    """The reading half of MongoDeskStore: things by their ids, and what belongs to them."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def load_arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        """Which message ids are stored or gone for good, and what waits for these provider ids."""
        arrivals = self._arrivals(ids, provider_ids)
        arrivals.known |= self.gone(ids)
        return arrivals

    def _arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        wanted = {"$or": [{"_id": {"$in": list(ids)}}, {documents.WAITS_FOR: {"$in": list(provider_ids)}}]}
        arrivals = Arrivals()
        with database_errors():
            for document in self._db[names.MESSAGES].find(wanted):
                if document["_id"] in ids:
                    arrivals.known.add(document["_id"])
                if document.get(documents.WAITS_FOR) in provider_ids:
                    arrivals.waiting.append(documents.message(document))
        return arrivals

    def load_tickets(self, ids: Collection[str]) -> dict[str, Ticket]:
        """The tickets with these ids."""
        with database_errors():
            found = self._db[names.TICKETS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.ticket(document) for document in found}

    def load_conversations(self, ids: Collection[str]) -> dict[str, Conversation]:
        """The conversations with these ids."""
        with database_errors():
            found = self._db[names.CONVERSATIONS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.conversation(document) for document in found}

    def gone(self, message_ids: Collection[str]) -> set[str]:
        """Those of these messages that are gone for good."""
        stones = self._db[kind_of(Tombstone).collection]
        with database_errors():
            return {each["_id"] for each in stones.find({"_id": {"$in": list(message_ids)}}, {"_id": 1})}

    def load_remains(self, ticket_id: str) -> Remains:
        """The ids of its messages, and its files, mails as they came among them."""
        here = {"ticket_id": {"$eq": ticket_id}}
        with database_errors():
            shown = {RAW_BLOB: 1, "created_at": 1}
            said = list(self._db[names.MESSAGES].find(here, shown))
            files = [documents.attachment(each) for each in self._db[names.ATTACHMENTS].find(here)]
        return Remains([each["_id"] for each in said], files + originals(said))

    def load_messages(self, ids: Collection[str]) -> dict[str, Message]:
        """The messages with these ids."""
        with database_errors():
            found = self._db[names.MESSAGES].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.message(document) for document in found}

    def load_targets(self, provider_ids: Collection[str]) -> list[Message]:
        """The messages with any of these provider ids."""
        with database_errors():
            found = self._db[names.MESSAGES].find({"provider_message_ids": {"$in": list(provider_ids)}})
            return [documents.message(document) for document in found]

    def load_attachments(self, ids: Collection[str]) -> dict[str, Attachment]:
        """The attachments with these ids."""
        with database_errors():
            found = self._db[names.ATTACHMENTS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.attachment(document) for document in found}

    def load_template(self, template_id: str) -> Template | None:
        """The template with this id."""
        with database_errors():
            found = self._db[names.TEMPLATES].find_one({"_id": template_id})
        return documents.template(found) if found else None

    def channel_aspects(self) -> list[Aspect]:
        """All that is known of all channels."""
        with database_errors():
            return [documents.aspect(each) for each in self._db[names.CHANNEL_HEALTH].find().sort("_id", 1)]

    def load_inbound(self, identity_keys: Collection[str], channel_ids: Collection[str]) -> WorkingSet:
        """Contacts by identity, their conversations on these channels, and the tickets these continue."""
        working = WorkingSet()
        with database_errors():
            found = self._db[names.CONTACTS].find(
                {"identities.key": {"$in": list(identity_keys)}}, batch_size=_AT_ONCE
            )
            working.contacts = {each["_id"]: documents.contact(each) for each in found}
            if not working.contacts:
                return working
            place = {"contact_id": {"$in": list(working.contacts)}, "channel_id": {"$in": list(channel_ids)}}
            found = self._db[names.CONVERSATIONS].find(place, batch_size=_AT_ONCE)
            working.conversations = {each["_id"]: documents.conversation(each) for each in found}
            if any(each.merged_into is not None for each in working.conversations.values()):
                # No contact in use has such a conversation: these two reads stand on either side of a merge.
                raise Conflict("contacts were merged meanwhile")
            ticket_ids = [
                each.open_ticket_id or each.last_ticket_id for each in working.conversations.values()
            ]
            if any(ticket_ids):
                named = {"_id": {"$in": [each for each in ticket_ids if each]}}
                found = self._db[names.TICKETS].find(named, batch_size=_AT_ONCE)
                working.tickets = {each["_id"]: documents.ticket(each) for each in found}
        return working

    def load_deliveries(
        self,
        send_ids: Collection[str],
        provider_ids: Collection[str],
        conversation_ids: Collection[str],
        ticket_numbers: Collection[str],
    ) -> tuple[set[str], WorkingSet]:
        """The send ids that are known, what waits for these provider ids, these conversations and tickets."""
        arrivals = self._arrivals(send_ids, provider_ids)
        working = WorkingSet(waiting=arrivals.waiting)
        with database_errors():
            if conversation_ids:
                found = self._db[names.CONVERSATIONS].find({"_id": {"$in": list(conversation_ids)}})
                working.conversations = {each["_id"]: documents.conversation(each) for each in found}
                # What was sent before two contacts became one is told of by the conversation it was sent in.
                merged = [each.merged_into for each in working.conversations.values() if each.merged_into]
                if merged:
                    working.conversations |= self.load_conversations(merged)
            if ticket_numbers:
                found = self._db[names.TICKETS].find({"number": {"$in": list(ticket_numbers)}})
                working.tickets = {each["_id"]: documents.ticket(each) for each in found}
        return arrivals.known, working

    def load_ticket(self, number: str) -> LoadedTicket | None:
        """The ticket with its requester and conversation."""
        with database_errors():
            found = self._db[names.TICKETS].find_one({"number": number})
            if found is None:
                return None
            ticket = documents.ticket(found)
            requester = self._db[names.CONTACTS].find_one({"_id": ticket.requester_id})
            conversation = None
            if ticket.conversation_id is not None:
                conversation = self._db[names.CONVERSATIONS].find_one({"_id": ticket.conversation_id})
        if requester is None:
            raise LookupError(f"ticket {number} has no requester")
        return LoadedTicket(
            ticket,
            documents.contact(requester),
            None if conversation is None else documents.conversation(conversation),
        )

    def numbers_taken(self, numbers: Collection[str]) -> set[str]:
        """Which of these numbers tickets have already."""
        with database_errors():
            found = self._db[names.TICKETS].find({"number": {"$in": list(numbers)}}, {"_id": 0, "number": 1})
            return {each["number"] for each in found}

    def open_tickets(self, assignees: Collection[str]) -> dict[str, int]:
        """The number of open tickets by assignee."""
        wanted = {"assignee": {"$in": list(assignees)}, "closed_at": None, "deleted_at": None}
        stages: list[Document] = [{"$match": wanted}, {"$group": {"_id": "$assignee", "n": {"$sum": 1}}}]
        with database_errors():
            found = self._db[names.TICKETS].aggregate(stages, maxTimeMS=MAX_MILLISECONDS)
            return {each["_id"]: each["n"] for each in found}

    def load_contacts(self, ids: Collection[str]) -> dict[str, Contact]:
        """The contacts with these ids."""
        with database_errors():
            found = self._db[names.CONTACTS].find({"_id": {"$in": list(ids)}})
            return {document["_id"]: documents.contact(document) for document in found}

    def load_person(self, contact_id: str, limit: int) -> tuple[list[Conversation], list[Ticket]]:
        """The contact's conversations; the tickets in them, asked for by it, linked to it or seen by it."""
        with database_errors():
            found = self._db[names.CONVERSATIONS].find({"contact_id": {"$eq": contact_id}}).sort("_id", 1)
            talks = [documents.conversation(each) for each in found]
            mine: list[Document] = [
                {"requester_id": contact_id},
                with_value("linked_to", [f"contact:{contact_id}"]),
                with_value("visible_to", [contact_id]),
                with_value("conversation_id", [talk.id for talk in talks]),
            ]
            tickets = self._db[names.TICKETS].find({"$or": mine}).limit(limit + 1)
            return talks, [documents.ticket(each) for each in tickets.max_time_ms(MAX_MILLISECONDS)]

    def load_unplaced(self, conversation_id: str, limit: int) -> list[Message]:
        """What a customer and the desk said in a conversation and is on no ticket, the latest `limit`."""
        wanted = {
            "conversation_id": {"$eq": conversation_id},
            "ticket_id": None,
            "kind": {"$nin": sorted(BESIDE_THE_TALK)},
        }
        latest = [("occurred_at", -1), ("number", -1), ("_id", -1)]
        with database_errors():
            found = self._db[names.MESSAGES].find(wanted).sort(latest).limit(limit)
            return [documents.message(each) for each in found.max_time_ms(MAX_MILLISECONDS)][::-1]

    def has_files(self, ticket_id: str) -> bool:
        """Whether anything is attached to the ticket."""
        with database_errors():
            return self._db[names.ATTACHMENTS].find_one({"ticket_id": ticket_id}, {"_id": 1}) is not None
