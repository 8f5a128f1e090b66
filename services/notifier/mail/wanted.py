"""What events want of mails: a mail as it is asked for, an answer on a mailbox channel, the opening reply."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from services.notifier.announce import EMAIL
from services.notifier.domain.content import MEDIA, TEXT, Content
from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import NOTIFICATION, Frame, Mail, Mailbox, Thread, ended
from services.notifier.translate import content_of, file_of
from shared.contracts import ticket_fact
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress
from shared.contracts.mail_requested import MailRequested
from shared.contracts.reply_mail import ReplyMail
from shared.contracts.reply_requested import ReplyRequested
from shared.contracts.ticket_fact import TicketFact

OpeningText = Callable[[TicketFact], str]
"""The text a customer gets when their message opened a ticket; empty: none."""

NOT_BY_MAIL: Final = Failure(
    "kind-not-supported",
    "This cannot be said by mail",
    remedy="Write it as text, or attach it as a file.",
)


def concerns_mail(event: Event) -> bool:
    """Whether a mail is wanted or reported on, so that nobody else has to act on the event."""
    data = event.data
    if isinstance(data, (ReplyRequested, DeliveryReported)):
        return data.channel_kind == EMAIL
    return isinstance(data, MailRequested) or (
        event.type == ticket_fact.OPENED and data.channel_kind == EMAIL
    )


def wanted(event: Event, opening: OpeningText | None, now: datetime) -> Mail | None:
    """The mail this event asks for, if any; always the same one for the same event."""
    data = event.data
    if isinstance(data, MailRequested):
        return _asked_for(event, data, now)
    if isinstance(data, ReplyRequested) and data.channel_kind == EMAIL:
        return _reply(event, data, now)
    if event.type == ticket_fact.OPENED and data.mail is not None and opening is not None:
        text = opening(data)
        return _opening(event, data, data.mail, text, now) if text else None
    return None


def _asked_for(event: Event, wish: MailRequested, now: datetime) -> Mail:
    to, cc = _mailboxes(wish.to), _mailboxes(wish.cc)
    return Mail(
        id=wish.mail_id,
        to=to,
        cc=cc,
        subject=wish.subject,
        text=wish.text,
        html=wish.html,
        queued_at=now,
        due_at=now,
        left=_everybody(to, cc),
        sender=_mailbox(wish.sender) if wish.sender is not None else None,
        reply_to=_mailbox(wish.reply_to) if wish.reply_to is not None else None,
        ticket_number=wish.ticket_number,
        message_id=wish.message_id,
        attempt=wish.attempt,
        automatic=wish.automatic,
        headers=wish.headers,
        files=tuple(file_of(one) for one in wish.attachments),
        traceparent=event.traceparent,
        causation_id=event.id,
        channel_id=wish.channel_id,
        thread=Thread(wish.token, tuple(wish.references)),
    )


def _reply(event: Event, request: ReplyRequested, now: datetime) -> Mail:
    """An answer to a customer and who is in copy. Each attempt is a mail of its own, for who lacks it."""
    around = request.mail or ReplyMail(subject=request.ticket_number)
    content = content_of(request.content)
    to = (Mailbox(request.recipient.address, request.recipient.name),)
    cc = _mailboxes(around.cc)
    mail = Mail(
        id=f"{request.send_id}~{request.attempt}" if request.attempt else request.send_id,
        to=to,
        cc=cc,
        subject=around.subject,
        text=content.text,
        queued_at=now,
        due_at=now,
        left=_everybody(to, cc),
        ticket_number=request.ticket_number,
        message_id=request.send_id,
        attempt=request.attempt,
        automatic=around.automatic,
        files=content.files,
        traceparent=event.traceparent,
        causation_id=event.id,
        channel_id=request.channel_id,
        conversation_id=request.conversation_id,
        from_name=around.from_name,
        thread=Thread(around.token, tuple(around.references)),
        frame=_frame(around),
    )
    return mail if _possible(content) else ended(mail, NOT_BY_MAIL, now)


def _opening(event: Event, fact: TicketFact, around: ReplyMail, text: str, now: datetime) -> Mail:
    to = (Mailbox(fact.recipient.address, fact.recipient.name),)
    return Mail(
        id=f"opening:{fact.ticket_id}",
        to=to,
        cc=(),
        subject=around.subject,
        text=text,
        queued_at=now,
        due_at=now,
        left=_everybody(to, ()),
        ticket_number=fact.ticket_number,
        message_id=f"opening:{fact.ticket_id}",
        automatic=around.automatic,
        traceparent=event.traceparent,
        causation_id=event.id,
        channel_id=fact.channel_id,
        conversation_id=fact.conversation_id,
        origin=NOTIFICATION,
        from_name=around.from_name,
        thread=Thread(around.token, tuple(around.references)),
        frame=_frame(around),
    )


def _possible(content: Content) -> bool:
    return content.kind in (TEXT, MEDIA)


def _frame(around: ReplyMail) -> Frame:
    return Frame(around.header, around.footer, around.quoted)


def _mailboxes(given: Iterable[MailAddress]) -> tuple[Mailbox, ...]:
    return tuple(_mailbox(one) for one in given)


def _mailbox(given: MailAddress) -> Mailbox:
    return Mailbox(given.address, given.name)


def _everybody(to: Iterable[Mailbox], cc: Iterable[Mailbox]) -> tuple[str, ...]:
    """Each address once, however often and in whatever case it is named."""
    everybody: dict[str, str] = {}
    for one in (*to, *cc):
        everybody.setdefault(one.address.casefold(), one.address)
    return tuple(everybody.values())
