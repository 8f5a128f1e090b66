"""The domain's objects as the interface shows them (what schemas.py declares)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.ticket_service.api.mail_schemas import mail_wire, thread_wire
from services.ticket_service.api.sla_schemas import sla_wire
from services.ticket_service.domain.claim import KINDS as CLAIMS
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import Actor, HistoryEntry
from services.ticket_service.domain.message import Delivery, Message
from services.ticket_service.domain.opening_question import Asked
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.domain.ticket import Ticket, description_text
from services.ticket_service.domain.visit import Visit
from shared.contracts.times import format_utc

Wire = dict[str, Any]

AS_THEY_ARE: Final = (
    *("id", "number", "title", "type", "channel_kind", "organization", "service", "category", "priority"),
    *("severity", "importance", "request_type", "group", "assignee", "product", "project", "contract"),
    *("tags", "cc", "justification", "solution_forecast", "hours", "days", "comments_count"),
    *("conversation_id", "last_customer_message_at", "closed_at", "created_at", "updated_at", "source_rule"),
    *("operation", "linked_to", "solution", "planned_at", "notify_requester", "watchers", "status_since"),
    *("read_at", "first_response_at", "last_agent_reply_at", "merged_into", "deleted_at", "visible_to"),
)
_OF_CONTACT: Final = (
    *("language", "organization", "job_title", "merged_into", "erased_at", "created_at", "updated_at"),
)
_OF_A_CHAT: Final = ("present_at", "left_at", "waiting_since", "missed_at")
_OF_VISIT: Final = (
    *("referrer", "campaign", "language", "time_zone", "answers", "consents", "verified", "updated_at"),
)
_SHOWN_RAW: Final = "unsupported"


@dataclass(frozen=True, slots=True)
class View:
    """What tickets are shown with: the desk's statuses and settings."""

    workflow: Workflow
    desk: DeskSettings

    def ticket(self, ticket: Ticket, requester: Contact | None) -> Wire:
        """A ticket with its requester (None when that contact is gone)."""
        return {
            **{name: getattr(ticket, name) for name in AS_THEY_ARE},
            "status": status_ref(self.workflow.status(ticket.status)),
            "channel": ticket.channel_id,
            "requester": contact_wire(requester) if requester else None,
            "description": description_text(ticket.description, self.desk.time_zone, ticket.question),
            "created_by": actor(ticket.created_by),
            "opening_question": _asked(ticket.question),
            "sla": sla_wire(ticket.sla),
            "mail_thread": thread_wire(ticket.thread),
            "satisfaction": _said(ticket.satisfaction),
        }


def _asked(question: Asked | None) -> Wire | None:
    if question is None:
        return None
    return {name: getattr(question, name) for name in ("message_id", "asked_at", "answered_at")}


def _said(satisfaction: Satisfaction | None) -> Wire | None:
    if satisfaction is None:
        return None
    return {name: getattr(satisfaction, name) for name in ("score", "text", "at")}


def status_ref(status: Status) -> Wire:
    """A status as a ticket shows it."""
    return {"key": status.key, "label": status.label, "role": status.role, "color": status.color}


def status_wire(status: Status) -> Wire:
    """A status as settings show it."""
    return {
        **status_ref(status),
        "description": status.description,
        "order": status.order,
        "roles": sorted(status.roles),
        "asks_justification": status.asks_justification,
        "justifications": list(status.justifications),
    }


def actor(who: Actor) -> Wire:
    """Who did something."""
    return {"kind": who.kind, "id": who.id, "name": who.name}


def contact_wire(contact: Contact) -> Wire:
    """A contact, also as requester."""
    return {
        "id": contact.id,
        "name": contact.name,
        "stage": contact.stage,
        "identities": [
            {"kind": identity.kind, "value": identity.value, "address": identity.address}
            for identity in contact.identities
        ],
        "claims": [
            {"kind": each.kind, "value": each.value, "at": each.at, "channel": each.channel}
            for each in contact.claims
            if each.kind in CLAIMS
        ],
        **{name: getattr(contact, name) for name in _OF_CONTACT},
    }


def action(message: Message) -> Wire:
    """Something said, with how its delivery stands; timeline.py adds what stands beside it."""
    return {
        "id": message.id,
        "part": message.part,
        "number": message.number,
        "direction": message.direction,
        "visibility": message.visibility,
        "author": actor(message.author),
        "kind": message.kind,
        "text": message.text,
        "content": message.content,
        "template": _template(message.template),
        "provider_message_ids": message.provider_message_ids,
        "target_id": message.target_id,
        "reactions": [
            {"emoji": each.emoji, "author": actor(each.author), "at": each.at} for each in message.reactions
        ],
        "edited_at": message.edited_at,
        "versions": [{"text": each.text, "at": each.at} for each in message.versions],
        "revoked_at": message.revoked_at,
        "conversation_id": message.conversation_id,
        "occurred_at": message.occurred_at,
        "created_at": message.created_at,
        "delivery": _delivery(message.delivery),
        "mailed_at": message.mailed_at,
        "raw": message.raw if message.kind == _SHOWN_RAW else None,
        "mail": mail_wire(message.id, message.mail),
    }


def conversation_wire(
    conversation: Conversation, contact: Contact | None, open_ticket: str | None, now: datetime
) -> Wire:
    """A conversation with its contact and the number of its open ticket."""
    return {
        "id": conversation.id,
        "contact": contact_wire(contact) if contact else None,
        "channel": conversation.channel_id,
        "channel_kind": conversation.channel_kind,
        "last_inbound_at": conversation.last_inbound_at,
        "window_open": conversation.window_open(now),
        "window_expires_at": conversation.window_expires_at(),
        "open_ticket": open_ticket,
        "drafts": conversation.drafts,
        "present": conversation.present,
        **{name: getattr(conversation, name) for name in _OF_A_CHAT},
        "visit": visit_wire(conversation.visit),
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def visit_wire(visit: Visit | None) -> Wire | None:
    """What is known of a visitor's stay; None where nothing is."""
    if visit is None:
        return None
    return {
        **{name: getattr(visit, name) for name in _OF_VISIT},
        "pages": [{"url": each.url, "title": each.title, "at": each.at} for each in visit.pages],
    }


def history_wire(entry: HistoryEntry) -> Wire:
    """One change."""
    return {
        "id": entry.id,
        "at": entry.at,
        "who": actor(entry.who),
        "what": entry.what,
        "before": _plain(entry.before),
        "after": _plain(entry.after),
    }


def _plain(value: Any) -> Any:
    return format_utc(value) if isinstance(value, datetime) else value


def _template(template: Mapping[str, Any] | None) -> Wire | None:
    if template is None:
        return None
    return {
        "name": template["name"],
        "language": template["language"],
        "components": list(template.get("components", ())),
    }


def _delivery(delivery: Delivery | None) -> Wire | None:
    if delivery is None:
        return None
    error = delivery.error
    return {
        "state": delivery.state,
        "attempt": delivery.attempt,
        "queued_at": delivery.queued_at,
        **{f"{state}_at": delivery.times.get(state) for state in ("sent", "delivered", "read", "failed")},
        "error": error
        and {"code": error.code, "title": error.title, "detail": error.detail, "remedy": error.remedy},
    }
