"""The desk's store in memory: the same documents, the same unique keys, the same all or nothing."""

from __future__ import annotations

import copy
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import CUSTOMER
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.message import (
    BESIDE_THE_TALK,
    DRAFT,
    Arrivals,
    Delivery,
    DeliveryReport,
    Message,
)
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.quarantine import HELD
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.domain.template import Template
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.tombstone import Remains
from services.ticket_service.ports import SECTION, Changes, Conflict, LoadedTicket, Record, Where, WorkingSet
from services.ticket_service.store import documents
from services.ticket_service.store.deliveries import step
from services.ticket_service.store.documents.record import record, record_document
from services.ticket_service.store.kinds import kind_of
from services.ticket_service.store.ticket_indexes import MARK, trait
from shared.contracts.delivery_state import RANK, merge_times
from shared.messaging.message import Unavailable
from shared.outbox.entry import outbox_document, outgoing_document
from tests.support.memory_ticket_moves import move_talk, move_ticket, purge_ticket

T = TypeVar("T")
Document = dict[str, Any]
Collections = dict[str, dict[str, Document]]


class MemoryDeskStore:
    """Documents by collection and id in `collections`; `away` makes every call fail."""

    def __init__(
        self, preset: str = "S000", time_zone: str = "UTC", *, before_save: Any = lambda: None
    ) -> None:
        self.collections: Collections = defaultdict(dict)
        self.away = False
        self._reached: Counter[str] = Counter()
        self._before_save = before_save
        self._lock = threading.Lock()
        _write_records(self.collections, Changes(records=[*PRESETS[preset]]))
        _write_records(self.collections, Changes(records=[DeskSettings(time_zone=ZoneInfo(time_zone))]))

    def load_arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        """Which message ids are stored or gone for good, and what waits for these provider ids."""
        arrivals = self._arrivals(ids, provider_ids)
        arrivals.known |= self.gone(ids)
        return arrivals

    def load_tickets(self, ids: Collection[str]) -> dict[str, Ticket]:
        """The tickets with these ids."""
        found = self._all("tickets").items()
        return {key: documents.ticket(copy.deepcopy(each)) for key, each in found if key in ids}

    def load_contacts(self, ids: Collection[str]) -> dict[str, Contact]:
        """The contacts with these ids."""
        found = self._all("contacts").items()
        return {key: documents.contact(copy.deepcopy(each)) for key, each in found if key in ids}

    def load_person(self, contact_id: str, limit: int) -> tuple[list[Conversation], list[Ticket]]:
        """The contact's conversations, and the tickets it asked for, is linked to or alone sees."""
        talks = [key for key, each in self._all("conversations").items() if each["contact_id"] == contact_id]
        tickets = [
            key
            for key, each in self._all("tickets").items()
            if each["requester_id"] == contact_id
            or each["linked_to"] == f"contact:{contact_id}"
            or each["visible_to"] == contact_id
            or each["conversation_id"] in talks
        ]
        found = self.load_tickets(tickets[: limit + 1])
        return [*self.load_conversations(talks).values()], [*found.values()]

    def load_unplaced(self, conversation_id: str, limit: int) -> list[Message]:
        """What was said in a conversation and is on no ticket."""
        found = [
            _message(each)
            for each in self._all("messages").values()
            if each["conversation_id"] == conversation_id
            and each["ticket_id"] is None
            and each["kind"] not in BESIDE_THE_TALK
        ]
        return sorted(found, key=lambda each: (each.occurred_at, each.id))[-limit:]

    def has_files(self, ticket_id: str) -> bool:
        """Whether anything is attached to the ticket."""
        return any(each["ticket_id"] == ticket_id for each in self._all("attachments").values())

    def load_conversations(self, ids: Collection[str]) -> dict[str, Conversation]:
        """The conversations with these ids."""
        found = self._all("conversations").items()
        return {key: documents.conversation(copy.deepcopy(each)) for key, each in found if key in ids}

    def gone(self, message_ids: Collection[str]) -> set[str]:
        """Those of these messages that are gone for good."""
        return {each for each in message_ids if each in self._all("tombstones")}

    def load_remains(self, ticket_id: str) -> Remains:
        """The ids of its messages, and its files."""
        said = [key for key, each in self._all("messages").items() if each["ticket_id"] == ticket_id]
        files = [each for each in self._all("attachments").values() if each["ticket_id"] == ticket_id]
        return Remains(said, [documents.attachment(copy.deepcopy(each)) for each in files])

    def _arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        stored = self._all("messages")
        waiting = [
            each for each in stored.values() if each.get(documents.WAITS_FOR) in {*provider_ids} - {None}
        ]
        return Arrivals({each for each in ids if each in stored}, [_message(each) for each in waiting])

    def load_messages(self, ids: Collection[str]) -> dict[str, Message]:
        """The messages with these ids."""
        return {key: _message(each) for key, each in self._all("messages").items() if key in ids}

    def load_targets(self, provider_ids: Collection[str]) -> list[Message]:
        """The messages with any of these provider ids."""
        wanted = set(provider_ids)
        return [
            _message(each)
            for each in self._all("messages").values()
            if wanted.intersection(each["provider_message_ids"])
        ]

    def load_attachments(self, ids: Collection[str]) -> dict[str, Attachment]:
        """The attachments with these ids."""
        found = self._all("attachments").items()
        return {key: documents.attachment(copy.deepcopy(each)) for key, each in found if key in ids}

    def load_template(self, template_id: str) -> Template | None:
        """The template with this id."""
        found = self._all("templates").get(template_id)
        return documents.template(copy.deepcopy(found)) if found else None

    def channel_aspects(self) -> list[Aspect]:
        """All that is known of all channels."""
        return [documents.aspect(each) for _, each in sorted(self._all("channel_health").items())]

    def load_inbound(self, identity_keys: Collection[str], channel_ids: Collection[str]) -> WorkingSet:
        """Contacts by identity, their conversations on these channels, and the tickets these continue."""
        contacts = [
            contact
            for contact in self._all("contacts").values()
            if any(identity["key"] in identity_keys for identity in contact["identities"])
        ]
        ids = {contact["_id"] for contact in contacts}
        conversations = [
            each
            for each in self._all("conversations").values()
            if each["contact_id"] in ids and each["channel_id"] in channel_ids
        ]
        if any(each["merged_into"] is not None for each in conversations):
            raise Conflict("contacts were merged meanwhile")
        tickets = self._all("tickets")
        continued = [each["open_ticket_id"] or each["last_ticket_id"] for each in conversations]
        return _working_set(
            contacts, conversations, [tickets[each] for each in continued if each and each in tickets]
        )

    def load_deliveries(
        self,
        send_ids: Collection[str],
        provider_ids: Collection[str],
        conversation_ids: Collection[str],
        ticket_numbers: Collection[str],
    ) -> tuple[set[str], WorkingSet]:
        """The send ids that are known, what waits for these provider ids, these conversations and tickets."""
        arrivals = self._arrivals(send_ids, provider_ids)
        conversations = [
            each for each in self._all("conversations").values() if each["_id"] in conversation_ids
        ]
        tickets = [each for each in self._all("tickets").values() if each["number"] in ticket_numbers]
        working = _working_set([], conversations, tickets)
        merged = [each.merged_into for each in working.conversations.values() if each.merged_into]
        working.conversations |= self.load_conversations(merged)
        working.waiting = arrivals.waiting
        return arrivals.known, working

    def load_ticket(self, number: str) -> LoadedTicket | None:
        """The ticket with its requester and conversation."""
        for document in self._all("tickets").values():
            if document["number"] == number:
                ticket = documents.ticket(copy.deepcopy(document))
                requester = self.collections["contacts"][ticket.requester_id]
                conversation = self.collections["conversations"].get(ticket.conversation_id or "")
                return LoadedTicket(
                    ticket,
                    documents.contact(copy.deepcopy(requester)),
                    documents.conversation(copy.deepcopy(conversation)) if conversation else None,
                )
        return None

    def tickets_named(self, numbers: Collection[str], marks: Collection[str]) -> list[Ticket]:
        """By number, or by the mark that tickets on mail have."""
        traits = {trait(MARK, each) for each in marks}
        return [
            documents.ticket(copy.deepcopy(each))
            for each in self._all("tickets").values()
            if each["number"] in numbers or traits.intersection(each["traits"])
        ]

    def opened_by_mail(self, requester_ids: Collection[str], since: datetime) -> dict[str, int]:
        """How many tickets each one's mails opened since then."""
        return Counter(
            each["requester_id"]
            for each in self._all("tickets").values()
            if each["requester_id"] in requester_ids
            and each["channel_kind"] == MAIL
            and each["created_by"]["kind"] == CUSTOMER
            and each["created_at"] > since
        )

    def unread_answers(self, limit: int) -> list[Message]:
        """Answers in live chats that follow by mail, the first due first."""
        found = [each for each in self._all("messages").values() if each.get("mail_due_at")]
        return [_message(each) for each in sorted(found, key=lambda each: each["mail_due_at"])[:limit]]

    def said_to_all(self, ticket_id: str, limit: int) -> list[Message]:
        """What was said on a ticket and customers may see."""
        found = [
            _message(each)
            for each in self._all("messages").values()
            if each["ticket_id"] == ticket_id
            and each["visibility"] == "public"
            and each["kind"] not in BESIDE_THE_TALK
        ]
        return sorted(found, key=lambda each: (each.occurred_at, each.number or 0, each.id))[-limit:]

    def newest_open(self, requester_ids: Collection[str]) -> dict[str, Ticket]:
        """The newest open ticket of each one that came by mail."""
        open_ = [
            each
            for each in self._all("tickets").values()
            if each["requester_id"] in requester_ids
            and each["channel_kind"] == MAIL
            and not any(each[name] for name in ("closed_at", "deleted_at", "merged_into"))
            and each["type"] == "public"
        ]
        found = [documents.ticket(copy.deepcopy(each)) for each in open_]
        return {
            each.requester_id: each
            for each in sorted(found, key=lambda each: (each.created_at, each.sequence))
        }

    def reserve_numbers(self, series: str, count: int, *, start: int = 1) -> list[int]:
        """The next places of a series."""
        self._all("tickets")
        with self._lock:
            first = max(self._reached[series], start - 1) + 1
            self._reached[series] = first + count - 1
            return list(range(first, first + count))

    def numbers_taken(self, numbers: Collection[str]) -> set[str]:
        """Which of these numbers tickets have already."""
        return {each["number"] for each in self._all("tickets").values()} & {*numbers}

    def open_tickets(self, assignees: Collection[str]) -> dict[str, int]:
        """The number of open tickets by assignee."""
        tickets = self._all("tickets").values()
        mine = [each for each in tickets if each["closed_at"] is None and each["deleted_at"] is None]
        return Counter(each["assignee"] for each in mine if each["assignee"] in assignees)

    def workflow(self) -> Workflow:
        """The desk's statuses."""
        return Workflow(self.all(Status))

    def desk(self) -> DeskSettings:
        """The desk's settings."""
        return self.setting(DeskSettings)

    def record(self, kind: type[T], record_id: str) -> T | None:
        """The record of this kind with this id."""
        found = self._all(kind_of(kind).collection).get(record_id)
        return record(kind, kind_of(kind).id_field, copy.deepcopy(found)) if found else None

    def records(self, kind: type[T], where: Where) -> list[T]:
        """The records of this kind that are so, by id."""
        how = kind_of(kind)
        found = sorted(self._all(how.collection).items())
        return [record(kind, how.id_field, copy.deepcopy(each)) for _, each in found if _fits(each, where)]

    def all(self, kind: type[T]) -> tuple[T, ...]:
        """All records of a kind, by id."""
        return tuple(self.records(kind, {}))

    def setting(self, kind: type[T]) -> T:
        """The one record of a section of settings."""
        return self.record(kind, SECTION) or kind()

    def is_audited(self, record: Record) -> bool:
        """Whether changes of such records are written into the audit log."""
        return kind_of(type(record)).audited

    def stored(self, record: T) -> T | None:
        """The record of the same kind and id."""
        return self.record(type(record), getattr(record, kind_of(type(record)).id_field))

    def save(self, changes: Changes) -> None:
        """Everything, or Conflict and nothing."""
        self._all("messages")
        self._before_save()
        with self._lock:
            after = copy.deepcopy(self.collections)
            _write(after, changes)
            self.collections = after

    def _all(self, name: str) -> dict[str, Document]:
        if self.away:
            raise Unavailable("told to be away")
        return self.collections[name]


