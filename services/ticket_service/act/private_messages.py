"""Private messages: an internal action that goes by mail to chosen people, inside the desk or outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from services.ticket_service import announce
from services.ticket_service.act.composing_drafts import forget_sent
from services.ticket_service.act.editing import PRIVATE_MESSAGE
from services.ticket_service.act.internal import internal_action, take_files
from services.ticket_service.act.loading import Done, load
from services.ticket_service.acting import Desk, Frame, InvalidReply, Remember, save_once, until_saved
from services.ticket_service.announce_requests import mail_requested_for
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.message import Delivery, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts.delivery_state import QUEUED, RANK
from shared.contracts.mail_address import MailAddress, is_address
from shared.contracts.mail_requested import MailRequested

RECIPIENTS: Final = "to"
"""In its content: who it went to."""
USER: Final = "user"
CONTACT: Final = "contact"
EMAIL: Final = "email"
MOST_RECIPIENTS: Final = 50
_LONGEST_SUBJECT: Final = 300


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody it goes to: a user or a contact (`id`), or nobody the desk knows (`id` None)."""

    kind: str
    id: str | None
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class PrivateText:
    """What it says and to whom: each of `to` is {"user": id}, {"contact": id} or {"email": address}."""

    to: Sequence[Mapping[str, str]]
    text: str
    attachments: Sequence[str] = ()


def send_private(desk: Desk, number: str, said: PrivateText, frame: Frame, remember: Remember[Done]) -> Done:
    """Keep it on the ticket as an internal action, and ask to send it by mail.

    Everybody gets it in one mail and sees who else does. NotFound, TicketMerged, InvalidReply (somebody who
    has no mail address, a file), TooBusy.
    """
    message_id = desk.new_id()

    def attempt() -> Done:
        loaded, workflow = load(desk, number)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes()
        message = internal_action(message_id, PRIVATE_MESSAGE, said.text, loaded.requester.id, frame, now)
        recipients = _recipients(desk.store, said.to)
        message.content = {RECIPIENTS: [asdict(each) for each in recipients]}
        message.delivery = Delivery(QUEUED, RANK[QUEUED], {}, now)
        files = take_files(changes, desk, said.attachments, message, ticket)
        ticket.comment(message, now)
        changes.touch(ticket)
        changes.messages.append(message)
        forget_sent(desk, changes, message)
        mail = _mail(ticket, message, recipients, files, now)
        changes.events.append(mail_requested_for(mail, frame.cause))
        return save_once(desk, changes, Done(loaded, workflow, message), remember)

    return until_saved(attempt, frame)


def mail_again(
    ticket: Ticket, message: Message, files: Sequence[Attachment], now: datetime
) -> MailRequested | None:
    """The mail of a message that is kept, for its present attempt; None when it is not known to whom."""
    recipients = [Recipient(**each) for each in message.content.get(RECIPIENTS, ())]
    return _mail(ticket, message, recipients, files, now) if recipients else None


def _recipients(store: DeskStore, wanted: Sequence[Mapping[str, str]]) -> list[Recipient]:
    """Everybody once, in order. InvalidReply names each who cannot be reached by mail."""
    found: dict[str, Recipient] = {}
    mistakes = []
    contacts = store.load_contacts({each[CONTACT] for each in wanted if CONTACT in each})
    for index, each in enumerate(wanted):
        recipient = _recipient(store, contacts, each)
        if isinstance(recipient, str):
            mistakes.append((f"to.{index}", recipient))
        else:
            found.setdefault(recipient.address.casefold(), recipient)
    if mistakes:
        raise InvalidReply(mistakes)
    return list(found.values())


def _recipient(
    store: DeskStore, contacts: Mapping[str, Contact], wanted: Mapping[str, str]
) -> Recipient | str:
    """Who it is, or why the mail cannot go there."""
    if USER in wanted:
        user = store.record(User, wanted[USER])
        if user is None or not user.active:
            return "There is no such user."
        return Recipient(USER, user.id, user.name, user.email)
    if CONTACT in wanted:
        contact = contacts.get(wanted[CONTACT])
        if contact is None:
            return "There is no such contact."
        addresses = [each.value for each in contact.identities if each.kind == EMAIL]
        if not addresses:
            return "This contact has no e-mail address. Add one, or write on the customer's channel."
        return Recipient(CONTACT, contact.id, contact.name, addresses[0])
    if not is_address(wanted[EMAIL]):
        return "This is no e-mail address."
    return Recipient(EMAIL, None, "", wanted[EMAIL])


def _mail(
    ticket: Ticket,
    message: Message,
    recipients: Sequence[Recipient],
    files: Sequence[Attachment],
    now: datetime,
) -> MailRequested:
    subject = " ".join(f"[{ticket.number}] {ticket.title}".split())[:_LONGEST_SUBJECT]
    attempt = message.delivery.attempt if message.delivery is not None else 0
    return MailRequested(
        # Each attempt is a mail of its own, so that it leaves once more.
        mail_id=f"{message.id}~{attempt}" if attempt else message.id,
        to=[MailAddress(each.address, " ".join(each.name.split())) for each in recipients],
        subject=subject,
        text=message.text,
        requested_at=now,
        ticket_number=ticket.number,
        message_id=message.id,
        attempt=attempt,
        attachments=[announce.stored_file(each) for each in files],
    )
