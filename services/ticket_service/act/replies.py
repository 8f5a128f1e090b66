"""Answering the customer: sent now, or kept as a draft until the customer may be written to again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.ticket_service import announce
from services.ticket_service.act.changing import JUSTIFICATION, STATUS, Changing
from services.ticket_service.act.composing import Composed, Composer, Said
from services.ticket_service.act.composing_drafts import forget_sent
from services.ticket_service.act.loading import Done, known_status, load, reachable
from services.ticket_service.act.pictures import picture_of
from services.ticket_service.act.reply_mails import become_mail, must_fit_channel
from services.ticket_service.acting import (
    Desk,
    Frame,
    Remember,
    TemplateRequired,
    save_once,
    until_saved,
)
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import DRAFT, DRAFT_RANK, REACTION, Delivery, Reaction
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.status import Workflow
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.drafts import hold
from services.ticket_service.mailing import is_mailbox
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status
from shared.contracts.delivery_state import QUEUED, RANK


@dataclass(frozen=True, slots=True)
class Then:
    """The status a ticket shall have after an answer, with the reason where the status asks for one.

    Without a status the ticket goes where an agent's answer takes it (a reaction takes it nowhere).
    """

    status: str | None = None
    justification: str | None = None

    def fields(self) -> dict[str, str]:
        """As changes of the ticket's fields."""
        named = {STATUS: self.status, JUSTIFICATION: self.justification}
        return {name: value for name, value in named.items() if value is not None}


def reply(
    desk: Desk,
    number: str,
    said: Said,
    then: Then,
    synced: Callable[[str], bool],
    frame: Frame,
    remember: Remember[Done],
    also: Callable[[Done, Changes], None] = lambda done, changes: None,
) -> Done:
    """Answer the customer on the conversation's channel, and set the status in the same step.

    `synced` says whether a channel's templates are known here; `also` adds what is to be saved together with
    the answer. NotFound, TicketMerged, InternalTicket,
    NotReachable, InvalidReply, TemplateNotUsable, TemplateRequired (outside the reply window), UnknownStatus,
    Unfit and ChildrenOpen (of the status), TooBusy.
    """
    send_id = desk.new_id()

    def attempt() -> Done:
        loaded, workflow = load(desk, number)
        conversation = reachable(loaded)
        now = desk.clock()
        waits = must_wait(conversation, said, now)
        must_fit_channel(desk, conversation, said)
        composed = Composer(desk, conversation, synced, loaded.ticket.id).compose(send_id, said, frame, now)
        if is_mailbox(conversation):
            become_mail(desk, loaded.ticket, conversation, composed, said, frame)
        changes = _send(desk, loaded, workflow, composed, waits, then, frame)
        forget_sent(desk, changes, composed.message)
        done = Done(loaded, workflow, composed.message)
        also(done, changes)
        return save_once(desk, changes, done, remember)

    return until_saved(attempt, frame)


def must_wait(conversation: Conversation, said: Said, now: datetime) -> bool:
    """Whether the answer becomes a draft: the window is closed, or earlier drafts have to leave before it.

    TemplateRequired where it may not be a draft.
    """
    if said.template is not None:
        return False
    if conversation.window_open(now):
        return bool(conversation.drafts) and said.kind != REACTION
    if not said.draft_when_closed or said.kind == REACTION:
        raise TemplateRequired(conversation.window_expires_at())
    return True


def _send(
    desk: Desk,
    loaded: LoadedTicket,
    workflow: Workflow,
    composed: Composed,
    waits: bool,
    then: Then,
    frame: Frame,
) -> Changes:
    ticket, conversation, message = loaded.ticket, reachable(loaded), composed.message
    now, changes = message.created_at, Changes(messages=[composed.message], by=frame.actor)
    wanted = known_status(workflow, then.status)
    status = wanted
    if composed.target is None:
        ticket.comment(message, now)
        status = status or workflow.after_agent_reply(ticket.status)
    else:
        message.ticket_id = ticket.id
        composed.target.react(Reaction(composed.emoji, frame.actor, now, message.id))
    for file in composed.files:
        file.ticket_id = ticket.id
    ticket.updated_at = conversation.updated_at = now
    changes.touch(ticket, conversation, composed.target, *composed.files)
    leave(desk, changes, ticket, conversation, composed, waits, frame)
    _become_responsible(desk, changes, loaded, workflow, composed, frame)
    if wanted is not None:
        Changing(desk, changes, loaded, workflow, frame).set(then.fields(), ())
    elif status is not None:
        enter_status(
            changes, ticket, conversation, workflow, status, frame.actor, now, desk.new_id, frame.cause
        )
    if status is not None and composed.target is None and not waits:
        changes.events.append(announce.agent_replied(ticket, conversation, status, message, frame.cause))
    return changes


def leave(
    desk: Desk,
    changes: Changes,
    ticket: Ticket | None,
    conversation: Conversation,
    composed: Composed,
    waits: bool,
    frame: Frame,
) -> None:
    """Ask to send the answer; where it `waits`, keep it until the customer writes again. Unavailable."""
    message, now = composed.message, composed.message.created_at
    if waits:
        message.delivery = Delivery(DRAFT, DRAFT_RANK, {}, now)
        hold(changes, ticket, conversation, message, desk, now, frame.cause)
        return
    message.delivery = Delivery(QUEUED, RANK[QUEUED], {}, now)
    number = ticket.number if ticket is not None else ""
    changes.events.append(
        announce.reply_requested_for(
            *(message, conversation, number, frame.cause, composed.files),
            picture=picture_of(desk.store, message.author),
        )
    )


def _become_responsible(
    desk: Desk,
    changes: Changes,
    loaded: LoadedTicket,
    workflow: Workflow,
    composed: Composed,
    frame: Frame,
) -> None:
    """Who answers a ticket that nobody is responsible for becomes it, where the desk wants that."""
    free = loaded.ticket.assignee is None and composed.target is None and frame.actor.id is not None
    if free and desk.store.setting(TicketOptions).reply_assigns:
        Changing(desk, changes, loaded, workflow, frame).assign(frame.actor.id or "")