def _fits(document: Document, where: Where) -> bool:
    for path, wanted in where.items():
        values: list[Any] = [document]
        for name in path.split("."):
            found = [each[name] for each in values if isinstance(each, dict) and name in each]
            values = [item for each in found for item in (each if isinstance(each, list) else [each])]
        if not any(value in (wanted if isinstance(wanted, list) else [wanted]) for value in values or [None]):
            return False
    return True


def _message(document: Document) -> Message:
    return documents.message(copy.deepcopy(document))


def _working_set(
    contacts: Iterable[Document], conversations: Iterable[Document], tickets: Iterable[Document]
) -> WorkingSet:
    return WorkingSet(
        {each["_id"]: documents.contact(copy.deepcopy(each)) for each in contacts},
        {each["_id"]: documents.conversation(copy.deepcopy(each)) for each in conversations},
        {each["_id"]: documents.ticket(copy.deepcopy(each)) for each in tickets},
    )


def _write(after: Collections, changes: Changes) -> None:
    _versioned(after["contacts"], changes.contacts, documents.contact_document)
    _versioned(after["conversations"], changes.conversations, documents.conversation_document)
    _versioned(after["tickets"], changes.tickets, documents.ticket_document)
    _versioned(after["attachments"], changes.attachments, documents.attachment_document)
    for message in changes.messages:
        _insert(after["messages"], documents.message_document(message))
    for report in changes.deliveries:
        _merge(after["messages"], report)
    for message in changes.message_changes.values():
        _change(after["messages"], message)
    for message_id in changes.discarded_drafts:
        if (after["messages"].get(message_id, {}).get("delivery") or {}).get("state") != DRAFT:
            raise Conflict(f"{message_id} is no draft")
        del after["messages"][message_id]
    for aspect in changes.aspects:
        _newest(after["channel_health"], documents.aspect_document(aspect), "at")
    for template in changes.templates:
        _newest(after["templates"], documents.template_document(template), "revision")
    for entry in changes.history:
        _insert(after["history"], documents.history_document(entry))
    for key, delta in changes.counters.items():
        counter = after["counters"].setdefault(key, {"_id": key, "n": 0})
        counter["n"] += delta
    for document in [outbox_document(event) for event in changes.events]:
        _insert(after["outbox"], document)
    for document in [outgoing_document(message) for message in changes.outgoing]:
        _insert(after["outbox"], document)
    _write_quarantine(after["quarantine"], changes)
    _write_records(after, changes)
    for talk in changes.talks:
        move_talk(after, talk)
    for move in changes.moves:
        move_ticket(after, move)
    for purge in changes.purges:
        purge_ticket(after, purge)
    if changes.idempotency is not None:
        record = changes.idempotency
        _insert(after["idempotency"], {"_id": record.id, "body": record.body, "status": record.status})
    _unique(after["contacts"], lambda each: [identity["key"] for identity in each["identities"]])
    _unique(after["conversations"], lambda each: [(each["contact_id"], each["channel_id"])])
    _unique(after["tickets"], lambda each: [each["number"]])


