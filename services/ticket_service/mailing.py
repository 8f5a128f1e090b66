"""What stands around a mail that the desk writes about a ticket, so that its answer finds back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from services.ticket_service.domain.chat_settings import ChatChannel
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.mail import (
    MAIL,
    OWN,
    MailPerson,
    MailThread,
    MessageMail,
    address_key,
    answer_subject,
)
from services.ticket_service.domain.mail_answer import below, own_subject
from services.ticket_service.domain.mail_settings import ChannelMail, MailSettings
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import DeskStore
from shared.contracts.mail_address import is_address, is_message_id

MOST_COPIES: Final = 50
_REPLY_TO: Final = "reply-to"
_LONGEST_REPLY_TO: Final = 1_000
_BETWEEN_ADDRESSES: Final = re.compile(r"[\s<>,;:\"()\[\]\\]+")


def follow_up_mailbox(chat: ChatChannel, desk: MailDesk) -> str:
    """The mailbox (channel id) from which what was said in a live chat follows; empty without any."""
    if chat.mailbox in desk.mailboxes:
        return chat.mailbox
    return next(iter(desk.mailboxes), "")


def is_mailbox(conversation: Conversation | None) -> bool:
    """Whether what is said in it goes by mail."""
    return conversation is not None and conversation.channel_kind == MAIL


def mail_around(
    store: DeskStore,
    desk: MailDesk,
    ticket: Ticket,
    channel_id: str,
    *,
    subject: str = "",
    cc: Sequence[MailPerson] = (),
    quoted: str = "",
    signature: str = "",
    automatic: bool = False,
) -> MessageMail:
    """The mail around an answer on this ticket from this mailbox.

    Without a `subject` that somebody chose it is the thread's, the ticket's own before there is one.
    `signature` is the agent's own, left out where the desk wants none. `automatic`: no person wrote it.
    Message-IDs of others that no mail may name are left out.
    """
    settings, thread = store.setting(MailSettings), ticket.thread or MailThread()
    header, footer = settings.around(channel_id)
    tagged = settings.subject_tag
    chosen = subject or ("" if thread.references else ticket.title)
    return MessageMail(
        subject=own_subject(chosen, ticket.number, tagged=tagged)
        if chosen
        else answer_subject(thread.subject or ticket.title, ticket.number, tagged=tagged),
        sender=_sender(settings, desk, channel_id),
        cc=tuple(cc),
        references=tuple(each for each in thread.references if is_message_id(each)),
        automatic=OWN if automatic else "",
        token=desk.token(ticket.id, ticket.number),
        header=header,
        footer=below(signature if settings.signatures else "", footer),
        quoted=quoted if settings.quote_previous else "",
    )


def thread_begun(
    mail: MessageMail, desk: MailDesk, subject: str = "", *, taking_part: bool = True
) -> MailThread:
    """The thread of a ticket that this mail opens, under its own subject unless another is given.

    Who is on the mail takes part in it (`taking_part`), and who the sender wants answers to go to.
    """
    wanted = _wanted_answers(mail, desk)
    people = [address_key(wanted)] if wanted else []
    people += outside(mail.addresses(), desk) if taking_part else []
    return MailThread(subject, reply_to=wanted).joined(mail, people)


def _wanted_answers(mail: MessageMail, desk: MailDesk) -> str:
    """The address of the mail's Reply-To (RFC 5322 §3.6.2), where answers go instead of to its sender.

    Empty without exactly one, for the sender's own and the desk's, and for what no person wrote.
    """
    given = mail.headers.get(_REPLY_TO, "")
    if mail.automatic or len(given) > _LONGEST_REPLY_TO:
        return ""
    named = {address_key(each): each for each in _BETWEEN_ADDRESSES.split(given) if "@" in each}
    if mail.sender is None or len(named) != 1 or address_key(mail.sender.address) in named:
        return ""
    (address,) = named.values()
    return address if is_address(address) and not desk.is_own(address) else ""


def answered_person(ticket: Ticket, conversation: Conversation) -> MailPerson:
    """To whom a mail about this ticket goes: where answers are wanted, else where the customer wrote from."""
    usual = conversation.recipient
    return MailPerson(ticket.answers_to() or usual.address, usual.name)


def outside(addresses: Iterable[str], desk: MailDesk) -> list[str]:
    """Those of these addresses that are not the desk's own."""
    return [each for each in addresses if not desk.is_own(each)]


def copied(
    known: Sequence[str], mail: MessageMail, requester: Contact, settings: MailSettings, desk: MailDesk
) -> list[str]:
    """Who gets copies of a ticket's answers: those who did, and who is in copy of this mail of a customer's.

    `requester` gets the answers anyway.
    """
    if not settings.copy_cc:
        return list(known)
    there = {address_key(each) for each in known}
    there.update(address_key(each.value) for each in requester.identities)
    new = {address_key(each.address): each.address for each in mail.cc}
    added = [address for key, address in new.items() if key not in there]
    return [*known, *outside(added, desk)][: max(MOST_COPIES, len(known))]


def _sender(settings: MailSettings, desk: MailDesk, channel_id: str) -> MailPerson:
    """The mailbox, under the name that settings give it; the channel's own where they give none."""
    addresses = desk.mailboxes.get(channel_id, ())
    name = settings.channels.get(channel_id, ChannelMail()).from_name
    return MailPerson(addresses[0] if addresses else "", name)
