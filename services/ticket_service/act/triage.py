"""What people make of mails that opened no ticket: put on one, left aside, kept, their senders blocked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from services.ticket_service.act.loading import TicketMerged, load
from services.ticket_service.act.opening import Opened, opening_in
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.spam import blocks
from services.ticket_service.acting import (
    AlreadyDecided,
    Desk,
    Frame,
    NotFound,
    Remember,
    save_once,
    until_saved,
)
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.identity import EMAIL, Identity
from services.ticket_service.domain.mail import MailThread, MessageMail, address_key
from services.ticket_service.domain.mail_settings import MailSettings
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.ticket import INTERNAL_TICKET, Ticket
from services.ticket_service.domain.triage import BLOCKED, HELD, IGNORED, JOINED, TriageMail
from services.ticket_service.mailing import copied, outside
from services.ticket_service.numbers import Numbers
from services.ticket_service.placing import Placing
from services.ticket_service.ports import Changes, LoadedTicket
from shared.contracts.received_mail import BOUNCE, RECEIPT

MAIL: Final = "mail"
MAIL_JOINED: Final = "mail_joined"
"""In the history of a ticket: the sender of a mail that somebody put on it."""
UNDECIDED: Final = frozenset({HELD, IGNORED, BLOCKED})
"""A mail that was left aside can still become something; one that is on a ticket is there."""
MOST_AT_ONCE: Final = 200
_REPORTS: Final = frozenset({BOUNCE, RECEIPT})


def waiting(desk: Desk, mail_id: str, states: Collection[str] = UNDECIDED) -> tuple[TriageMail, Message]:
    """A mail of triage that is in one of these states, with its message. NotFound, AlreadyDecided."""
    found = desk.store.record(TriageMail, mail_id)
    message = desk.store.load_messages([mail_id]).get(mail_id) if found is not None else None
    if found is None or message is None or message.mail is None:
        raise NotFound(MAIL)
    if found.state not in states or message.ticket_id is not None:
        raise AlreadyDecided(found.state)
    return found, message


def join(desk: Desk, mail_id: str, number: str, frame: Frame, remember: Remember[Opened]) -> Opened:
    """Put a mail on a ticket there is, as if its sender had answered there; nobody is told by mail.

    What a machine wrote is shown there and changes nothing. NotFound, AlreadyDecided, Unfit (the ticket),
    TooBusy.
    """
    numbers = Numbers(desk.store)

    def attempt() -> Opened:
        record, message = waiting(desk, mail_id)
        loaded, workflow = _open_to_mail(desk, number)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes(by=frame.actor)
        if message.by_machine:
            ticket.comment(message, now)
        else:
            store = desk.store
            placing = Placing(
                *(changes, {ticket.id: ticket}, workflow, store.desk(), store.setting(TicketOptions)),
                *(opening_in(desk, changes, numbers, now), now, desk.new_id),
            )
            placing.heard(ticket, loaded.conversation, message, frame.cause)
        changes.untold.add(ticket.id)
        _take_into_thread(desk, loaded, message)
        changes.touch(ticket, message)
        move_files(desk, changes, message, ticket)
        entry = HistoryEntry(
            desk.new_id(), ticket.id, now, frame.actor, MAIL_JOINED, None, record.sender_address
        )
        changes.history.append(entry)
        record.decide(JOINED, record.reason, frame.actor, now, (ticket.id, ticket.number))
        changes.touch(record)
        return save_once(desk, changes, (loaded, workflow), remember)

    return until_saved(attempt, frame)


def ignore(desk: Desk, mail_id: str, reason: str, frame: Frame, remember: Remember[TriageMail]) -> TriageMail:
    """Leave a mail aside that waits. NotFound, AlreadyDecided, TooBusy."""
    return _decided(desk, mail_id, {HELD}, IGNORED, reason, frame, remember)


def hold(desk: Desk, mail_id: str, frame: Frame, remember: Remember[TriageMail]) -> TriageMail:
    """Let a mail wait again; a blocked sender stays blocked. NotFound, AlreadyDecided, TooBusy."""
    return _decided(desk, mail_id, {IGNORED, BLOCKED}, HELD, "", frame, remember)


def block(desk: Desk, mail_id: str, reason: str, frame: Frame, remember: Remember[TriageMail]) -> TriageMail:
    """Block the sender of a mail; those of the same sender that wait are put away with it.

    NotFound, AlreadyDecided, TooManyBlocked, TooBusy.
    """

    def attempt() -> TriageMail:
        record, _ = waiting(desk, mail_id, {HELD, IGNORED})
        now, changes = desk.clock(), Changes(by=frame.actor)
        changes.touch(*blocks(desk, [_identity(desk, record)], frame, reason))
        same = desk.store.records(TriageMail, {"conversation_id": record.conversation_id, "state": HELD})
        others = [each for each in same if _sender(each) == _sender(record) and each.id != record.id]
        for each in (record, *others[:MOST_AT_ONCE]):
            each.decide(BLOCKED, reason, frame.actor, now)
            changes.touch(each)
        return save_once(desk, changes, record, remember)

    return until_saved(attempt, frame)


def move_files(desk: Desk, changes: Changes, message: Message, ticket: Ticket) -> list[Attachment]:
    """The mail's files, which go where it goes."""
    files = desk.store.load_attachments(message.attachments) if message.attachments else {}
    for file in files.values():
        file.ticket_id = ticket.id
        changes.touch(file)
    return list(files.values())


