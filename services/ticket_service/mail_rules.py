"""Which rule decides on a mail: what rules look at, of one that comes in and of one that is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.mail import MailPerson
from services.ticket_service.domain.mail_rule import MailFacts, MailRule, first_that_fires
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.ports import DeskStore
from shared.contracts.mail_address import MailAddress
from shared.contracts.message_received import MessageReceived
from shared.contracts.received_mail import ReceivedMail


def deciding_rule(data: MessageReceived, mail: ReceivedMail, store: DeskStore) -> MailRule | None:
    """The first rule that fires for a mail that came in. Unavailable."""
    rules = store.all(MailRule)
    return first_that_fires(rules, facts_of_received(data, mail)) if rules else None


def facts_of_received(data: MessageReceived, mail: ReceivedMail) -> MailFacts:
    """What rules look at, of a mail that came in."""
    return MailFacts(
        channel=data.channel_id,
        sender=_texts([mail.sender]),
        recipients=_texts([*mail.to, *mail.cc]),
        subject=mail.subject,
        body=_whole(data.text, data.content),
        headers=mail.headers,
        attachments=tuple(each.filename for each in data.attachments),
        size=mail.raw_size,
        automatic=mail.automatic,
    )


def facts_of_stored(message: Message, channel_id: str, files: Iterable[Attachment]) -> MailFacts:
    """The same of a stored mail; ValueError for a message that did not come by mail."""
    mail = message.mail
    if mail is None or mail.sender is None:
        raise ValueError(f"{message.id} did not come by mail")
    return MailFacts(
        channel=channel_id,
        sender=_texts([mail.sender]),
        recipients=_texts([*mail.to, *mail.cc]),
        subject=mail.subject,
        body=_whole(message.text, message.content),
        headers=mail.headers,
        attachments=tuple(each.filename for each in files),
        size=mail.raw_size,
        automatic=mail.automatic,
    )


def fields_of(rule: MailRule, store: DeskStore) -> dict[str, Any]:
    """What the rule sets on a ticket; nobody who was switched off since becomes responsible for it."""
    given = dict(rule.then.fields)
    for name, kind in (("group", Team), ("assignee", User)):
        if name in given and not _in_use(kind, given[name], store):
            del given[name]
    if "tags" in given:
        given["tags"] = list(given["tags"])
    return given


def _in_use(kind: type[Team] | type[User], id_: str, store: DeskStore) -> bool:
    return any(each.id == id_ and each.active for each in store.all(kind))


def _texts(people: Iterable[MailAddress | MailPerson]) -> tuple[str, ...]:
    return tuple(text for each in people for text in (each.address, each.name) if text)


def _whole(text: str, content: dict[str, Any]) -> str:
    """What the sender newly wrote, or all of it where the history below was cut off."""
    whole = content.get("whole_text")
    return whole if isinstance(whole, str) and whole else text
