"""A customer says how content they are with what the desk did about a ticket."""

from __future__ import annotations

import structlog

from services.ticket_service import announce
from services.ticket_service.acting import Desk
from services.ticket_service.announce import Cause
from services.ticket_service.domain.history import CUSTOMER, Actor, HistoryEntry
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.text import clean_text
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.survivors import by_number
from shared.contracts import ticket_fact
from shared.contracts.envelope import Event
from shared.contracts.visitor_acted import VisitorActed

_log = structlog.get_logger(__name__)
SATISFACTION = "satisfaction"
"""In the history: the ticket was rated."""


def rate(desk: Desk, event: Event) -> bool:
    """Keep a visitor's rating of their own ticket; whether it changed anything. Conflict, Unavailable.

    A later rating takes the place of an earlier one, which the history keeps. Nobody rates somebody else's
    ticket: what names one is passed over without a word to whoever sent it.
    """
    data: VisitorActed = event.data
    loaded = _loaded(desk, data.ticket_number)
    if loaded is None or data.score is None or not _is_theirs(loaded, data):
        _log.info("rating of no ticket of theirs passed over", ticket=data.ticket_number)
        return False
    ticket, before = loaded.ticket, loaded.ticket.satisfaction
    now, changes = desk.clock(), Changes()
    at = min(data.at, now)
    if before is not None and at <= before.at:
        return False
    ticket.satisfaction = Satisfaction(data.score, clean_text(data.text.strip()), at)
    ticket.updated_at = now
    who = Actor(CUSTOMER, loaded.requester.id, loaded.requester.name)
    earlier = str(before) if before is not None else None
    changes.history.append(
        HistoryEntry(desk.new_id(), ticket.id, now, who, SATISFACTION, earlier, str(ticket.satisfaction))
    )
    changes.touch(ticket)
    changes.events.append(
        announce.fact(
            *(ticket_fact.CHANGED, ticket, loaded.conversation),
            *(desk.store.workflow().status(ticket.status), now, f"{ticket.id}:rated:{event.id}"),
            Cause(event.traceparent, event.id),
            actor=who,
            changed=[SATISFACTION],
        )
    )
    desk.save(changes)
    return True


def _loaded(desk: Desk, number: str) -> LoadedTicket | None:
    """The ticket, or what has everything of it now."""
    loaded = desk.store.load_ticket(number)
    if loaded is None or loaded.ticket.merged_into is None:
        return loaded
    return desk.store.load_ticket(by_number([loaded.ticket], desk.store)[number].number)


def _is_theirs(loaded: LoadedTicket, data: VisitorActed) -> bool:
    """Whether it is a ticket of whoever is known by the visitor's identities, on this chat."""
    ticket, keys = loaded.ticket, {each.key for each in data.sender.identities}
    if ticket.deleted_at is not None or ticket.channel_id != data.channel_id:
        return False
    return bool(keys & {each.key for each in loaded.requester.identities})
