"""What only the desk sees of a ticket: notes, whom they name, and who watches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.ticket_service import announce
from services.ticket_service.act.changing import Changing
from services.ticket_service.act.composing import take_uploads
from services.ticket_service.act.composing_drafts import forget_sent
from services.ticket_service.act.loading import Done, load
from services.ticket_service.act.marking import mark
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.mention import handles_of, mentioned
from services.ticket_service.domain.message import INTERNAL, NOTE, Message
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact
from shared.contracts.envelope import trace_id

MENTIONS: Final = "mentions"
"""In a note's content: the ids of the users it names."""
WATCHERS: Final = "watchers"


@dataclass(frozen=True, slots=True)
class NoteText:
    """What a note says, its uploads, and the `status` and `justification` it sets, if any."""

    text: str
    attachments: Sequence[str] = ()
    then: Mapping[str, str] = field(default_factory=dict)


def note(desk: Desk, number: str, said: NoteText, frame: Frame, remember: Remember[Done]) -> Done:
    """Write something on a ticket that only the desk sees; whoever it names watches the ticket from now on.

    It may set the status in the same step. NotFound, TicketMerged, InvalidReply (its files), UnknownStatus,
    Unfit and ChildrenOpen (of the status), TooBusy.
    """
    note_id = desk.new_id()

    def attempt() -> Done:
        loaded, workflow = load(desk, number)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes()
        message = internal_action(note_id, "text", said.text, loaded.requester.id, frame, now)
        take_files(changes, desk, said.attachments, message, ticket)
        ticket.comment(message, now)
        changes.touch(ticket)
        changes.messages.append(message)
        forget_sent(desk, changes, message)
        if said.then:
            Changing(desk, changes, loaded, workflow, frame).set(said.then, ())
        call(changes, desk, ticket, loaded.conversation, message, frame, now)
        return save_once(desk, changes, Done(loaded, workflow, message), remember)

    return until_saved(attempt, frame)


def watch(
    desk: Desk, number: str, user_id: str, frame: Frame, remember: Remember[Ticket], *, watching: bool = True
) -> Ticket:
    """Let a user watch the ticket, or no longer; what is so already changes nothing.

    NotFound (also for a user who does not work here any more), TicketMerged, TooBusy.
    """

    def attempt() -> Ticket:
        loaded, _ = load(desk, number)
        ticket, now, changes = loaded.ticket, desk.clock(), Changes()
        user = desk.store.record(User, user_id)
        if watching and (user is None or not user.active):
            raise NotFound("user")
        if watching != (user_id in ticket.watchers):
            before = ticket.watchers
            others = [each for each in before if each != user_id]
            ticket.watchers = [*others, user_id] if watching else others
            mark(
                *(changes, desk, ticket, loaded.conversation, WATCHERS),
                *(before, ticket.watchers, frame, now),
            )
        return save_once(desk, changes, ticket, remember)

    return until_saved(attempt, frame)


def internal_action(
    action_id: str, kind: str, text: str, contact_id: str, frame: Frame, now: datetime
) -> Message:
    """Something the customer never sees, by whoever asks; on no ticket yet."""
    return Message(
        id=action_id,
        direction=NOTE,
        visibility=INTERNAL,
        author=frame.actor,
        kind=kind,
        text=text,
        occurred_at=now,
        created_at=now,
        contact_id=contact_id,
        trace_id=trace_id(frame.traceparent),
    )


def take_files(
    changes: Changes, desk: Desk, uploads: Sequence[str], message: Message, ticket: Ticket
) -> list[Attachment]:
    """Let the uploads be the message's, on its ticket. InvalidReply."""
    wanted = [(f"attachments.{index}", each) for index, each in enumerate(uploads)]
    files = take_uploads(desk, wanted, message)
    for file in files:
        file.ticket_id = ticket.id
    message.attachments = [file.id for file in files]
    changes.touch(*files)
    return files


def call(
    changes: Changes,
    desk: Desk,
    ticket: Ticket,
    conversation: Conversation | None,
    message: Message,
    frame: Frame,
    now: datetime,
) -> None:
    """Let those whom a note names watch the ticket, and tell everybody about the note.

    After an edit only those are told who are named for the first time.
    """
    known: Sequence[str] = message.content.get(MENTIONS, ())
    users = [user for user in desk.store.all(User) if user.active] if "@" in message.text else []
    named = mentioned(message.text, handles_of((user.id, user.email, user.name) for user in users))
    new = [each for each in named if each not in known]
    message.content = {name: value for name, value in message.content.items() if name != MENTIONS}
    if named:
        message.content[MENTIONS] = named
    if message.versions and not new:
        return
    before, watching = ticket.watchers, [each for each in new if each not in ticket.watchers]
    if watching:
        ticket.watchers = [*before, *watching]
        entry_id = desk.new_id()
        changes.history.append(
            HistoryEntry(entry_id, ticket.id, now, frame.actor, WATCHERS, before, ticket.watchers)
        )
    status = desk.store.workflow().status(ticket.status)
    changes.events.append(
        announce.fact(
            *(ticket_fact.NOTED, ticket, conversation, status, now),
            *(f"{message.id}:noted:{len(message.versions)}", frame.cause),
            actor=frame.actor,
            text=message.text,
            mentions=new,
        )
    )
