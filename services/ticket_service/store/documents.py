"""The desk's objects as documents and back; plain dictionaries, because hundreds are made per turn."""

from __future__ import annotations

from typing import Any

from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.history import Actor, HistoryEntry
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.message import Delivery, DeliveryError, Message
from services.ticket_service.domain.quarantine import HELD, QuarantineItem
from services.ticket_service.domain.status import Status
from services.ticket_service.domain.ticket import DescriptionLine, Ticket
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.search import search_words

Document = dict[str, Any]

_PLAIN_TICKET_FIELDS = (
    "number",
    "sequence",
    "title",
    "type",
    "status",
    "channel_id",
    "channel_kind",
    "requester_id",
    "conversation_id",
    "organization",
    "service",
    "category",
    "priority",
    "severity",
    "importance",
    "request_type",
    "group",
    "assignee",
    "product",
    "project",
    "contract",
    "tags",
    "cc",
    "justification",
    "solution_forecast",
    "hours",
    "days",
    "comments_count",
    "created_at",
    "updated_at",
    "source_rule",
    "closed_at",
    "last_customer_message_at",
)


def actor_document(actor: Actor) -> Document:
    """Who did something, inside another document."""
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}


def actor(document: Document) -> Actor:
    """Back from the document."""
    return Actor(document["kind"], document["id"], document["name"])


def contact_document(contact: Contact) -> Document:
    """Everything but its id and version."""
    return {
        "stage": contact.stage,
        "name": contact.name,
        "identities": [
            {"kind": each.kind, "value": each.value, "address": each.address, "key": each.key}
            for each in contact.identities
        ],
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }


def contact(document: Document) -> Contact:
    """Back from the document."""
    return Contact(
        document["_id"],
        document["stage"],
        document["name"],
        [Identity(each["kind"], each["value"], each["address"]) for each in document["identities"]],
        document["created_at"],
        document["updated_at"],
        document["version"],
    )


def conversation_document(conversation: Conversation) -> Document:
    """Everything but its id and version."""
    recipient = conversation.recipient
    return {
        "contact_id": conversation.contact_id,
        "channel_id": conversation.channel_id,
        "channel_kind": conversation.channel_kind,
        "contact_key": conversation.contact_key,
        "recipient": {"kind": recipient.kind, "address": recipient.address, "name": recipient.name},
        "last_inbound_at": conversation.last_inbound_at,
        "reply_window_seconds": conversation.reply_window_seconds,
        "open_ticket_id": conversation.open_ticket_id,
        "last_ticket_id": conversation.last_ticket_id,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def conversation(document: Document) -> Conversation:
    """Back from the document."""
    recipient = document["recipient"]
    return Conversation(
        document["_id"],
        document["contact_id"],
        document["channel_id"],
        document["channel_kind"],
        document["contact_key"],
        Recipient(recipient["kind"], recipient["address"], recipient["name"]),
        document["last_inbound_at"],
        document["reply_window_seconds"],
        document["open_ticket_id"],
        document["last_ticket_id"],
        document["created_at"],
        document["updated_at"],
        document["version"],
    )


def ticket_document(ticket: Ticket) -> Document:
    """Everything but its id and version."""
    document: Document = {name: getattr(ticket, name) for name in _PLAIN_TICKET_FIELDS}
    document["description"] = [
        {"at": line.at, "text": line.text, "message_id": line.message_id} for line in ticket.description
    ]
    document["created_by"] = actor_document(ticket.created_by)
    document["search"] = search_words(ticket)
    return document


def ticket(document: Document) -> Ticket:
    """Back from the document."""
    return Ticket(
        id=document["_id"],
        created_by=actor(document["created_by"]),
        description=[
            DescriptionLine(line["at"], line["text"], line["message_id"]) for line in document["description"]
        ],
        version=document["version"],
        **{name: document[name] for name in _PLAIN_TICKET_FIELDS},
    )


def message_document(message: Message) -> Document:
    """The whole document."""
    return {
        "_id": message.id,
        "conversation_id": message.conversation_id,
        "ticket_id": message.ticket_id,
        "contact_id": message.contact_id,
        "direction": message.direction,
        "visibility": message.visibility,
        "part": message.part,
        "number": message.number,
        "author": actor_document(message.author),
        "kind": message.kind,
        "text": message.text,
        "content": message.content,
        "template": message.template,
        "reply_to": message.reply_to,
        "provider_message_id": message.provider_message_id,
        "occurred_at": message.occurred_at,
        "received_at": message.received_at,
        "created_at": message.created_at,
        "raw": message.raw,
        "trace_id": message.trace_id,
        "delivery": delivery_document(message.delivery) if message.delivery else None,
    }


def delivery_document(delivery: Delivery) -> Document:
    """A delivery inside its message."""
    return {
        "state": delivery.state,
        "rank": delivery.rank,
        "times": delivery.times,
        "queued_at": delivery.queued_at,
        "error": error_document(delivery.error),
    }


def error_document(error: DeliveryError | None) -> Document | None:
    """A delivery's error; always the same four fields in the same order, so that errors can be compared."""
    if error is None:
        return None
    return {"code": error.code, "title": error.title, "detail": error.detail, "remedy": error.remedy}


def history_document(entry: HistoryEntry) -> Document:
    """The whole document."""
    return {
        "_id": entry.id,
        "ticket_id": entry.ticket_id,
        "at": entry.at,
        "who": actor_document(entry.who),
        "what": entry.what,
        "from": entry.before,
        "to": entry.after,
    }


def status_document(status: Status, preset: str) -> Document:
    """The whole document."""
    return {
        "_id": status.key,
        "label": status.label,
        "description": status.description,
        "color": status.color,
        "order": status.order,
        "roles": sorted(status.roles),
        "preset": preset,
    }


def status(document: Document) -> Status:
    """Back from the document."""
    return Status(
        document["_id"],
        document["label"],
        document["description"],
        document["color"],
        document["order"],
        frozenset(document["roles"]),
    )


def quarantine_document(item: QuarantineItem) -> Document:
    """Everything but its id, as an item that waits for a decision."""
    replay = item.replay
    return {
        "service": item.service,
        "reason": item.reason,
        "detail": item.detail,
        "payload": item.payload,
        "quarantined_at": item.quarantined_at,
        "replay": None
        if replay is None
        else {"exchange": replay.exchange, "routing_key": replay.routing_key, "body": replay.body},
        "state": HELD,
        "decided_at": None,
        "decided_by": None,
    }


def idempotency_document(record: IdempotencyRecord) -> Document:
    """The whole document."""
    return {
        "_id": record.id,
        "fingerprint": record.fingerprint,
        "status": record.status,
        "body": record.body,
        "headers": record.headers,
        "created_at": record.created_at,
    }
