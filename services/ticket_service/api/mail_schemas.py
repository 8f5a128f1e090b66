"""What stands around messages that came or went by mail, as the interface shows it."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields

from services.ticket_service.domain.mail import MailPerson, MailThread, MessageMail
from shared.contracts.received_mail import AUTOMATIC

_API: Final = "/api/v1"
_PLAIN: Final = (
    *("message_id", "subject", "automatic", "rule", "mailbox", "folder"),
    *("header", "footer", "quoted"),
)


class MailPersonSchema(Schema):
    """A mail address, and the name shown with it."""

    address = fields.String(required=True, metadata={"example": "luca@bianchi.example"})
    name = fields.String(required=True, metadata={"example": "Luca Bianchi"})


class MessageMailSchema(Schema):
    """The mail around a message's text."""

    message_id = fields.String(
        required=True, metadata={"description": "Its Message-ID; empty for one that the desk sends."}
    )
    subject = fields.String(required=True, metadata={"example": "Re: [TT24] La fattura di marzo"})
    sender = fields.Nested(MailPersonSchema, required=True, allow_none=True)
    to = fields.List(fields.Nested(MailPersonSchema), required=True)
    cc = fields.List(fields.Nested(MailPersonSchema), required=True)
    automatic = fields.String(
        required=True,
        metadata={
            "description": "Who wrote it when no person did; empty when one did.",
            "enum": ["", *AUTOMATIC],
        },
    )
    rule = fields.String(required=True, metadata={"description": "Name of the rule that decided on it."})
    mailbox = fields.String(required=True, metadata={"description": "Where it was found."})
    folder = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes, as it came."})
    original = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where it is as it came; null for one that the desk sends."},
    )
    header = fields.String(required=True, metadata={"description": "Above the text of one the desk sends."})
    footer = fields.String(required=True, metadata={"description": "Below it, with the signature."})
    quoted = fields.String(required=True, metadata={"description": "What it answers, below all."})


class WholeMailSchema(MessageMailSchema):
    """The same with its headers."""

    headers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "By name in small letters; repeated ones joined by line breaks."},
    )
    references = fields.List(
        fields.String(), required=True, metadata={"description": "Message-IDs it answers, the nearest last."}
    )


class MailThreadSchema(Schema):
    """A ticket as a thread of mails."""

    subject = fields.String(required=True)
    people = fields.List(
        fields.String(), required=True, metadata={"description": "Addresses of those who take part in it."}
    )
    reply_to = fields.String(
        required=True,
        metadata={
            "description": "Where answers go when the mail that opened the ticket named another address"
            " (Reply-To); empty: to the conversation's."
        },
    )


def mail_wire(message_id: str, mail: MessageMail | None) -> dict[str, Any] | None:
    """The mail around a message; the token, which proves something, is for nobody to read here."""
    if mail is None:
        return None
    return {
        **{name: getattr(mail, name) for name in _PLAIN},
        "sender": person_wire(mail.sender) if mail.sender else None,
        "to": [person_wire(each) for each in mail.to],
        "cc": [person_wire(each) for each in mail.cc],
        "size": mail.raw_size,
        "original": f"{_API}/messages/{message_id}/original" if mail.raw_blob else None,
    }


def whole_mail_wire(message_id: str, mail: MessageMail) -> dict[str, Any]:
    """All of it."""
    around = mail_wire(message_id, mail) or {}
    return {**around, "headers": mail.headers, "references": list(mail.references)}


def person_wire(person: MailPerson) -> dict[str, str]:
    """A correspondent."""
    return {"address": person.address, "name": person.name}


def thread_wire(thread: MailThread | None) -> dict[str, Any] | None:
    """A ticket's thread."""
    if thread is None:
        return None
    return {"subject": thread.subject, "people": list(thread.people), "reply_to": thread.reply_to}
