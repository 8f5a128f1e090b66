"""Two contacts become one, in one transaction with everything that is theirs; and two again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.ticket_service.act.fields import REQUESTER, attribute
from services.ticket_service.act.keeping import found
from services.ticket_service.act.people import contact_in_use
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, WrongState, save_once, until_saved
from services.ticket_service.domain import contact_merge
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.contact_merge import ContactMerge, TalkMove
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.note import Note, about_contact
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes

MOST_TICKETS: Final = 2_000
"""All of them change in one transaction, which must not take long."""
LINKED_TO: Final = "linked_to"
VISIBLE_TO: Final = "visible_to"


class TooMuchToMove(Exception):
    """The contact has more than MOST_TICKETS tickets."""


class UndoTooLate(Exception):
    """A merge can be undone until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class LaterMergeFirst(Exception):
    """Others were merged into the same contact since; `merge_id` is the last of these merges."""

    def __init__(self, merge_id: str) -> None:
        super().__init__(merge_id)
        self.merge_id = merge_id


def merge_contacts(
    desk: Desk, survivor_id: str, other_id: str, frame: Frame, remember: Remember[ContactMerge]
) -> ContactMerge:
    """Move everything of the other contact to the survivor.

    Whoever changes something of either at the same moment (a message that comes in, an answer) makes this
    decision stale, or is made stale by it, at the version of a contact, a conversation or a ticket. NotFound,
    Unfit, WrongState, TooMuchToMove, TooBusy.
    """
    merge_id = desk.new_id()

    def attempt() -> ContactMerge:
        survivor, other = contact_in_use(desk, survivor_id), contact_in_use(desk, other_id)
        if survivor.id == other.id:
            raise Unfit([("other", "This is the same contact.")])
        merge = ContactMerge(merge_id, survivor.id, other.id, desk.clock(), frame.actor)
        changes = Changes()
        contact_merge.merge(merge, survivor, other)
        # In this order: an identity is given up before somebody else has it.
        changes.touch(other, survivor)
        talks, tickets = desk.store.load_person(other.id, MOST_TICKETS)
        if len(tickets) > MOST_TICKETS:
            raise TooMuchToMove
        _move_talks(desk, changes, merge, talks)
        joined = {each.emptied: each for each in merge.joined}
        for ticket in tickets:
            for name, moved in _named(merge).items():
                if _is(ticket, name, other):
                    moved.append(ticket.id)
                    _set(desk, changes, ticket, name, survivor, frame, merge.at)
            if ticket.conversation_id in joined:
                joined[ticket.conversation_id].tickets.append(ticket.id)
                ticket.conversation_id = joined[ticket.conversation_id].kept
            changes.touch(ticket)
        merge.notes = _move_notes(desk, changes, other.id, survivor.id, None)
        changes.touch(merge)
        return save_once(desk, changes, merge, remember)

    return until_saved(attempt, frame)


def undo_merge(
    desk: Desk, survivor_id: str, merge_id: str, frame: Frame, remember: Remember[ContactMerge]
) -> ContactMerge:
    """Give the other contact back all that came from it and is still there.

    What happened since stays with the survivor, but for what happened on tickets that go back. NotFound,
    WrongState, UndoTooLate, LaterMergeFirst, TooBusy.
    """

    def attempt() -> ContactMerge:
        merge, now = _undoable(desk, survivor_id, merge_id), desk.clock()
        survivor = contact_in_use(desk, merge.survivor)
        other = desk.store.load_contacts([merge.other]).get(merge.other)
        if other is None or other.merged_into != survivor.id:
            raise WrongState("contact", other.state if other else "gone", "merged")
        changes = Changes()
        contact_merge.unmerge(merge, survivor, other, now)
        changes.touch(survivor, other)
        joined = {each for one in merge.joined for each in one.tickets}
        tickets = desk.store.load_tickets(joined.union(*_named(merge).values()))
        for name, moved in _named(merge).items():
            for ticket in (tickets[each] for each in moved if each in tickets):
                if _is(ticket, name, survivor):
                    _set(desk, changes, ticket, name, other, frame, now)
        _return_talks(desk, changes, merge, tickets, other, now)
        _move_notes(desk, changes, survivor.id, other.id, merge.notes)
        changes.touch(merge)
        return save_once(desk, changes, merge, remember)

    return until_saved(attempt, frame)


