"""Contacts and conversations as documents and back."""

from __future__ import annotations

from services.ticket_service.domain.claim import Claim
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.visit import Visit
from services.ticket_service.domain.words import words_of
from services.ticket_service.store.documents.actor import Document
from services.ticket_service.store.documents.record import part, part_document

_OF_A_CHAT = (
    *("present_at", "left_at", "waiting_since", "missed_at"),
    *("mail_heard_at", "transcript_at"),
)
"""What only conversations have that are live chats: the others' documents stay as small as they were."""


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
        "language": contact.language,
        "organization": contact.organization,
        "job_title": contact.job_title,
        "merged_into": contact.merged_into,
        "erased_at": contact.erased_at,
        "claims": [
            {"kind": each.kind, "value": each.value, "at": each.at, "channel": each.channel, "key": each.key}
            for each in contact.claims
        ],
        "not_same": contact.not_same,
        "search": words_of(
            contact.name,
            *(each.value for each in contact.identities),
            *(each.value for each in contact.claims),
        ),
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
        document["language"],
        document["organization"],
        document["job_title"],
        document["merged_into"],
        document["erased_at"],
        # What was stored by an earlier version says nothing of these.
        [
            Claim(each["kind"], each["value"], each["at"], each["channel"])
            for each in document.get("claims", ())
        ],
        document.get("not_same", []),
        document["version"],
    )


def conversation_document(conversation: Conversation) -> Document:
    """Everything but its id and version."""
    recipient, visit = conversation.recipient, conversation.visit
    of_a_chat: Document = {}
    if conversation.is_chat:
        of_a_chat = {name: getattr(conversation, name) for name in _OF_A_CHAT}
        of_a_chat["visit"] = part_document(visit) if visit else None
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
        "drafts": conversation.drafts,
        "please_answer_at": conversation.please_answer_at,
        "released_at": conversation.released_at,
        "merged_into": conversation.merged_into,
        **of_a_chat,
    }


def conversation(document: Document) -> Conversation:
    """Back from the document."""
    recipient, visit = document["recipient"], document.get("visit")
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
        document["drafts"],
        document["please_answer_at"],
        document["released_at"],
        document["merged_into"],
        part(Visit, visit) if visit else None,
        document.get("present_at"),
        document.get("left_at"),
        document.get("waiting_since"),
        document.get("missed_at"),
        document.get("mail_heard_at"),
        document.get("transcript_at"),
        document["version"],
    )
