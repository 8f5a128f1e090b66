"""A person is erased: at once whatever names them, then by the clock all that was ever said and sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol

import structlog

from services.ticket_service.act.people import contact_in_use
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.announce_requests import contact_erased_for
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.audit import ERASED, AuditEntry
from services.ticket_service.domain.confidential import ConfidentialRequest
from services.ticket_service.domain.contact_merge import ContactMerge
from services.ticket_service.domain.erasure import Erasure, erase_conversation, erase_ticket
from services.ticket_service.domain.note import Note, about_contact
from services.ticket_service.ports import Changes
from shared.contracts.contact_erased import ContactErased

AT_ONCE: Final = 200
_log = structlog.get_logger(__name__)


ForgetFiles = Callable[[Sequence[Attachment]], None]
"""Deletes the content of files, with all pictures made of them; may be asked twice."""


class ErasingStore(Protocol):
    """What is done to many documents at once; every step may be repeated. Unavailable."""

    def running(self, limit: int) -> Sequence[str]:
        """The ids of erasures that are not done."""
        ...

    def tickets(self, contact_ids: Collection[str], limit: int) -> Sequence[str]:
        """The ids of their tickets that still say something."""
        ...

    def all_tickets(self, contact_ids: Collection[str]) -> Sequence[str]:
        """The ids of all their tickets."""
        ...

    def conversations(self, contact_ids: Collection[str]) -> Sequence[str]:
        """The ids of all their conversations."""
        ...

    def forget_said(self, conversation_ids: Collection[str], ticket_ids: Collection[str]) -> None:
        """Empty the messages and histories of these."""
        ...

    def files(
        self, conversation_ids: Collection[str], ticket_ids: Collection[str], limit: int
    ) -> Sequence[Attachment]:
        """Files of these that are still kept or named."""
        ...

    def originals(
        self, conversation_ids: Collection[str], ticket_ids: Collection[str]
    ) -> Sequence[Attachment]:
        """Mails of these as they came, by their messages' ids; `forget_said` lets nothing name them."""
        ...


class Traces(Protocol):
    """What names a person beside tickets and conversations; every step may be repeated. Unavailable."""

    def forget_webhooks(self, ticket_ids: Collection[str], now: datetime) -> None:
        """Empty what went, or was to go, to others about these tickets."""
        ...

    def forget_blocked(self, keys: Collection[str]) -> None:
        """Forget why senders with these identities are blocked; blocked they stay."""
        ...

    def forget_quarantined(self, values: Collection[str], now: datetime, forget_files: ForgetFiles) -> None:
        """Empty what was put aside and holds any of these values, with the mails that were."""
        ...


def erase_contact(desk: Desk, contact_id: str, frame: Frame, remember: Remember[Erasure]) -> Erasure:
    """Forget who a contact is, and begin to forget what it said: a job does the rest within a minute.

    Whoever writes from one of its identities afterwards, or at this moment, is somebody new. NotFound,
    WrongState (merged or erased before), TooBusy.
    """

    def attempt() -> Erasure:
        contact, now = contact_in_use(desk, contact_id), desk.clock()
        changes = Changes()
        merges = desk.store.records(ContactMerge, {"survivor": contact.id})
        undone = desk.store.records(ContactMerge, {"other": contact.id})
        merged = {each.other for each in merges if each.undone_at is None}
        people = [contact, *desk.store.load_contacts(merged).values()]
        identities = [identity for each in people for identity in each.identities]
        keys = sorted({each.key for each in identities})
        values = {text for each in identities for text in (each.value, each.address) if text}
        erasure = Erasure(contact.id, now, frame.actor, [contact.id, *sorted(merged)], keys, sorted(values))
        talks: list[str] = []
        for each in people:
            each.erase(now)
            changes.touch(each)
            talks += _forget_person(desk, changes, each.id, now)
        told = ContactErased(contact.id, talks, erasure.values, now)
        changes.events.append(contact_erased_for(told, frame.cause))
        changes.remove(*{each.id: each for each in (*merges, *undone)}.values())
        changes.touch(erasure)
        changes.touch(AuditEntry(desk.new_id(), now, frame.actor, "contact", contact.id, ERASED))
        return save_once(desk, changes, erasure, remember)

    return until_saved(attempt, frame)


