"""Closes tickets whose customer has not answered for days, and reminds the customer before."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Protocol

import structlog

from services.ticket_service.act.loading import TicketMerged, load
from services.ticket_service.act.relations import open_children
from services.ticket_service.acting import Desk, NotFound
from services.ticket_service.announce import Cause
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.auto_close import AutoClose, AutoCloseRule, Reminder
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.status import CLOSED
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, Conflict, LoadedTicket
from services.ticket_service.saying import Saying, may_say, say
from services.ticket_service.transition import enter_status
from shared.contracts.envelope import new_traceparent

_log = structlog.get_logger(__name__)

AT_MOST: Final = 5_000
"""Tickets of one rule that one run looks at."""
_REMINDERS: Final = uuid.UUID("5a0c2a3e-6f1b-4a55-9a5e-0f7f5f0c9d11")


class TicketsInStatus(Protocol):
    """Where the job finds tickets. Every method raises Unavailable."""

    def entered_before(self, status: str, before: datetime, limit: int) -> Iterable[str]:
        """Numbers of tickets that have been in this status since `before` or longer."""
        ...


def close_and_remind(desk: Desk, tickets: TicketsInStatus, now: datetime) -> int:
    """Apply every rule; how many tickets were closed and customers reminded."""
    done = 0
    for rule in desk.store.setting(AutoClose).rules:
        for number in tickets.entered_before(rule.status, rule.closes_before(now), AT_MOST):
            done += _decided(desk, number, rule, now, _close)
        before = rule.reminds_before(now)
        if before is not None:
            for number in tickets.entered_before(rule.status, before, AT_MOST):
                done += _decided(desk, number, rule, now, _remind)
    return done


class _Step(Protocol):
    def __call__(self, desk: Desk, loaded: LoadedTicket, rule: AutoCloseRule, now: datetime) -> bool: ...


def _decided(desk: Desk, number: str, rule: AutoCloseRule, now: datetime, step: _Step) -> bool:
    """One ticket, as it is now: it may have moved since it was found."""

    def attempt() -> bool:
        try:
            loaded, _ = load(desk, number)
        except (NotFound, TicketMerged):
            return False
        return loaded.ticket.status == rule.status and step(desk, loaded, rule, now)

    try:
        return decide_again_on_conflict(attempt)
    except Conflict:
        _log.warning("ticket is changed all the time, it is looked at later", ticket=number)
        return False


def _close(desk: Desk, loaded: LoadedTicket, rule: AutoCloseRule, now: datetime) -> bool:
    workflow, ticket = desk.store.workflow(), loaded.ticket
    to = workflow.find(rule.to)
    if to is None or not _since(ticket, rule.closes_before(now)):
        return False
    first = CLOSED in to.roles and desk.store.setting(TicketOptions).children_close_first
    if first and open_children(desk.store, ticket):
        return False
    changes = Changes()
    enter_status(
        *(changes, ticket, loaded.conversation, workflow, to, DESK),
        *(desk.clock(), desk.new_id, Cause(new_traceparent())),
    )
    desk.save(changes)
    return True


def _remind(desk: Desk, loaded: LoadedTicket, rule: AutoCloseRule, now: datetime) -> bool:
    """Say it once for each stay in the status: the message's id follows from both."""
    ticket, conversation, before = loaded.ticket, loaded.conversation, rule.reminds_before(now)
    if conversation is None or rule.reminder is None or before is None or not _since(ticket, before):
        return False
    message_id = uuid.uuid5(_REMINDERS, f"{ticket.id} {ticket.status_since:%Y%m%dT%H%M%S.%f}").hex
    at = desk.clock()
    saying = _saying(rule.reminder, conversation.channel_id, conversation.window_open(at))
    if saying is None or not may_say(saying, ticket, conversation, at):
        return False
    if desk.store.load_messages([message_id]):
        return False
    changes = Changes()
    message = say(
        *(changes, desk.store, saying, ticket, conversation, at),
        *(lambda: message_id, Cause(new_traceparent()), desk.mail),
    )
    ticket.comment(message, at)
    changes.touch(ticket)
    desk.save(changes)
    return True


def _since(ticket: Ticket, before: datetime) -> bool:
    return ticket.status_since is not None and ticket.status_since <= before


def _saying(reminder: Reminder, channel_id: str, window_open: bool) -> Saying | None:
    if window_open:
        return Saying(reminder.text)
    template = reminder.templates.get(channel_id)
    return Saying(template=template) if template is not None else None
