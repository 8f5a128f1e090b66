"""Two tickets about one thing become one: everything goes to the survivor, and so does what comes later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.act.loading import load
from services.ticket_service.act.marking import mark
from services.ticket_service.act.relations import following, relations_of
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.merge import MergedTicket, follow, take_over
from services.ticket_service.domain.message import INTERNAL, NOTE, Message
from services.ticket_service.domain.relation import (
    WITHOUT_CIRCLES,
    RelationGraph,
    TooFar,
    leads_to,
    relation,
)
from services.ticket_service.domain.status import CLOSED, Workflow
from services.ticket_service.domain.ticket import INTERNAL_TICKET, Ticket
from services.ticket_service.ports import Changes, DeskStore, LoadedTicket
from services.ticket_service.transition import enter_status
from shared.contracts import ticket_fact
from shared.contracts.envelope import trace_id

MERGED: Final = "merged"
MERGED_INTO: Final = "merged_into"
WITH_ITSELF: Final = "with-itself"
NO_SUCH_TICKET: Final = "no-such-ticket"
SEEN_BY_CUSTOMER: Final = "seen-by-customer"


class CannotMerge(Exception):
    """The two cannot become one; `why` is WITH_ITSELF, NO_SUCH_TICKET or SEEN_BY_CUSTOMER."""

    def __init__(self, why: str, into: str) -> None:
        super().__init__(f"{why}: {into}")
        self.why = why
        self.into = into


@dataclass(frozen=True, slots=True)
class Merged:
    """The survivor with its requester, after the merge."""

    survivor: LoadedTicket
    workflow: Workflow


def merge(desk: Desk, number: str, into: str, frame: Frame, remember: Remember[Merged]) -> Merged:
    """Let the ticket become part of the ticket `into`, which keeps its own number, title and fields.

    What customers write later in any of its conversations goes to the survivor. NotFound, TicketMerged
    (either one was merged before), CannotMerge, TooBusy.
    """

    def attempt() -> Merged:
        loaded, workflow = load(desk, number)
        survivor = _survivor(desk, loaded.ticket, into)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes()
        closed = CLOSED in workflow.status(survivor.ticket.status).roles
        talks = _conversations(desk.store, ticket, loaded, survivor)
        for talk in talks.values():
            follow(talk, ticket, survivor.ticket, closed, now)
            changes.touch(talk)
        gone = MergedTicket(ticket.id, ticket.number, survivor.ticket.id, now, frame.actor, sorted(talks))
        changes.moves.append(take_over(survivor.ticket, ticket, now))
        _keep_words(changes, desk, loaded, survivor.ticket, frame, now)
        _turn_relations(changes, desk.store, ticket, survivor.ticket)
        changes.touch(gone, survivor.ticket)
        _close(changes, desk, ticket, survivor.ticket, workflow, frame, now)
        return save_once(desk, changes, Merged(survivor, workflow), remember)

    return until_saved(attempt, frame)


def conversations_of(store: DeskStore, ticket: Ticket) -> dict[str, Conversation]:
    """All conversations whose messages come to the ticket: its own, those of tickets merged into it."""
    ids = {each for one in store.records(MergedTicket, {"into": ticket.id}) for each in one.conversations}
    ids |= {ticket.conversation_id} - {None}  # type: ignore[arg-type]
    return store.load_conversations(ids) if ids else {}


def _survivor(desk: Desk, ticket: Ticket, into: str) -> LoadedTicket:
    try:
        survivor, _ = load(desk, into)
    except NotFound as error:
        raise CannotMerge(NO_SUCH_TICKET, into) from error
    if survivor.ticket.id == ticket.id:
        raise CannotMerge(WITH_ITSELF, into)
    if survivor.ticket.type == INTERNAL_TICKET and ticket.type != INTERNAL_TICKET:
        raise CannotMerge(SEEN_BY_CUSTOMER, into)
    return survivor


def _conversations(
    store: DeskStore, ticket: Ticket, loaded: LoadedTicket, survivor: LoadedTicket
) -> dict[str, Conversation]:
    """Those that lead to the merged ticket; the same objects that both tickets were loaded with."""
    found = conversations_of(store, ticket)
    for own in (loaded.conversation, survivor.conversation):
        if own is not None and own.id in found:
            found[own.id] = own
    if survivor.ticket.conversation_id is None and survivor.requester.id == loaded.requester.id:
        survivor.ticket.conversation_id, survivor.conversation = ticket.conversation_id, loaded.conversation
        survivor.ticket.channel_id, survivor.ticket.channel_kind = ticket.channel_id, ticket.channel_kind
    return found


def _keep_words(
    changes: Changes, desk: Desk, loaded: LoadedTicket, survivor: Ticket, frame: Frame, now: datetime
) -> None:
    """What was typed as the merged ticket's description and is no message becomes a note on the survivor."""
    for line in loaded.ticket.description:
        if line.message_id is not None:
            continue
        note = Message(
            id=desk.new_id(),
            direction=NOTE,
            visibility=INTERNAL,
            author=loaded.ticket.created_by,
            kind="text",
            text=f"{loaded.ticket.number}: {loaded.ticket.title}\n{line.text}",
            occurred_at=line.at,
            created_at=now,
            contact_id=loaded.requester.id,
            trace_id=trace_id(frame.traceparent),
        )
        survivor.comment(note, now)
        changes.messages.append(note)


def _turn_relations(changes: Changes, store: DeskStore, ticket: Ticket, survivor: Ticket) -> None:
    """The merged ticket's ties become the survivor's, but for doubles and those that would close a circle."""
    known = {each.id for each in relations_of(store, survivor.id)}
    circles: dict[str, bool] = {}
    for tie in relations_of(store, ticket.id):
        changes.remove(tie)
        kind, other_id = tie.seen_from(ticket.id)
        turned = relation(kind, survivor.id, other_id, tie.created_at, tie.created_by)
        if other_id == survivor.id or turned.id in known:
            continue
        if tie.kind in WITHOUT_CIRCLES and tie.kind not in circles:
            changes.touch(store.record(RelationGraph, tie.kind) or RelationGraph(tie.kind))
            circles[tie.kind] = _circle(store, tie.kind, ticket.id, survivor.id)
        if not circles.get(tie.kind, False):
            known.add(turned.id)
            changes.touch(turned)


def _circle(store: DeskStore, kind: str, merged: str, survivor: str) -> bool:
    """Whether the two as one would be followed by themselves; a tie between the two does not count."""
    step = following(store, kind)
    try:
        return any(
            leads_to(each, goal, step)
            for start, goal in ((merged, survivor), (survivor, merged))
            for each in set(step([start])) - {goal}
        )
    except TooFar:
        return True


def _close(
    changes: Changes,
    desk: Desk,
    ticket: Ticket,
    into: Ticket,
    workflow: Workflow,
    frame: Frame,
    now: datetime,
) -> None:
    to = workflow.with_role(CLOSED)
    if to is not None and CLOSED not in workflow.status(ticket.status).roles:
        # Without its conversation: that one goes on with the survivor, and nobody in it is told of an end.
        enter_status(changes, ticket, None, workflow, to, frame.actor, now, desk.new_id, frame.cause)
    changes.history.append(
        HistoryEntry(desk.new_id(), into.id, now, frame.actor, MERGED, None, ticket.number)
    )
    mark(
        *(changes, desk, ticket, None, MERGED_INTO, None, into.number, frame, now, ticket_fact.MERGED),
        merged_into=into.number,
    )