def finish_erasures(
    desk: Desk, store: ErasingStore, traces: Traces, forget_files: ForgetFiles, now: datetime
) -> int:
    """Forget the rest of whoever is being erased; how many persons were finished. Unavailable.

    Safe to be killed anywhere: each step finds what is left.
    """
    done = 0
    for erasure_id in store.running(AT_ONCE):
        erasure = desk.store.record(Erasure, erasure_id)
        if erasure is None or erasure.done_at is not None:
            continue
        _forget_all(desk, store, erasure.contacts, forget_files, now)
        traces.forget_webhooks(store.all_tickets(erasure.contacts), now)
        traces.forget_blocked(erasure.keys)
        traces.forget_quarantined(erasure.values, now, forget_files)
        erasure.finish(now)
        changes = Changes()
        changes.touch(erasure)
        desk.save(changes)
        done += 1
    if done:
        _log.info("persons erased", persons=done)
    return done


def _forget_person(desk: Desk, changes: Changes, contact_id: str, now: datetime) -> list[str]:
    """Its conversations' ids. What was asked on tickets beyond AT_ONCE is withdrawn by the job."""
    talks, tickets = desk.store.load_person(contact_id, AT_ONCE)
    for talk in talks:
        changes.discarded_drafts += erase_conversation(talk, now)
        changes.touch(talk)
    changes.remove(*desk.store.records(Note, {"about": about_contact(contact_id)}))
    mine = [ticket.id for ticket in tickets if ticket.requester_id == contact_id]
    changes.touch(*_withdrawn(desk, mine, now))
    return [talk.id for talk in talks]


def _withdrawn(desk: Desk, ticket_ids: Collection[str], now: datetime) -> list[ConfidentialRequest]:
    """What was asked in confidence on these tickets and is not forgotten yet, now forgotten."""
    asked = desk.store.records(ConfidentialRequest, {"ticket_id": list(ticket_ids)}) if ticket_ids else []
    left = [request for request in asked if not request.erased]
    for request in left:
        request.erase(now)
    return left


def _withdraw(desk: Desk, ticket_ids: Collection[str], now: datetime) -> None:
    changes = Changes()
    changes.touch(*_withdrawn(desk, ticket_ids, now))
    desk.save(changes)


def _forget_all(
    desk: Desk, store: ErasingStore, contacts: Collection[str], forget_files: ForgetFiles, now: datetime
) -> None:
    while ids := store.tickets(contacts, AT_ONCE):
        for ticket_id in ids:
            decide_again_on_conflict(partial(_forget_ticket, desk, ticket_id, now))
    talks, tickets = store.conversations(contacts), store.all_tickets(contacts)
    while files := store.files(talks, tickets, AT_ONCE):
        forget_files(files)
        for file in files:
            decide_again_on_conflict(partial(forget_file, desk, file.id, now))
    for start in range(0, len(tickets), AT_ONCE):
        decide_again_on_conflict(partial(_withdraw, desk, tickets[start : start + AT_ONCE], now))
    forget_files(store.originals(talks, tickets))
    store.forget_said(talks, tickets)


def _forget_ticket(desk: Desk, ticket_id: str, now: datetime) -> None:
    for ticket in desk.store.load_tickets([ticket_id]).values():
        erase_ticket(ticket, now)
        changes = Changes()
        changes.touch(ticket)
        desk.save(changes)


def forget_file(desk: Desk, file_id: str, now: datetime) -> None:
    """Let nothing name a file any more whose content is deleted. Conflict, Unavailable."""
    for file in desk.store.load_attachments([file_id]).values():
        file.forget(now)
        changes = Changes()
        changes.touch(file)
        desk.save(changes)
