"""What visitors of live chats do besides writing: they come and go, look at pages, say who they are, rate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from services.ticket_service.act.rating import rate
from services.ticket_service.act.transcripts import send_transcript
from services.ticket_service.acting import Desk
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.text import clean_text
from services.ticket_service.meeting import Meeting
from services.ticket_service.ports import Changes
from services.ticket_service.visiting import meet_visitor, signed_keys
from shared.contracts import visitor_acted
from shared.contracts.envelope import Event
from shared.contracts.visitor_acted import VisitorActed

_log = structlog.get_logger(__name__)

Typing = Callable[[Collection[str], datetime], None]
"""Lets open pages see that the customers of these conversations are writing. Unavailable."""

_ALONE: Final[Mapping[str, Callable[[Desk, Event], object]]] = {
    visitor_acted.RATED: rate,
    visitor_acted.ASKED_TRANSCRIPT: send_transcript,
}
"""What is decided by itself, each with a save of its own."""


def apply_visits(events: Sequence[Event], desk: Desk, typing: Typing) -> None:
    """Apply `visitor.acted` events, in any order, any number of times. Conflict, Unavailable.

    Of somebody who never wrote nothing is kept but what they say of themselves; of a blocked sender, whether
    they are there.
    """
    blocked = {sender.id for sender in desk.store.all(BlockedSender)}
    events = [each for each in events if not blocked or _is_heard(each.data, blocked)]
    together = [event for event in events if event.data.action not in _ALONE]
    if together:
        typed = decide_again_on_conflict(partial(_visited, together, desk))
        if typed:
            typing(typed, desk.clock())
    for event in events:
        if event.data.action in _ALONE:
            decide_again_on_conflict(partial(_ALONE[event.data.action], desk, event))
    _log.info("visits applied", applied=len(events))


def _is_heard(data: VisitorActed, blocked: Collection[str]) -> bool:
    """Whether what a visitor does is taken up; blocked senders still come and go, or they would stay."""
    coming_or_going = data.action in (visitor_acted.CAME, visitor_acted.LEFT)
    return coming_or_going or not any(each.key in blocked for each in data.sender.identities)


def _visited(events: Sequence[Event], desk: Desk) -> list[str]:
    """Keep what there is to keep; the ids of conversations whose visitors are writing."""
    changes, now = Changes(), desk.clock()
    keys = {identity.key for event in events for identity in event.data.sender.identities}
    keys.update(key for event in events for key in signed_keys(event.data.visitor))
    working = desk.store.load_inbound(keys, {event.data.channel_id for event in events})
    meeting = Meeting(working, changes, now, desk.new_id)
    typed = []
    for event in events:
        data: VisitorActed = event.data
        if data.action == visitor_acted.TOLD:
            _told(data, meeting, changes, now)
        elif (known := meeting.known(data)) is not None:
            contact, conversation = known
            before = conversation.present_at, conversation.left_at
            if data.action == visitor_acted.TYPED:
                typed.append(conversation.id)
            elif data.action == visitor_acted.CAME:
                conversation.came(min(data.at, now))
            elif data.action == visitor_acted.LEFT:
                conversation.left(min(data.at, now))
            if data.visitor is not None:
                at = min(data.at, now)
                meet_visitor(data.visitor, contact, conversation, meeting.owners, at, changes)
            if before != (conversation.present_at, conversation.left_at):
                changes.touch(conversation)
    if changes.contacts or changes.conversations:
        desk.save(changes)
    return typed


def _told(data: VisitorActed, meeting: Meeting, changes: Changes, now: datetime) -> None:
    """They say who they are: that is kept even before they write anything."""
    contact = meeting.contact(data)
    conversation = meeting.conversation(contact, data)
    if conversation.version == 0 and not conversation.recipient.kind:
        _begin(conversation, data)
        changes.touch(conversation)
    if data.visitor is not None:
        at = min(data.at, now)
        meet_visitor(data.visitor, contact, conversation, meeting.owners, at, changes)


def _begin(conversation: Conversation, data: VisitorActed) -> None:
    """They can be answered: a live chat has no window that closes."""
    given = data.sender.identities[0]
    identity = Identity(given.kind, given.value, given.address)
    conversation.reach(identity, clean_text(data.sender.name))
    conversation.reply_window_seconds = None
