"""A ticket made by hand from a mail of triage (S001): nobody is told of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.fields import check_fields, reader_problem
from services.ticket_service.act.opening import (
    Opened,
    Wanted,
    all_fields,
    must_be_complete,
    opening_in,
    requester_of,
    title_of,
)
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.triage import MAIL, move_files, waiting
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.mail import MessageMail, bare_subject
from services.ticket_service.domain.mail_settings import MailSettings
from services.ticket_service.domain.ticket import PUBLIC_TICKET
from services.ticket_service.domain.triage import TICKET
from services.ticket_service.mailing import copied, thread_begun
from services.ticket_service.numbers import Numbers
from services.ticket_service.opening import NewTicket
from services.ticket_service.ports import Changes, LoadedTicket

ACCOUNT_USER: Final = "account_user"


def open_from_mail(
    desk: Desk,
    mail_id: str,
    wanted: Wanted,
    account_user: str | None,
    may: Collection[str],
    frame: Frame,
    remember: Remember[Opened],
) -> Opened:
    """Open a ticket with the mail as its description: its subject, its words, its files.

    Without a requester it is the sender's. `account_user` is the contact of the same organization who alone
    sees it; None: all of them do. Answers leave where the mail came from. NotFound, AlreadyDecided, Unfit,
    PermissionMissing, TooBusy.
    """
    numbers, new_contact = Numbers(desk.store), desk.new_id()

    def attempt() -> Opened:
        record, message = waiting(desk, mail_id)
        store, now, changes = desk.store, desk.clock(), Changes(by=frame.actor)
        conversation = store.load_conversations([message.conversation_id or ""]).get(
            message.conversation_id or ""
        )
        if conversation is None:
            raise NotFound(MAIL)
        check_fields(desk, {}, all_fields(wanted), may)
        requester = _requester(desk, wanted, conversation.contact_id, new_contact, now)
        mail = message.mail or MessageMail()
        new = NewTicket(
            wanted.title or bare_subject(mail.subject) or title_of(desk, message, requester, now),
            requester,
            frame.actor,
            frame.cause,
            conversation,
            message,
            message.text,
            {**_of_mail(desk, mail, requester), **wanted.fields, **_seen_by(desk, account_user, requester)},
            silent=True,
        )
        ticket = opening_in(desk, changes, numbers, now).open(new)
        if not message.by_machine:
            ticket.heard(message.occurred_at)
        changes.touch(message)
        files = move_files(desk, changes, message, ticket)
        must_be_complete(desk, ticket, files)
        record.decide(TICKET, record.reason, frame.actor, now, (ticket.id, ticket.number))
        changes.touch(record)
        done = LoadedTicket(ticket, requester, conversation), store.workflow()
        return save_once(desk, changes, done, remember)

    return until_saved(attempt, frame)


def _requester(desk: Desk, wanted: Wanted, sender: str, new_id: str, now: datetime) -> Contact:
    if wanted.requester is None and wanted.identity is None:
        return desk.store.load_contacts([sender])[sender]
    return requester_of(desk, wanted, new_id, now)


def _of_mail(desk: Desk, mail: MessageMail, requester: Contact) -> dict[str, Any]:
    """What follows for the ticket from the mail around its description."""
    settings = desk.store.setting(MailSettings)
    return {
        "type": PUBLIC_TICKET,
        "thread": thread_begun(mail, desk.mail),
        "cc": copied([], mail, requester, settings, desk.mail),
    }


def _seen_by(desk: Desk, account_user: str | None, requester: Contact) -> dict[str, str]:
    """Unfit for somebody who is not of the customer's people."""
    if account_user is None:
        return {}
    problem = reader_problem(desk.store, account_user, requester)
    if problem is not None:
        raise Unfit([(ACCOUNT_USER, problem)])
    return {"visible_to": account_user}
