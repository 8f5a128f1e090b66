"""Ties between tickets: made, taken back, and looked at from either end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from services.ticket_service.act.loading import load
from services.ticket_service.act.marking import mark
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.relation import (
    CHILD,
    MOST_RELATIONS,
    WITHOUT_CIRCLES,
    Relation,
    RelationGraph,
    TooFar,
    leads_to,
    relation,
)
from services.ticket_service.domain.status import CLOSED
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, DeskStore

RELATION: Final = "relation"
"""In the history: its kind and the other ticket's number."""
WITH_ITSELF: Final = "with-itself"
EXISTS: Final = "exists"
CIRCLE: Final = "circle"
TOO_MANY: Final = "too-many"


class CannotRelate(Exception):
    """These two cannot be tied so; `why` is one of WITH_ITSELF, EXISTS, CIRCLE, TOO_MANY."""

    def __init__(self, why: str, kind: str, other: str) -> None:
        super().__init__(f"{why}: {kind} {other}")
        self.why = why
        self.kind = kind
        self.other = other


@dataclass(frozen=True, slots=True)
class Related:
    """A relation as one ticket sees it: `kind` says what the other one is for it."""

    relation: Relation
    kind: str
    other: Ticket


def relations_of(store: DeskStore, ticket_id: str) -> list[Relation]:
    """All ties of a ticket, whichever end it is; the oldest first."""
    found = store.records(Relation, {"from_ticket": ticket_id}) + store.records(
        Relation, {"to_ticket": ticket_id}
    )
    return sorted(found, key=lambda each: (each.created_at, each.id))


def related_tickets(store: DeskStore, ticket_id: str) -> list[Related]:
    """The tickets that this one is tied to; those that were deleted are left out."""
    seen = [(each, *each.seen_from(ticket_id)) for each in relations_of(store, ticket_id)]
    others = store.load_tickets({other for _, _, other in seen}) if seen else {}
    return [
        Related(each, kind, others[other])
        for each, kind, other in seen
        if other in others and others[other].deleted_at is None
    ]


def open_children(store: DeskStore, ticket: Ticket) -> list[str]:
    """The numbers of its children that are not closed."""
    ties = store.records(Relation, {"kind": CHILD, "from_ticket": ticket.id})
    children = store.load_tickets({each.to_ticket for each in ties}) if ties else {}
    workflow = store.workflow()
    return sorted(
        child.number
        for child in children.values()
        if child.deleted_at is None and CLOSED not in workflow.status(child.status).roles
    )


def following(store: DeskStore, kind: str) -> Callable[[Collection[str]], Iterable[str]]:
    """How one gets on from some tickets by relations of one kind."""

    def step(edge: Collection[str]) -> Iterable[str]:
        ties = store.records(Relation, {"kind": kind, "from_ticket": sorted(edge)})
        return [each.to_ticket for each in ties]

    return step


def relate(
    desk: Desk, number: str, kind: str, other_number: str, frame: Frame, remember: Remember[Related]
) -> Related:
    """Say what the other ticket is for this one. NotFound, TicketMerged, CannotRelate, TooBusy."""

    def attempt() -> Related:
        (loaded, _), (other, _) = load(desk, number), load(desk, other_number)
        ticket, now = loaded.ticket, desk.clock()
        tie = relation(kind, ticket.id, other.ticket.id, now, frame.actor)
        changes = Changes()
        _refuse(desk.store, tie, kind, ticket, other.ticket)
        if tie.kind in WITHOUT_CIRCLES:
            changes.touch(desk.store.record(RelationGraph, tie.kind) or RelationGraph(tie.kind))
        changes.touch(tie)
        said = f"{kind} {other.ticket.number}"
        mark(changes, desk, ticket, loaded.conversation, RELATION, None, said, frame, now)
        turned = f"{tie.seen_from(other.ticket.id)[0]} {ticket.number}"
        mark(changes, desk, other.ticket, other.conversation, RELATION, None, turned, frame, now)
        return save_once(desk, changes, Related(tie, kind, other.ticket), remember)

    return until_saved(attempt, frame)


def unrelate(desk: Desk, number: str, relation_id: str, frame: Frame) -> None:
    """Take a tie back, from either end. NotFound, TicketMerged, TooBusy."""

    def attempt() -> None:
        loaded, _ = load(desk, number)
        tie, ticket = desk.store.record(Relation, relation_id), loaded.ticket
        if tie is None or ticket.id not in (tie.from_ticket, tie.to_ticket):
            raise NotFound("relation")
        now, changes = desk.clock(), Changes()
        changes.remove(tie)
        kind, other_id = tie.seen_from(ticket.id)
        other = desk.store.load_tickets({other_id}).get(other_id)
        said = f"{kind} {other.number}" if other else kind
        mark(changes, desk, ticket, loaded.conversation, RELATION, said, None, frame, now)
        if other is not None:
            turned = f"{tie.seen_from(other.id)[0]} {ticket.number}"
            mark(changes, desk, other, None, RELATION, turned, None, frame, now)
        desk.save(changes)

    until_saved(attempt, frame)


def _refuse(store: DeskStore, tie: Relation, kind: str, ticket: Ticket, other: Ticket) -> None:
    if ticket.id == other.id:
        raise CannotRelate(WITH_ITSELF, kind, other.number)
    if store.record(Relation, tie.id) is not None:
        raise CannotRelate(EXISTS, kind, other.number)
    if any(len(relations_of(store, each.id)) >= MOST_RELATIONS for each in (ticket, other)):
        raise CannotRelate(TOO_MANY, kind, other.number)
    if tie.kind not in WITHOUT_CIRCLES:
        return
    try:
        circle = leads_to(tie.to_ticket, tie.from_ticket, following(store, tie.kind))
    except TooFar as error:
        raise CannotRelate(TOO_MANY, kind, other.number) from error
    if circle:
        raise CannotRelate(CIRCLE, kind, other.number)
