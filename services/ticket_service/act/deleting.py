"""Tickets are put into the bin, brought back from it, and go for good after a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from services.ticket_service.act.marking import mark
from services.ticket_service.act.merging import conversations_of
from services.ticket_service.act.relations import relations_of
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.merge import MergedTicket
from services.ticket_service.domain.status import CLOSED
from services.ticket_service.domain.tombstone import DeletedTicket, DeletionPolicy, Purge, come_back, leave
from services.ticket_service.ports import SECTION, Changes, LoadedTicket
from shared.contracts import ticket_fact

DELETED: Final = "deleted"
RESTORED: Final = "restored"
AT_ONCE: Final = 200
"""Tickets that one run of the purge takes; the next run takes the others."""

_log = structlog.get_logger(__name__)


class TooLateToRestore(Exception):
    """The ticket was deleted so long ago that it goes for good any moment now."""

    def __init__(self, number: str, keep_days: int) -> None:
        super().__init__(number)
        self.number = number
        self.keep_days = keep_days


def delete(desk: Desk, number: str, frame: Frame) -> None:
    """Put the ticket into the bin: it is in no list, and the conversation's next message opens another one.

    Answers that waited to be sent from it wait no longer. NotFound, TooBusy.
    """

    def attempt() -> None:
        loaded = _loaded(desk, number, deleted=False)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes()
        ticket.deleted_at = now
        changes.counters[ticket.status] -= 1
        kept = DeletedTicket(ticket.id, ticket.number, now)
        for talk in conversations_of(desk.store, ticket).values():
            leave(talk, ticket.id, now)
            waiting = desk.store.load_messages(talk.drafts) if talk.drafts else {}
            for message in waiting.values():
                if message.ticket_id == ticket.id:
                    talk.drop(message.id)
                    kept.drafts.append(message.id)
            changes.touch(talk)
        changes.touch(kept)
        mark(changes, desk, ticket, None, DELETED, None, now, frame, now, ticket_fact.DELETED)
        desk.save(changes)

    until_saved(attempt, frame)


def restore(desk: Desk, number: str, frame: Frame, remember: Remember[LoadedTicket]) -> LoadedTicket:
    """Bring a deleted ticket back. NotFound (no such ticket in the bin), TooLateToRestore, TooBusy."""

    def attempt() -> LoadedTicket:
        loaded = _loaded(desk, number, deleted=True)
        ticket, now, policy = loaded.ticket, desk.clock(), desk.store.setting(DeletionPolicy)
        kept = desk.store.record(DeletedTicket, ticket.id)
        if ticket.deleted_at is None or kept is None or not policy.restorable(ticket.deleted_at, now):
            raise TooLateToRestore(number, policy.keep_days)
        ticket.deleted_at = None
        changes = Changes()
        changes.remove(kept)
        changes.counters[ticket.status] += 1
        closed = CLOSED in desk.store.workflow().status(ticket.status).roles
        waiting = desk.store.load_messages(kept.drafts) if kept.drafts else {}
        for talk in conversations_of(desk.store, ticket).values():
            if ticket.merged_into is None:
                come_back(talk, ticket.id, closed, now)
            for message in waiting.values():
                if message.conversation_id == talk.id:
                    talk.hold(message.id)
            changes.touch(talk)
        mark(changes, desk, ticket, None, RESTORED, kept.deleted_at, None, frame, now)
        return save_once(desk, changes, loaded, remember)

    return until_saved(attempt, frame)


def purge(
    desk: Desk,
    due: Callable[[datetime, int], list[str]],
    forget_files: Callable[[list[Attachment]], None],
    now: datetime,
) -> int:
    """Let go for good what was deleted long enough ago; how many tickets went. Unavailable.

    `due` gives the ids of tickets deleted at or before a time, at most so many; `forget_files` deletes the
    content of files and may be asked twice. Safe to run in several processes, and to be killed in between.
    """
    before = desk.store.setting(DeletionPolicy).purged_before(now)
    gone = sum(_purge_one(desk, ticket_id, forget_files, now) for ticket_id in due(before, AT_ONCE))
    if gone:
        _log.info("deleted tickets purged", tickets=gone)
    return gone


def _purge_one(
    desk: Desk, ticket_id: str, forget_files: Callable[[list[Attachment]], None], now: datetime
) -> bool:
    def attempt() -> bool:
        kept = desk.store.record(DeletedTicket, ticket_id)
        if kept is None:
            return False
        ticket = desk.store.load_tickets([ticket_id]).get(ticket_id)
        changes = Changes()
        changes.remove(kept, *relations_of(desk.store, ticket_id))
        changes.remove(*desk.store.records(MergedTicket, {"into": ticket_id}))
        own = desk.store.record(MergedTicket, ticket_id)
        if own is not None:
            changes.remove(own)
        if ticket is not None:
            remains = desk.store.load_remains(ticket_id)
            # Files first: what is still named by documents is found again by the next run.
            forget_files(remains.files)
            changes.purges.append(Purge(ticket, remains.messages, now))
        desk.save(changes)
        return True

    return decide_again_on_conflict(attempt)


def policy_of(desk: Desk) -> DeletionPolicy:
    """The section as it is stored this moment."""
    return desk.store.record(DeletionPolicy, SECTION) or DeletionPolicy()


def set_policy(
    desk: Desk, keep_days: int, frame: Frame, check: Callable[[DeletionPolicy], None]
) -> DeletionPolicy:
    """Set how many days deleted tickets are kept; `check` as in change_ticket. TooBusy."""

    def attempt() -> DeletionPolicy:
        policy = policy_of(desk)
        check(policy)
        if policy.keep_days != keep_days:
            policy.keep_days = keep_days
            changes = Changes()
            changes.touch(policy)
            desk.save(changes)
        return policy

    return until_saved(attempt, frame)


def _loaded(desk: Desk, number: str, *, deleted: bool) -> LoadedTicket:
    """The ticket, merged or not, that is in the bin or is not. NotFound."""
    loaded = desk.store.load_ticket(number)
    if loaded is None or (loaded.ticket.deleted_at is not None) != deleted:
        raise NotFound("deleted ticket" if deleted else "ticket")
    return loaded
