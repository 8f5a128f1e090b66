"""Mails of visitors who went on by mail: they come back into the live chat, and prove whose an address is."""

from __future__ import annotations

from typing import Final

from services.ticket_service.announce import SOURCE
from services.ticket_service.domain.claim import claim_key
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.identity import EMAIL, Identity
from services.ticket_service.domain.mail import address_key
from services.ticket_service.domain.text import clean_text
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.mail_arrivals import Arrived
from services.ticket_service.mail_threads import Threads
from services.ticket_service.ports import Changes
from shared.contracts import chat_posted
from shared.contracts.chat_posted import ChatAuthor, ChatPosted
from shared.contracts.envelope import Event
from shared.contracts.message_received import MessageReceived

MAX_TEXT: Final = 20_000
"""Characters of a mail that the chat shows."""
_FILE: Final = "\N{PAPERCLIP} "


def proves(data: MessageReceived, threads: Threads) -> tuple[Contact, Identity] | None:
    """Whose address the mail proves: that of a visitor who only said that it is theirs. None for nobody's.

    Its token came to the address the mail is from, and the desk wrote about that ticket to nobody else: else
    whoever got the token elsewhere could put a false sender on a mail.
    """
    mail, given = data.mail, data.sender.identities[0]
    if mail is None or mail.automatic or given.kind != EMAIL:
        return None
    ticket = threads.by_token(mail)
    requester = threads.requesters.get(ticket.requester_id) if ticket is not None else None
    if ticket is None or requester is None or ticket.cc or ticket.thread is None:
        return None
    identity = Identity(given.kind, given.value, given.address)
    if set(ticket.thread.people) != {address_key(given.address)}:
        return None
    if claim_key(identity) not in {each.key for each in requester.claims}:
        return None
    return requester, identity


def echo(
    changes: Changes, arrived: Arrived, ticket: Ticket, conversation: Conversation | None, threads: Threads
) -> None:
    """Show the visitor's own mail in their live chat; nothing where the ticket is not about one.

    Only what names the ticket by a token counts, from an address that is the requester's by now: an address
    that they typed and somebody else has would show them what its owner writes.
    """
    if conversation is None or not conversation.is_chat or not conversation.recipient.kind:
        return
    if arrived.mail.automatic or threads.by_token(arrived.mail) is not ticket:
        return
    if not _is_theirs(arrived, threads.requesters.get(ticket.requester_id)):
        return
    conversation.heard_by_mail(arrived.data.occurred_at)
    changes.touch(conversation)
    changes.events.append(_posted(arrived, conversation))


def _is_theirs(arrived: Arrived, requester: Contact | None) -> bool:
    if requester is None:
        return False
    known = {address_key(each.value) for each in requester.identities if each.kind == EMAIL}
    return address_key(arrived.mail.sender.address) in known


def _posted(arrived: Arrived, conversation: Conversation) -> Event:
    message = arrived.message
    files = [f"{_FILE}{clean_text(each.filename)}" for each in arrived.data.attachments if each.filename]
    line = ChatPosted(
        line_id=message.id,
        channel_id=conversation.channel_id,
        visitor_id=conversation.recipient.address,
        kind=chat_posted.MESSAGE,
        author=ChatAuthor(chat_posted.VISITOR),
        at=message.occurred_at,
        text="\n".join([message.text[:MAX_TEXT], *files]).strip(),
        by_mail=True,
    )
    return Event(
        id=f"{message.id}:echo",
        source=SOURCE,
        type=chat_posted.TYPE,
        time=message.created_at,
        subject=line.visitor_id,
        data=line,
        traceparent=arrived.cause.traceparent,
        causationid=arrived.cause.event_id,
    )
