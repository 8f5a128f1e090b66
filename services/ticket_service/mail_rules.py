"""Which rule decides on a mail: what rules look at, of one that comes in and of one that is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

import structlog

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.canned_reply import CannedReply, values_for
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.mail import MailPerson
from services.ticket_service.domain.mail_rule import MailFacts, MailRule, first_that_fires
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.ports import DeskStore
from shared.contracts.mail_address import MailAddress
from shared.contracts.message_received import MessageReceived
from shared.contracts.received_mail import ReceivedMail
from shared.texts.liquid import TemplateError, TextTemplate

_log = structlog.get_logger(__name__)
MAX_ANSWER: Final = 20_000


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


def answer_of(
    rule: MailRule, customer: Contact, store: DeskStore, now: datetime
) -> Callable[[Ticket], str] | None:
    """What the rule wants its ticket's requester to be told, filled in for the ticket; None for nothing.

    A canned reply that was deleted since says nothing, nor does one that cannot be filled in.
    """
    reply = store.record(CannedReply, rule.then.reply_with) if rule.then.reply_with else None
    if reply is None or rule.then.silent:
        return None

    def filled(ticket: Ticket) -> str:
        status = store.workflow().status(ticket.status).label
        nobody = User("", "", "", [], now)
        values = values_for(ticket, status, customer, nobody, now, store.desk().time_zone)
        try:
            return TextTemplate(reply.body, MAX_ANSWER).render(values)
        except TemplateError as error:
            _log.warning("a rule's answer cannot be filled in", canned_reply=reply.id, reason=str(error))
            return ""

    return filled


def _in_use(kind: type[Team] | type[User], id_: str, store: DeskStore) -> bool:
    return any(each.id == id_ and each.active for each in store.all(kind))


def _texts(people: Iterable[MailAddress | MailPerson]) -> tuple[str, ...]:
    return tuple(text for each in people for text in (each.address, each.name) if text)


def _whole(text: str, content: dict[str, Any]) -> str:
    """What the sender newly wrote, or all of it where the history below was cut off."""
    whole = content.get("whole_text")
    return whole if isinstance(whole, str) and whole else text