def _undoable(desk: Desk, survivor_id: str, merge_id: str) -> ContactMerge:
    merge = found(desk, ContactMerge, merge_id, "merge")
    if merge.survivor != survivor_id:
        raise NotFound("merge")
    if merge.undone_at is not None:
        raise WrongState("merge", "undone", "in-effect")
    if desk.clock() >= merge.undo_until():
        raise UndoTooLate(merge.undo_until())
    later = [
        each
        for each in desk.store.records(ContactMerge, {"survivor": merge.survivor})
        if each.undone_at is None and (each.at, each.id) > (merge.at, merge.id)
    ]
    if later:
        raise LaterMergeFirst(max(later, key=lambda each: (each.at, each.id)).id)
    return merge


def _move_talks(desk: Desk, changes: Changes, merge: ContactMerge, talks: Iterable[Conversation]) -> None:
    own, _ = desk.store.load_person(merge.survivor, 0)
    kept = {each.channel_id: each for each in own if each.merged_into is None}
    for talk in talks:
        if talk.merged_into is not None:
            continue
        into = kept.get(talk.channel_id)
        if into is None:
            talk.contact_id, talk.updated_at = merge.survivor, merge.at
            merge.conversations.append(talk.id)
        else:
            merge.joined.append(contact_merge.join(into, talk, merge.at))
            changes.talks.append(TalkMove(talk.id, into.id))
        changes.touch(talk, into)


def _return_talks(
    desk: Desk,
    changes: Changes,
    merge: ContactMerge,
    tickets: dict[str, Ticket],
    other: Contact,
    now: datetime,
) -> None:
    ids = {*merge.conversations, *(id_ for each in merge.joined for id_ in (each.kept, each.emptied))}
    talks = desk.store.load_conversations(ids)
    for talk in (talks[each] for each in merge.conversations if each in talks):
        if talk.contact_id == merge.survivor:
            talk.contact_id, talk.updated_at = other.id, now
            changes.touch(talk)
    for joined in merge.joined:
        kept, emptied = talks[joined.kept], talks[joined.emptied]
        back = [tickets[each] for each in joined.tickets if each in tickets]
        moved = [each.id for each in back if each.conversation_id == kept.id]
        for ticket in (tickets[each] for each in moved):
            ticket.conversation_id = emptied.id
            changes.touch(ticket)
        waiting = desk.store.load_messages(kept.drafts).values()
        drafts = [each.id for each in waiting if each.ticket_id in moved or each.id in emptied.drafts]
        addresses = [identity.address for identity in other.identities]
        open_ = _still_open(desk, [kept.open_ticket_id, joined.before.open_ticket_id, emptied.open_ticket_id])
        contact_merge.part(joined, kept, emptied, moved, open_, drafts, addresses, now)
        changes.touch(kept, emptied)
        changes.talks.append(TalkMove(kept.id, emptied.id, back=True, tickets=tuple(moved)))


def _still_open(desk: Desk, ids: Iterable[str | None]) -> list[str]:
    found_ = desk.store.load_tickets([each for each in ids if each is not None])
    return [
        each.id
        for each in found_.values()
        if each.closed_at is None and each.deleted_at is None and each.merged_into is None
    ]


def _named(merge: ContactMerge) -> dict[str, list[str]]:
    """The fields of tickets that name a contact, with the tickets where they named the other one."""
    return {REQUESTER: merge.tickets, LINKED_TO: merge.linked, VISIBLE_TO: merge.seen}


def _is(ticket: Ticket, name: str, contact: Contact) -> bool:
    return bool(getattr(ticket, attribute(name)) == _as_value(name, contact))


def _as_value(name: str, contact: Contact) -> str:
    return about_contact(contact.id) if name == LINKED_TO else contact.id


def _set(
    desk: Desk, changes: Changes, ticket: Ticket, name: str, contact: Contact, frame: Frame, now: datetime
) -> None:
    before, after = getattr(ticket, attribute(name)), _as_value(name, contact)
    setattr(ticket, attribute(name), after)
    changes.history.append(HistoryEntry(desk.new_id(), ticket.id, now, frame.actor, name, before, after))
    changes.touch(ticket)


def _move_notes(desk: Desk, changes: Changes, from_: str, to: str, only: list[str] | None) -> list[str]:
    notes = desk.store.records(Note, {"about": about_contact(from_)})
    moved = [each for each in notes if only is None or each.id in only]
    for note in moved:
        note.about = about_contact(to)
        changes.touch(note)
    return [each.id for each in moved]
