"""Messages with their deliveries, reactions and earlier texts as documents and back."""

from __future__ import annotations

from services.ticket_service.domain.mail import MessageMail
from services.ticket_service.domain.message import (
    Delivery,
    DeliveryError,
    Message,
    Reaction,
    Version,
)
from services.ticket_service.store.documents.actor import Document, actor, actor_document
from services.ticket_service.store.documents.record import part, part_document
from services.ticket_service.store.search import message_words

WAITS_FOR = "waits_for"
"""Only what is about a message that did not come yet has this field, so that its index stays tiny."""

_PLAIN_FIELDS = (
    "conversation_id",
    "ticket_id",
    "contact_id",
    "direction",
    "visibility",
    "part",
    "number",
    "kind",
    "text",
    "content",
    "template",
    "reply_to",
    "provider_message_ids",
    "occurred_at",
    "received_at",
    "created_at",
    "raw",
    "trace_id",
    "target",
    "target_id",
    "attachments",
    "edited_at",
    "revoked_at",
)

_BY_MAIL = ("mail_due_at", "mailed_at")


def message_document(message: Message) -> Document:
    """The whole document of a new message."""
    document: Document = {"_id": message.id, **{name: getattr(message, name) for name in _PLAIN_FIELDS}}
    document["author"] = actor_document(message.author)
    document["delivery"] = delivery_document(message.delivery) if message.delivery else None
    document["reactions"] = [_reaction_document(each) for each in message.reactions]
    document["withdrawn"] = [_reaction_document(each) for each in message.withdrawn]
    document["versions"] = [{"text": each.text, "at": each.at} for each in message.versions]
    document["words"] = message_words(message.text)
    document["version"] = 1
    if message.mail is not None:
        document["mail"] = part_document(message.mail)
    if message.mail_due_at is not None:
        document["mail_due_at"] = message.mail_due_at
    if message.target is not None and message.target_id is None:
        document[WAITS_FOR] = message.target
    return document


def message_change(message: Message) -> Document:
    """What changes of a stored message (ports.Changes.message_changes), its next version included."""
    # Only what the desk sends ever follows by mail.
    by_mail = {name: getattr(message, name) for name in _BY_MAIL} if message.delivery is not None else {}
    return {
        "text": message.text,
        "words": message_words(message.text),
        "content": message.content,
        "reactions": [_reaction_document(each) for each in message.reactions],
        "withdrawn": [_reaction_document(each) for each in message.withdrawn],
        "versions": [{"text": each.text, "at": each.at} for each in message.versions],
        "edited_at": message.edited_at,
        "revoked_at": message.revoked_at,
        "ticket_id": message.ticket_id,
        "part": message.part,
        "number": message.number,
        "target_id": message.target_id,
        **by_mail,
        "version": message.version + 1,
    }


def message(document: Document) -> Message:
    """Back from the document."""
    how, mail = document["delivery"], document.get("mail")
    return Message(
        id=document["_id"],
        author=actor(document["author"]),
        delivery=_delivery(how) if how else None,
        mail=part(MessageMail, mail) if mail else None,
        mail_due_at=document.get("mail_due_at"),
        mailed_at=document.get("mailed_at"),
        reactions=[_reaction(each) for each in document["reactions"]],
        withdrawn=[_reaction(each) for each in document["withdrawn"]],
        versions=[Version(each["text"], each["at"]) for each in document["versions"]],
        version=document["version"],
        **{name: document[name] for name in _PLAIN_FIELDS},
    )


def delivery_document(delivery: Delivery) -> Document:
    """A delivery inside its message."""
    return {
        "state": delivery.state,
        "rank": delivery.rank,
        "times": delivery.times,
        "queued_at": delivery.queued_at,
        "error": error_document(delivery.error),
        "attempt": delivery.attempt,
    }


def error_document(error: DeliveryError | None) -> Document | None:
    """A delivery's error; always the same four fields in the same order, so that errors can be compared."""
    if error is None:
        return None
    return {"code": error.code, "title": error.title, "detail": error.detail, "remedy": error.remedy}


def _delivery(document: Document) -> Delivery:
    error = document["error"]
    return Delivery(
        document["state"],
        document["rank"],
        dict(document["times"]),
        document["queued_at"],
        DeliveryError(**error) if error else None,
        document["attempt"],
    )


def _reaction_document(reaction: Reaction) -> Document:
    return {
        "emoji": reaction.emoji,
        "author": actor_document(reaction.author),
        "at": reaction.at,
        "message_id": reaction.message_id,
    }


def _reaction(document: Document) -> Reaction:
    return Reaction(document["emoji"], actor(document["author"]), document["at"], document["message_id"])
