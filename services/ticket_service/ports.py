"""What the desk's use cases need from a database: load what is concerned, decide, save it all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.contact_merge import TalkMove
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import Actor, HistoryEntry
from services.ticket_service.domain.merge import TicketMove
from services.ticket_service.domain.message import Arrivals, DeliveryReport, Message
from services.ticket_service.domain.quarantine import QuarantineDecision, QuarantineItem
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Workflow
from services.ticket_service.domain.template import Template
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.tombstone import Purge, Remains
from services.ticket_service.mail_ports import MailStore
from shared.contracts.envelope import Event
from shared.messaging.message import Outgoing


class Record(Protocol):
    """Something small that is saved whole; `version` is 0 until it is first saved, each save adds one."""

    @property
    def version(self) -> int:
        """How often it was saved when it was loaded."""
        ...


R = TypeVar("R")
SECTION: Final = "desk"
"""The id of a section of settings: there is one record of its kind."""
Where = Mapping[str, Any]
"""What records are to have: path of a field -> its value, or a list of values of which any will do."""


class Conflict(Exception):
    """Somebody else changed the same things first: load again and decide again."""


class Held(Conflict):
    """Somebody else is changing the same things right now, or was killed while doing so: try again soon."""


@dataclass(slots=True)
class WorkingSet:
    """Everything a batch is concerned with, by id; what is decided is decided on these objects.

    `messages` are those that wait to be sent (drafts), or that could not be sent; `targets` are those that
    reactions, edits and revokes are about; `waiting` as in Arrivals. They are loaded only where a batch or a
    conversation has such things.
    """

    contacts: dict[str, Contact] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    targets: list[Message] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class LoadedTicket:
    """A ticket with its requester and the conversation it belongs to, if any."""

    ticket: Ticket
    requester: Contact
    conversation: Conversation | None


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """The answer given to a request with an Idempotency-Key, to be given again to the same request."""

    id: str
    fingerprint: str
    status: int
    body: str
    headers: dict[str, str]
    created_at: datetime


@dataclass(slots=True)
class Changes:
    """All that one decision changes; saved in one transaction or not at all.

    Contacts, conversations, tickets, attachments are saved whole: new ones (version 0) are inserted, others
    must still have the version they were loaded with. So must `message_changes`, of which text, versions,
    content, reactions, `edited_at`, `revoked_at`, `target_id`, `mail_due_at`, `mailed_at` and their place on
    a ticket are saved.
    `discarded_drafts` are ids of messages to delete, which must still be drafts. `aspects` and `templates`
    are kept unless a newer one (by time, by revision) is there. `counters` holds changes of the number of
    tickets per status key. `records` are saved whole like contacts, `removed_records` deleted if they still
    have their version. `by` is whose decision it is. `talks` move what was said from one conversation into
    another; `moves` and `purges` take everything with them that belongs to a ticket, whoever keeps it. Of
    what happens to the tickets in `untold` (their ids) nobody is told by mail.
    """

    contacts: dict[str, Contact] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    message_changes: dict[str, Message] = field(default_factory=dict)
    discarded_drafts: list[str] = field(default_factory=list)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    aspects: list[Aspect] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    deliveries: list[DeliveryReport] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    quarantine: list[QuarantineItem] = field(default_factory=list)
    quarantine_decisions: list[QuarantineDecision] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    removed_records: list[Record] = field(default_factory=list)
    moves: list[TicketMove] = field(default_factory=list)
    talks: list[TalkMove] = field(default_factory=list)
    purges: list[Purge] = field(default_factory=list)
    untold: set[str] = field(default_factory=set)
    idempotency: IdempotencyRecord | None = None
    by: Actor | None = None

    def touch(self, *changed: Contact | Conversation | Ticket | Attachment | Message | Record | None) -> None:
        """Note what has to be saved; None is allowed and ignored. New messages belong into `messages`."""
        for item in changed:
            if isinstance(item, Ticket):
                self.tickets[item.id] = item
            elif isinstance(item, Conversation):
                self.conversations[item.id] = item
            elif isinstance(item, Contact):
                self.contacts[item.id] = item
            elif isinstance(item, Attachment):
                self.attachments[item.id] = item
            elif isinstance(item, Message):
                if item.version:
                    self.message_changes[item.id] = item
            elif item is not None and not any(item is each for each in self.records):
                self.records.append(item)

    def remove(self, *gone: Record) -> None:
        """Note records that have to be deleted."""
        self.removed_records.extend(gone)


class DeskStore(MailStore, Protocol):
    """The desk's database. Every method raises Unavailable (shared.messaging.message) when it is away."""

    def load_arrivals(self, ids: Collection[str], provider_ids: Collection[str]) -> Arrivals:
        """Which message ids are stored or gone for good, and what waits for these provider ids."""
        ...

    def load_messages(self, ids: Collection[str]) -> dict[str, Message]:
        """The messages with these ids, by id."""
        ...

    def load_targets(self, provider_ids: Collection[str]) -> list[Message]:
        """The messages that have any of these ids at their provider, whatever conversation they are in."""
        ...

    def load_attachments(self, ids: Collection[str]) -> dict[str, Attachment]:
        """The attachments with these ids, by id."""
        ...

    def load_template(self, template_id: str) -> Template | None:
        """The template with this id (domain.template.template_key), also a removed one."""
        ...

    def channel_aspects(self) -> list[Aspect]:
        """All that is known of all channels, by channel and aspect."""
        ...

    def load_inbound(self, identity_keys: Collection[str], channel_ids: Collection[str]) -> WorkingSet:
        """The contacts with any of these identities, their conversations on these channels, their tickets.

        Of each conversation that is the ticket a further message would join or reopen. One query per
        collection. Conflict when contacts were merged between two of them.
        """
        ...

    def load_deliveries(
        self,
        send_ids: Collection[str],
        provider_ids: Collection[str],
        conversation_ids: Collection[str],
        ticket_numbers: Collection[str],
    ) -> tuple[set[str], WorkingSet]:
        """The send ids that are known, what waits for these provider ids, these conversations and tickets.

        Without the contacts. One query per collection.
        """
        ...

    def load_ticket(self, number: str) -> LoadedTicket | None:
        """The ticket with that number as people see it (`TT24`)."""
        ...

    def load_tickets(self, ids: Collection[str]) -> dict[str, Ticket]:
        """The tickets with these ids, by id."""
        ...

    def load_contacts(self, ids: Collection[str]) -> dict[str, Contact]:
        """The contacts with these ids, by id."""
        ...

    def load_person(self, contact_id: str, limit: int) -> tuple[list[Conversation], list[Ticket]]:
        """The contact's conversations; the tickets in them, asked for by it, linked to it, seen by it alone.

        At most `limit` + 1 tickets.
        """
        ...

    def load_unplaced(self, conversation_id: str, limit: int) -> list[Message]:
        """What was said in a conversation and is on no ticket, in order; of very much the latest `limit`."""
        ...

    def has_files(self, ticket_id: str) -> bool:
        """Whether anything is attached to the ticket."""
        ...

    def load_conversations(self, ids: Collection[str]) -> dict[str, Conversation]:
        """The conversations with these ids, by id."""
        ...

    def gone(self, message_ids: Collection[str]) -> set[str]:
        """Those of these messages that are gone for good."""
        ...

    def load_remains(self, ticket_id: str) -> Remains:
        """What there is of a ticket."""
        ...

    def reserve_numbers(self, series: str, count: int, *, start: int = 1) -> list[int]:
        """The next `count` places of a series, none below `start`, each given out once, ever growing.

        What is not used is a gap.
        """
        ...

    def numbers_taken(self, numbers: Collection[str]) -> set[str]:
        """Which of these numbers (as people see them) tickets have already."""
        ...

    def open_tickets(self, assignees: Collection[str]) -> dict[str, int]:
        """How many tickets that are not closed each of these users is responsible for; 0 may be left out."""
        ...

    def workflow(self) -> Workflow:
        """The desk's statuses; may be some seconds old. Unavailable while they were not prepared yet."""
        ...

    def desk(self) -> DeskSettings:
        """The desk's settings; may be some seconds old. Unavailable while they were not prepared yet."""
        ...

    def record(self, kind: type[R], record_id: str) -> R | None:
        """The record of this kind with this id, as it is stored this moment."""
        ...

    def records(self, kind: type[R], where: Where) -> list[R]:
        """The records of this kind that are so, by id; only for sets that stay small."""
        ...

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """All records of a cached kind, by id; may be some seconds old."""
        ...

    def setting(self, kind: type[R]) -> R:
        """The one record of a section of settings, its defaults before it was stored; may be seconds old."""
        ...

    def is_audited(self, record: Record) -> bool:
        """Whether changes of such records are written into the audit log."""
        ...

    def stored(self, record: R) -> R | None:
        """The record of the same kind and id as it is stored this moment."""
        ...

    def save(self, changes: Changes) -> None:
        """Save everything in one transaction, the outbox included; stored versions are one more than before.

        Conflict when a version is not the one that was loaded, when something that must be unique exists
        already (an identity, a conversation of contact and channel, a message id, a ticket number, an
        idempotency record, what the kind of a record says), or when a quarantined item is no longer held;
        Held while another transaction has the same documents. Then nothing at all is written.
        """
        ...
