"""Tickets as documents and back."""

from __future__ import annotations

from services.ticket_service.domain.mail import MailThread
from services.ticket_service.domain.opening_question import Asked
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.sla import Sla
from services.ticket_service.domain.ticket import DescriptionLine, Pause, Ticket
from services.ticket_service.store.documents.actor import Document, actor, actor_document
from services.ticket_service.store.documents.record import part, part_document
from services.ticket_service.store.search import facets

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
    "operation",
    "linked_to",
    "solution",
    "planned_at",
    "notify_requester",
    "watchers",
    "status_since",
    "read_at",
    "first_response_at",
    "last_agent_reply_at",
    "unanswered_since",
    "last_action_at",
    "merged_into",
    "deleted_at",
)


def ticket_document(ticket: Ticket) -> Document:
    """Everything but its id and version."""
    document: Document = {name: getattr(ticket, name) for name in _PLAIN_TICKET_FIELDS}
    document["description"] = [
        {"at": line.at, "text": line.text, "message_id": line.message_id} for line in ticket.description
    ]
    document["pauses"] = [{"start": each.start, "end": each.end} for each in ticket.pauses]
    document["sla"] = part_document(ticket.sla) if ticket.sla else None
    document["question"] = part_document(ticket.question) if ticket.question else None
    document["thread"] = part_document(ticket.thread) if ticket.thread else None
    document["visible_to"] = ticket.visible_to
    document["satisfaction"] = part_document(ticket.satisfaction) if ticket.satisfaction else None
    document["created_by"] = actor_document(ticket.created_by)
    return document | facets(ticket)


def ticket(document: Document) -> Ticket:
    """Back from the document; one of an earlier version knows nothing of mail and of satisfaction."""
    thread, satisfaction = document.get("thread"), document.get("satisfaction")
    return Ticket(
        id=document["_id"],
        created_by=actor(document["created_by"]),
        description=[
            DescriptionLine(line["at"], line["text"], line["message_id"]) for line in document["description"]
        ],
        pauses=[Pause(each["start"], each["end"]) for each in document["pauses"]],
        sla=part(Sla, document["sla"]) if document["sla"] else None,
        question=part(Asked, document["question"]) if document["question"] else None,
        thread=part(MailThread, thread) if thread else None,
        visible_to=document.get("visible_to"),
        satisfaction=part(Satisfaction, satisfaction) if satisfaction else None,
        version=document["version"],
        **{name: document[name] for name in _PLAIN_TICKET_FIELDS},
    )
