"""Mails that go on with a live chat: to whom they go, from which mailbox, and how their answers find back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.chat_mail import answers_text, framed, transcript_text
from services.ticket_service.domain.chat_settings import ChatChannel, ChatSettings
from services.ticket_service.domain.chat_words import ChatWords, words_in
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.identity import EMAIL
from services.ticket_service.domain.mail import MailThread, MessageMail, address_key
from services.ticket_service.domain.mail_settings import MailSettings
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.mailing import follow_up_mailbox, mail_around
from services.ticket_service.ports import DeskStore
from shared.contracts.mail_address import MailAddress, is_address
from shared.contracts.mail_requested import MailRequested

_LONGEST_NAME: Final = 500


@dataclass(frozen=True, slots=True)
class ChatMailer:
    """Writes to the visitor of one conversation at `address`, from `mailbox` (a channel's id)."""

    store: DeskStore
    desk: MailDesk
    conversation: Conversation
    contact: Contact
    chat: ChatChannel
    mailbox: str
    address: str

    @property
    def proven(self) -> bool:
        """Whether they are known by the address, and have not only typed it."""
        return any(each.kind == EMAIL and each.address == self.address for each in self.contact.identities)

    @property
    def words(self) -> ChatWords:
        """In the language of the visitor's browser, where there are words in it."""
        visit = self.conversation.visit
        return words_in(visit.language if visit else "", self.contact.language, self.chat.language)

    def answers(self, ticket: Ticket | None, said: Sequence[Message], now: datetime) -> MailRequested:
        """The mail with these answers; the thread of their ticket knows afterwards whom it went to."""
        words, zone = self.words, self.store.desk().time_zone
        text = answers_text(said, words, zone, replies=ticket is not None)
        return self._mail(f"{said[0].id}:mailed", ticket, words.answered, text, now)

    def transcript(
        self, mail_id: str, ticket: Ticket | None, said: Sequence[Message], now: datetime
    ) -> MailRequested:
        """The mail with the whole talk; about a ticket, its answer becomes part of that."""
        words, zone = self.words, self.store.desk().time_zone
        text = transcript_text(said, words, self.contact.name, zone, replies=ticket is not None)
        return self._mail(mail_id, ticket, words.copied, text, now)

    def _mail(
        self, mail_id: str, ticket: Ticket | None, subject: str, text: str, now: datetime
    ) -> MailRequested:
        around = self._around(ticket, subject)
        sender = around.sender
        # A name that was typed with somebody else's address would be an advertisement in front of it.
        name = " ".join(self.contact.name.split())[:_LONGEST_NAME] if self.proven else ""
        return MailRequested(
            mail_id=mail_id,
            to=[MailAddress(self.address, name)],
            subject=around.subject,
            text=framed(around.header, text, around.footer),
            requested_at=now,
            # The mailbox's own, unless the desk gave it another name to write under.
            sender=MailAddress(sender.address, sender.name) if sender and sender.name else None,
            ticket_number=ticket.number if ticket is not None else "",
            channel_id=self.mailbox,
            token=around.token,
            references=list(around.references),
        )

    def _around(self, ticket: Ticket | None, subject: str) -> MessageMail:
        """Subject, token and thread; the visitor's address takes part in the ticket from now on."""
        if ticket is None:
            header, footer = self.store.setting(MailSettings).around(self.mailbox)
            return MessageMail(subject=subject, header=header, footer=footer)
        thread = ticket.thread or MailThread(subject)
        chosen = "" if thread.references else subject
        around = mail_around(self.store, self.desk, ticket, self.mailbox, subject=chosen)
        ticket.thread = thread.joined(around, [address_key(self.address)])
        return around


def mailer(
    store: DeskStore, desk: MailDesk, conversation: Conversation, contact: Contact
) -> ChatMailer | None:
    """How this visitor is written to; None where the desk has no mailbox, or knows no address of theirs.

    Unavailable.
    """
    chat = store.setting(ChatSettings).of(conversation.channel_id)
    mailbox, address = follow_up_mailbox(chat, desk), address_of(contact)
    if not mailbox or not address or not conversation.recipient.kind or desk.is_own(address):
        return None
    return ChatMailer(store, desk, conversation, contact, chat, mailbox, address)


def address_of(contact: Contact) -> str:
    """Where a visitor gets mail: the address they are known by, else the one they gave last; maybe empty."""
    known = [each.address for each in contact.identities if each.kind == EMAIL]
    wanted = [*known, contact.claimed(EMAIL) or ""]
    return next((each for each in wanted if is_address(each)), "")