def _write_records(after: Collections, changes: Changes) -> None:
    for each in changes.removed_records:
        how = kind_of(type(each))
        known = after[how.collection].pop(getattr(each, how.id_field), None)
        if known is None or known["version"] != each.version:
            raise Conflict("changed or gone since it was loaded")
    for each in changes.records:
        how = kind_of(type(each))
        id_ = getattr(each, how.id_field)
        known = after[how.collection].get(id_)
        if (known["version"] if known else 0) != each.version:
            raise Conflict("changed or gone since it was loaded")
        document = record_document(each, how.id_field)
        after[how.collection][id_] = copy.deepcopy({**document, "_id": id_, "version": each.version + 1})
        for index in how.indexes:
            _unique_by(after[how.collection], index.document)


def _unique_by(stored: Mapping[str, Document], index: Mapping[str, Any]) -> None:
    """As a unique index would, on plain fields; a partial one counts only what has texts in them."""
    if not index.get("unique"):
        return
    fields = list(index["key"])
    keys = [tuple(each.get(name) for name in fields) for each in stored.values()]
    if "partialFilterExpression" in index:
        keys = [key for key in keys if all(isinstance(value, str) for value in key)]
    if len(keys) != len(set(keys)):
        raise Conflict("a unique key exists already")


def _write_quarantine(stored: dict[str, Document], changes: Changes) -> None:
    for item in changes.quarantine:
        if item.held_again or item.id not in stored:
            stored[item.id] = {"_id": item.id, **documents.quarantine_document(item)}
    for decision in changes.quarantine_decisions:
        held = stored.get(decision.item_id)
        if held is None or held["state"] != HELD:
            raise Conflict("no longer held")
        held |= {
            "state": decision.state,
            "decided_at": decision.decided_at,
            "decided_by": decision.decided_by,
        }


