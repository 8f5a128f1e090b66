"""An answer on a mailbox channel as the mail it becomes: copies, subject, thread, signature, quotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.ticket_service.act.composing import MEDIA, TEXT, Composed, Said
from services.ticket_service.acting import Desk, Frame, InvalidReply
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.mail import (
    MOST_REFERENCES,
    MailPerson,
    MailThread,
    address_key,
    bare_subject,
)
from services.ticket_service.domain.mail_answer import copies, quoted
from services.ticket_service.domain.message import IN, PUBLIC, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.mailing import answered_person, is_mailbox, mail_around
from services.ticket_service.ports import DeskStore
from shared.contracts.mail_address import is_address, is_message_id
from shared.contracts.reply_mail import MAX_CC
from shared.contracts.reply_parts import FORM

_NO_MAIL: Final = "Mails carry texts and files. Write a text instead."
_NO_FORM: Final = "Only live chats have forms. Ask in a text instead."


def must_fit_channel(desk: Desk, conversation: Conversation, said: Said) -> None:
    """InvalidReply for copies or a subject where there are no mails, and for what no mail can carry.

    Nor is there a form anywhere but in a live chat.
    """
    mistakes: list[tuple[str, str]] = []
    if not is_mailbox(conversation):
        problem = "Only answers by mail have this; leave it out on this channel."
        given = {"cc": said.cc, "subject": said.subject}
        mistakes = [(name, problem) for name, value in given.items() if value is not None]
        if said.interactive is not None and said.interactive["kind"] == FORM and not conversation.is_chat:
            mistakes.append(("interactive.kind", _NO_FORM))
    else:
        if said.kind not in (TEXT, MEDIA):
            mistakes.append((said.kind, _NO_MAIL))
        for at, address in enumerate(said.cc or ()):
            if not is_address(address):
                mistakes.append((f"cc.{at}", "Not a mail address."))
            elif desk.mail.is_own(address):
                mistakes.append((f"cc.{at}", "This is a mailbox of the desk itself."))
    if mistakes:
        raise InvalidReply(mistakes)


def become_mail(
    desk: Desk, ticket: Ticket, conversation: Conversation, composed: Composed, said: Said, frame: Frame
) -> None:
    """Put around the answer what makes it a mail; the ticket's thread knows who gets it. Unavailable.

    Who is in copy by the ticket is so by the answer, unless it says otherwise.
    """
    message, to = composed.message, answered_person(ticket, conversation)
    wanted = ticket.cc if said.cc is None else said.cc
    fit = [each for each in copies(wanted, [to.address]) if is_address(each) and not desk.mail.is_own(each)]
    cc = fit[:MAX_CC]
    answered = composed.quoted or _latest_heard(desk.store, ticket)
    mail = mail_around(
        desk.store,
        desk.mail,
        ticket,
        conversation.channel_id,
        subject=said.subject or "",
        cc=[MailPerson(each) for each in cc],
        quoted=_quoted(desk, answered, to.address) if answered is not None else "",
        signature=_signature(desk.store, frame),
    )
    references = _answering(mail.references, answered)
    message.mail = replace(mail, to=(to,), references=references)
    thread = ticket.thread or MailThread(bare_subject(ticket.title))
    ticket.thread = thread.joined(message.mail, [address_key(each) for each in (to.address, *cc)])


def _latest_heard(store: DeskStore, ticket: Ticket) -> Message | None:
    """The last mail of a person on the ticket: what an answer answers."""
    if ticket.thread is None or not ticket.thread.references:
        return None
    found = [
        each
        for each in store.load_targets(ticket.thread.references)
        if each.ticket_id == ticket.id and each.direction == IN and not each.by_machine
    ]
    return max(found, key=lambda each: (each.occurred_at, each.id), default=None)


def _answering(references: Sequence[str], answered: Message | None) -> tuple[str, ...]:
    """The thread's mails, the one that is answered last: programs show the answer below that one."""
    ids = answered.provider_message_ids[:1] if answered is not None else []
    named = [each for each in ids if is_message_id(each)]
    return tuple([*(each for each in references if each not in ids), *named][-MOST_REFERENCES:])


def _quoted(desk: Desk, answered: Message, address: str) -> str:
    """The text that is answered, with who wrote it; what customers may not see is never quoted."""
    if answered.visibility != PUBLIC or not answered.text.strip():
        return ""
    mail = answered.mail
    who = mail.sender if mail is not None and mail.sender else MailPerson(address, answered.author.name)
    return quoted(answered.text, who, answered.occurred_at, desk.store.desk().time_zone)


def _signature(store: DeskStore, frame: Frame) -> str:
    return next((each.signature for each in store.all(User) if each.id == frame.actor.id), "")
