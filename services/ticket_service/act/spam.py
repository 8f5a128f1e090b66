"""Spam: the ticket goes where spam goes, and its sender is blocked or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.ticket_service.act.loading import load
from services.ticket_service.act.marking import mark
from services.ticket_service.act.moving import move
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.blocked_sender import MOST, BlockedSender
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.status import SPAM, Workflow
from services.ticket_service.ports import Changes, LoadedTicket

Moved = tuple[LoadedTicket, Workflow]
BLOCKED: Final = "sender_blocked"
"""In the history of a ticket: the identities that were blocked with it."""


class NoSpamStatus(Exception):
    """None of the desk's statuses has the role `spam`."""


class AlreadyBlocked(Exception):
    """This sender is blocked; the argument is its key."""


class TooManyBlocked(Exception):
    """The list is looked at for every message, so it has an end."""


def mark_spam(desk: Desk, number: str, block_sender: bool, frame: Frame, remember: Remember[Moved]) -> Moved:
    """Move the ticket to the desk's spam status. NotFound, TicketMerged, NoSpamStatus, Unfit, TooBusy.

    With `block_sender` further messages of the requester reach no ticket. TooManyBlocked.
    """

    def attempt() -> Moved:
        loaded, workflow = load(desk, number)
        status, now, changes = workflow.with_role(SPAM), desk.clock(), Changes(by=frame.actor)
        if status is None:
            raise NoSpamStatus
        move(desk, changes, loaded, workflow, status, loaded.ticket.justification, frame, now)
        if block_sender:
            senders = blocks(desk, loaded.requester.identities, frame, "", number)
            changes.touch(*senders)
            if senders:
                keys = ", ".join(each.id for each in senders)
                mark(changes, desk, loaded.ticket, loaded.conversation, BLOCKED, None, keys, frame, now)
        return save_once(desk, changes, (loaded, workflow), remember)

    return until_saved(attempt, frame)


def block(
    desk: Desk, identity: Identity, reason: str, frame: Frame, remember: Remember[BlockedSender]
) -> BlockedSender:
    """Keep a sender's messages away from all tickets; of a visitor of live chats, for a day also what others
    who are new write from the same networks. AlreadyBlocked, TooManyBlocked, TooBusy.
    """

    def attempt() -> BlockedSender:
        if not _new(desk, [identity]):
            raise AlreadyBlocked(identity.key)
        sender, changes = _sender(desk, identity, frame, reason, None), Changes(by=frame.actor)
        changes.touch(sender)
        return save_once(desk, changes, sender, remember)

    return until_saved(attempt, frame)


def unblock(desk: Desk, key: str, frame: Frame) -> None:
    """Let a sender's further messages reach tickets again. NotFound, TooBusy."""

    def attempt() -> None:
        sender, changes = desk.store.record(BlockedSender, key), Changes(by=frame.actor)
        if sender is None:
            raise NotFound("blocked sender")
        changes.remove(sender)
        desk.save(changes)

    until_saved(attempt, frame)


def blocks(
    desk: Desk, identities: Sequence[Identity], frame: Frame, reason: str, ticket: str | None = None
) -> list[BlockedSender]:
    """Those of these identities to be blocked that are not yet. TooManyBlocked."""
    return [_sender(desk, each, frame, reason, ticket) for each in _new(desk, identities)]


def _networks(desk: Desk, identity: Identity) -> list[str]:
    """The marks of where a visitor of live chats last wrote from."""
    if identity.kind != CHAT:
        return []
    people = desk.store.load_inbound({identity.key}, ()).contacts
    talks = [talk for contact_id in people for talk in desk.store.load_person(contact_id, 0)[0]]
    return sorted({talk.visit.network for talk in talks if talk.visit is not None} - {""})


def _new(desk: Desk, identities: Sequence[Identity]) -> list[Identity]:
    """Those that are not blocked yet; read fresh, since other processes block as well."""
    if len(desk.store.all(BlockedSender)) + len(identities) > MOST:
        raise TooManyBlocked
    return [each for each in identities if desk.store.record(BlockedSender, each.key) is None]


def _sender(desk: Desk, identity: Identity, frame: Frame, reason: str, ticket: str | None) -> BlockedSender:
    now = desk.clock()
    networks = _networks(desk, identity)
    return BlockedSender(
        identity.key, identity.kind, identity.value, now, frame.actor, reason, ticket, networks
    )
