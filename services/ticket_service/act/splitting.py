"""One action becomes a ticket of its own: another matter came up in the middle of a talk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.editing import action_of
from services.ticket_service.act.loading import load
from services.ticket_service.act.marking import mark
from services.ticket_service.act.opening import Opened, opening_in
from services.ticket_service.acting import Desk, Frame, Remember, save_once, until_saved
from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.message import (
    BESIDE_THE_TALK,
    DESCRIPTION,
    DRAFT,
    IN,
    INTERNAL,
    Message,
)
from services.ticket_service.domain.relation import RELATED, relation
from services.ticket_service.domain.status import CLOSED, Workflow
from services.ticket_service.domain.ticket import INTERNAL_TICKET, PUBLIC_TICKET, Ticket
from services.ticket_service.numbers import Numbers
from services.ticket_service.opening import NewTicket
from services.ticket_service.ports import Changes, LoadedTicket

SPLIT: Final = "split"
SPLIT_FROM: Final = "split_from"
_INHERITED: Final = (
    *("group", "organization", "service", "category", "priority", "request_type"),
    *("product", "project", "contract"),
)
_LONGEST_TITLE: Final = 100


class CannotSplit(Exception):
    """It stays where it is: `why` is DESCRIPTION (what the ticket began with), DRAFT, or `beside`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where the action comes from, who said it, and in which conversation."""

    loaded: LoadedTicket
    requester: Contact
    conversation: Conversation | None
    message: Message

    @property
    def type(self) -> str:
        """What nobody outside may see makes an internal ticket."""
        return INTERNAL_TICKET if self.message.visibility == INTERNAL else self.loaded.ticket.type


def split(
    desk: Desk, number: str, action_id: str, title: str | None, frame: Frame, remember: Remember[Opened]
) -> Opened:
    """Open a ticket with this action as its description; the two are related to each other.

    The conversation goes on with the ticket it was on, while that is open. NotFound, TicketMerged,
    CannotSplit, TooBusy.
    """
    numbers = Numbers(desk.store)

    def attempt() -> Opened:
        loaded, workflow = load(desk, number)
        origin = _origin(desk, loaded, action_of(desk, loaded.ticket.id, action_id))
        now, changes = desk.clock(), Changes()
        # Without its conversation: nothing is said to the customer, who knows of one ticket.
        new = NewTicket(
            title or _title(origin),
            origin.requester,
            frame.actor,
            frame.cause,
            first=origin.message,
            text=origin.message.text,
            fields={**_inherited(loaded.ticket), "type": origin.type},
        )
        ticket = opening_in(desk, changes, numbers, now).open(new)
        _join_talk(changes, ticket, origin, workflow, now)
        _move(changes, desk, ticket, origin, now)
        _tie(changes, desk, ticket, origin, frame, now)
        opened = LoadedTicket(ticket, origin.requester, origin.conversation)
        return save_once(desk, changes, (opened, workflow), remember)

    return until_saved(attempt, frame)


def _origin(desk: Desk, loaded: LoadedTicket, message: Message) -> _Origin:
    """CannotSplit for what cannot be moved."""
    if message.part == DESCRIPTION:
        raise CannotSplit(DESCRIPTION)
    if message.kind in BESIDE_THE_TALK:
        raise CannotSplit("beside")
    if message.delivery is not None and message.delivery.state == DRAFT:
        raise CannotSplit(DRAFT)
    requester, talk = loaded.requester, loaded.conversation
    # A ticket that others were merged into has messages of several people.
    if message.contact_id not in (None, requester.id):
        requester = desk.store.load_contacts([message.contact_id]).get(message.contact_id, requester)
    if message.conversation_id is not None and (talk is None or talk.id != message.conversation_id):
        talk = desk.store.load_conversations([message.conversation_id]).get(message.conversation_id, talk)
    return _Origin(loaded, requester, talk, message)


def _title(origin: _Origin) -> str:
    first = next((line.strip() for line in origin.message.text.splitlines() if line.strip()), "")
    return first[:_LONGEST_TITLE] or origin.loaded.ticket.title


def _inherited(ticket: Ticket) -> dict[str, Any]:
    return {name: value for name in _INHERITED if (value := getattr(ticket, name)) is not None}


def _join_talk(changes: Changes, ticket: Ticket, origin: _Origin, workflow: Workflow, now: datetime) -> None:
    """Answers on the new ticket go where the action came from; its talk joins it if nothing else is open."""
    talk = origin.conversation
    if talk is None:
        return
    ticket.conversation_id, ticket.channel_id, ticket.channel_kind = (
        talk.id,
        talk.channel_id,
        talk.channel_kind,
    )
    closed = CLOSED in workflow.status(ticket.status).roles
    if talk.open_ticket_id is None and ticket.type == PUBLIC_TICKET and not closed:
        talk.ticket_moved(ticket.id, closed)
        talk.updated_at = now
    changes.touch(talk)


def _move(changes: Changes, desk: Desk, ticket: Ticket, origin: _Origin, now: datetime) -> None:
    """The action with its files; the facts of both tickets follow."""
    message, before = origin.message, origin.loaded.ticket
    changes.touch(message)
    files = desk.store.load_attachments(message.attachments) if message.attachments else {}
    for file in files.values():
        file.ticket_id = ticket.id
        changes.touch(file)
    if message.direction == IN:
        ticket.heard(message.occurred_at)
        if before.unanswered_since == before.last_customer_message_at == message.occurred_at:
            before.unanswered_since = None


def _tie(changes: Changes, desk: Desk, ticket: Ticket, origin: _Origin, frame: Frame, now: datetime) -> None:
    before = origin.loaded.ticket
    changes.touch(relation(RELATED, before.id, ticket.id, now, frame.actor))
    changes.history.append(
        HistoryEntry(desk.new_id(), ticket.id, now, frame.actor, SPLIT_FROM, None, before.number)
    )
    mark(changes, desk, before, origin.loaded.conversation, SPLIT, None, ticket.number, frame, now)