def _open_to_mail(desk: Desk, number: str) -> Opened:
    """Unfit for a ticket that takes no mail."""
    try:
        loaded, workflow = load(desk, number)
    except NotFound:
        raise Unfit([("ticket", "There is no such ticket.")]) from None
    except TicketMerged as error:
        raise Unfit([("ticket", f"It is part of {error.into} now; name that one.")]) from error
    if loaded.ticket.type == INTERNAL_TICKET:
        raise Unfit([("ticket", "An internal ticket takes no mails. Make it public first.")])
    return loaded, workflow


def _take_into_thread(desk: Desk, loaded: LoadedTicket, message: Message) -> None:
    """Whoever decides so makes the sender, and those it went to, part of the ticket's thread."""
    ticket, mail = loaded.ticket, message.mail or MessageMail()
    people = [] if mail.automatic in _REPORTS else outside(mail.addresses(), desk.mail)
    ticket.thread = (ticket.thread or MailThread()).joined(mail, people)
    if not mail.automatic:
        settings = desk.store.setting(MailSettings)
        ticket.cc = copied(ticket.cc, mail, loaded.requester, settings, desk.mail)


def _decided(
    desk: Desk,
    mail_id: str,
    states: Collection[str],
    to: str,
    reason: str,
    frame: Frame,
    remember: Remember[TriageMail],
) -> TriageMail:
    def attempt() -> TriageMail:
        record, _ = waiting(desk, mail_id, states)
        changes, now = Changes(by=frame.actor), desk.clock()
        record.decide(to, reason, frame.actor, now)
        changes.touch(record)
        return save_once(desk, changes, record, remember)

    return until_saved(attempt, frame)


def _identity(desk: Desk, record: TriageMail) -> Identity:
    """By what the sender is recognised when the next mail comes."""
    talks = desk.store.load_conversations([record.conversation_id]).values()
    contacts = desk.store.load_contacts([each.contact_id for each in talks]).values()
    known = [each for contact in contacts for each in contact.identities if each.kind == EMAIL]
    key, address = _sender(record), record.sender_address
    return next(
        (each for each in known if key in (each.value, address_key(each.address))),
        Identity(EMAIL, key, address),
    )


def _sender(record: TriageMail) -> str:
    return address_key(record.sender_address)
