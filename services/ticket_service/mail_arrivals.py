"""What a batch's mails are decided with, and each of them as the desk keeps it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.announce import Cause
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.mail import MailPerson, MessageMail
from services.ticket_service.domain.mail_rule import JOIN, MailRule
from services.ticket_service.domain.mail_settings import MailSettings
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.text import clean_text
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.triage import TriageMail, snippet_of
from services.ticket_service.domain.words import words_of
from services.ticket_service.mail_threads import Threads, load_people, load_threads
from services.ticket_service.ports import DeskStore, WorkingSet
from shared.contracts.mail_address import MESSAGE_ID, MailAddress
from shared.contracts.message_received import MessageReceived
from shared.contracts.received_mail import ReceivedMail

MAX_SEARCHED: Final = 10_000
"""Of a mail's text; what is longer is found by its beginning."""
_HOUR: Final = timedelta(hours=1)
_MESSAGE_ID: Final = re.compile(MESSAGE_ID)


@dataclass(slots=True)
class MailSituation:
    """What a batch's mails are decided with: their threads, what their senders have, the desk's settings.

    `opened` counts the tickets that mails of each contact (by id) opened in the last hour, this batch's too;
    `newest` is each one's newest open ticket.
    """

    threads: Threads
    settings: MailSettings
    opened: Counter[str] = field(default_factory=Counter)
    newest: dict[str, Ticket] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail with what was made of it: its sender, their conversation, the message, why it came."""

    data: MessageReceived
    mail: ReceivedMail
    contact: Contact
    conversation: Conversation
    message: Message
    cause: Cause


def triage_mail(arrived: Arrived, state: str, reason: str, rule: str) -> TriageMail:
    """A mail as it is shown in triage."""
    data, mail, message = arrived.data, arrived.mail, arrived.message
    name, subject = clean_text(mail.sender.name), clean_text(mail.subject)
    return TriageMail(
        id=message.id,
        channel_id=data.channel_id,
        conversation_id=arrived.conversation.id,
        sender_address=mail.sender.address,
        sender_name=name,
        subject=subject,
        snippet=snippet_of(message.text),
        received_at=data.received_at,
        state=state,
        reason=reason,
        rule=rule,
        attachments=len(message.attachments),
        words=words_of(mail.sender.address, name, subject, message.text[:MAX_SEARCHED]),
    )


def mail_of(data: MessageReceived) -> MessageMail | None:
    """What stands around a received message, fit to be stored and to be answered; None without a mail."""
    mail = data.mail
    if mail is None:
        return None
    answers = [each for each in mail.answers if _MESSAGE_ID.fullmatch(each)]
    return MessageMail(
        subject=clean_text(mail.subject),
        sender=_person(mail.sender),
        to=tuple(_person(each) for each in mail.to),
        cc=tuple(_person(each) for each in mail.cc),
        references=tuple(reversed(answers)),
        automatic=mail.automatic,
        message_id=mail.message_id if _MESSAGE_ID.fullmatch(mail.message_id) else "",
        headers={clean_text(name): clean_text(value) for name, value in mail.headers.items()},
        raw_blob=mail.raw_blob,
        raw_size=mail.raw_size,
        mailbox=clean_text(mail.mailbox),
        folder=clean_text(mail.folder),
    )


def _person(given: MailAddress) -> MailPerson:
    return MailPerson(clean_text(given.address), clean_text(given.name))


def load_situation(
    events: Sequence[MessageReceived], working: WorkingSet, store: DeskStore, desk: MailDesk, now: datetime
) -> MailSituation | None:
    """What a batch's mails are decided with; None, and nothing asked, without a mail in it. Unavailable."""
    mails = [each.mail for each in events if each.mail is not None]
    if not mails:
        return None
    threads = load_threads(mails, working, store, desk)
    situation = MailSituation(threads, store.setting(MailSettings))
    senders = set(working.contacts)
    if senders:
        situation.opened.update(store.opened_by_mail(senders, now - _HOUR))
    if senders and any(rule.active and rule.then.do == JOIN for rule in store.all(MailRule)):
        newest = store.newest_open(senders)
        for id_, ticket in newest.items():
            situation.newest[id_] = working.tickets.setdefault(ticket.id, ticket)
        load_people(threads, situation.newest.values(), working, store)
    return situation