def _versioned(stored: dict[str, Document], objects: Mapping[str, Any], to_document: Any) -> None:
    for each in objects.values():
        version = stored[each.id]["version"] if each.id in stored else 0
        if version != each.version:
            raise Conflict(f"{each.id} has version {version}, not {each.version}")
        stored[each.id] = copy.deepcopy({**to_document(each), "_id": each.id, "version": version + 1})


def _insert(stored: dict[str, Document], document: Document) -> None:
    if document["_id"] in stored:
        raise Conflict(f"{document['_id']} exists")
    stored[document["_id"]] = copy.deepcopy(document)


def _unique(stored: Mapping[str, Document], keys_of: Any) -> None:
    keys = [key for each in stored.values() for key in keys_of(each)]
    if len(keys) != len(set(keys)):
        raise Conflict("a unique key exists already")


def _change(stored: Mapping[str, Document], message: Message) -> None:
    known = stored.get(message.id)
    if known is None or known["version"] != message.version:
        raise Conflict(f"{message.id} changed or gone since it was loaded")
    known |= copy.deepcopy(documents.message_change(message))
    if message.target_id is not None:
        known.pop(documents.WAITS_FOR, None)


def _newest(stored: dict[str, Document], document: Document, order: str) -> None:
    known = stored.get(document["_id"])
    if known is None or known[order] <= document[order]:
        stored[document["_id"]] = copy.deepcopy(document)


def _merge(stored: Mapping[str, Document], report: DeliveryReport) -> None:
    message = stored.get(report.message_id)
    if message is None:
        raise Conflict(f"no message {report.message_id}")
    message["provider_message_ids"] = sorted({*message["provider_message_ids"], *report.provider_message_ids})
    known, new = message["delivery"], report.delivery
    reported = step(new.attempt, new.rank)
    known_step = 0 if known is None else step(known["attempt"], known["rank"])
    if known is None or known_step < reported or (known_step == reported and new.rank < 0):
        message["delivery"] = copy.deepcopy(documents.delivery_document(new))
    elif known_step == reported:
        message["delivery"] = _merged(known, new)


def _merged(known: Document, new: Delivery) -> Document:
    rank = max(known["rank"], new.rank)
    errors = [error for error in (known["error"], documents.error_document(new.error)) if error]
    return {
        "state": next(state for state, each in RANK.items() if each == rank),
        "rank": rank,
        "times": merge_times(known["times"], new.times),
        "queued_at": min(known["queued_at"], new.queued_at),
        "error": min(errors, key=lambda error: list(error.values()), default=None),
        "attempt": new.attempt,
    }
