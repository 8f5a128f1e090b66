"""What people do on tickets: answer, note, change; decided by the domain, saved in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ticket_service import announce
from services.ticket_service.acting import (
    Desk,
    Frame,
    InternalTicket,
    NotFound,
    NotReachable,
    Remember,
    TemplateRequired,
    UnknownStatus,
    save_once,
    until_saved,
)
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.message import INTERNAL, NOTE, OUT, PUBLIC, Delivery, Message
from services.ticket_service.domain.status import Status, Workflow
from services.ticket_service.domain.ticket import INTERNAL_TICKET
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status
from shared.contracts.delivery_state import QUEUED, RANK
from shared.contracts.envelope import trace_id


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent answers: a text, or an approved template (`name`, `language`, `components`)."""

    text: str = ""
    template: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The ticket after what was done; `message` is the reply or note."""

    loaded: LoadedTicket
    workflow: Workflow
    message: Message


def reply(
    desk: Desk, number: str, said: Said, status_key: str | None, frame: Frame, remember: Remember[Done]
) -> Done:
    """Answer the customer on the conversation's channel, and set the status in the same step.

    Without `status_key` the ticket goes where an agent's reply takes it. NotFound, InternalTicket,
    NotReachable, TemplateRequired (a text outside the reply window), UnknownStatus, TooBusy.
    """
    send_id = desk.new_id()

    def attempt() -> Done:
        loaded, workflow = _load(desk, number)
        ticket, conversation = loaded.ticket, _reachable(loaded)
        now = desk.clock()
        if said.template is None and not conversation.window_open(now):
            raise TemplateRequired(conversation.window_expires_at())
        status = _status(workflow, status_key) or workflow.after_agent_reply(ticket.status)
        message = _answer(send_id, said, conversation, frame, now)
        changes = Changes()
        ticket.comment(message, now)
        conversation.updated_at = now
        changes.touch(ticket, conversation)
        changes.messages.append(message)
        changes.events.append(announce.reply_requested_for(message, conversation, ticket.number, frame.cause))
        enter_status(
            changes, ticket, conversation, workflow, status, frame.actor, now, desk.new_id, frame.cause
        )
        changes.events.append(announce.agent_replied(ticket, conversation, status, message, frame.cause))
        return save_once(desk, changes, Done(loaded, workflow, message), remember)

    return until_saved(attempt, frame)


def note(desk: Desk, number: str, text: str, frame: Frame, remember: Remember[Done]) -> Done:
    """Write something on a ticket that only the desk sees. NotFound, TooBusy."""
    note_id = desk.new_id()

    def attempt() -> Done:
        loaded, workflow = _load(desk, number)
        now = desk.clock()
        message = Message(
            id=note_id,
            direction=NOTE,
            visibility=INTERNAL,
            author=frame.actor,
            kind="text",
            text=text,
            occurred_at=now,
            created_at=now,
            contact_id=loaded.requester.id,
            trace_id=trace_id(frame.traceparent),
        )
        changes = Changes()
        loaded.ticket.comment(message, now)
        changes.touch(loaded.ticket)
        changes.messages.append(message)
        return save_once(desk, changes, Done(loaded, workflow, message), remember)

    return until_saved(attempt, frame)


def change_ticket(
    desk: Desk,
    number: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[LoadedTicket, Workflow], None],
) -> tuple[LoadedTicket, Workflow]:
    """Set fields of a ticket (names as in domain.ticket.Ticket); each real change becomes history.

    `check` sees the ticket as it is and raises when it is not what the caller read. NotFound, UnknownStatus,
    TooBusy.
    """

    def attempt() -> tuple[LoadedTicket, Workflow]:
        loaded, workflow = _load(desk, number)
        check(loaded, workflow)
        ticket, now = loaded.ticket, desk.clock()
        changes = Changes()
        status = _status(workflow, wanted.get("status"))
        for name, after in wanted.items():
            before = getattr(ticket, name)
            if name == "status" or before == after:
                continue
            setattr(ticket, name, after)
            ticket.updated_at = now
            changes.touch(ticket)
            changes.history.append(
                HistoryEntry(desk.new_id(), ticket.id, now, frame.actor, name, before, after)
            )
        if status is not None:
            enter_status(
                changes,
                ticket,
                loaded.conversation,
                workflow,
                status,
                frame.actor,
                now,
                desk.new_id,
                frame.cause,
            )
        if changes.tickets:
            desk.store.save(changes)
        return loaded, workflow

    return until_saved(attempt, frame)


def _load(desk: Desk, number: str) -> tuple[LoadedTicket, Workflow]:
    loaded = desk.store.load_ticket(number)
    if loaded is None:
        raise NotFound("ticket")
    return loaded, desk.store.workflow()


def _reachable(loaded: LoadedTicket) -> Conversation:
    if loaded.ticket.type == INTERNAL_TICKET:
        raise InternalTicket
    if loaded.conversation is None:
        raise NotReachable
    return loaded.conversation


def _status(workflow: Workflow, key: str | None) -> Status | None:
    if key is None:
        return None
    status = workflow.find(key)
    if status is None:
        raise UnknownStatus(key, [known.key for known in workflow.statuses])
    return status


def _answer(send_id: str, said: Said, conversation: Conversation, frame: Frame, now: datetime) -> Message:
    return Message(
        id=send_id,
        direction=OUT,
        visibility=PUBLIC,
        author=frame.actor,
        kind="text" if said.template is None else "template",
        text=said.text,
        template=said.template,
        occurred_at=now,
        created_at=now,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        trace_id=trace_id(frame.traceparent),
        delivery=Delivery(QUEUED, RANK[QUEUED], {}, now),
    )
