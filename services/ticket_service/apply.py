"""Applies what came in to the desk: all of a batch in one transaction, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from services.ticket_service.acting import Desk
from services.ticket_service.attached import attachment_of, is_unwanted, take_news
from services.ticket_service.channel_news import aspect_of, template_of
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.domain.message import ABOUT_MESSAGES, Message
from services.ticket_service.domain.quarantine import QuarantineItem
from services.ticket_service.inbound import Inbound
from services.ticket_service.mail_arrivals import load_situation
from services.ticket_service.numbers import Numbers
from services.ticket_service.ports import Changes, DeskStore, WorkingSet
from services.ticket_service.receipts import Receipts, is_late
from services.ticket_service.survivors import follow_merges
from services.ticket_service.visiting import signed_keys
from shared.contracts import channel_reported
from shared.contracts.envelope import Event

_log = structlog.get_logger(__name__)


def apply_messages(
    events: Sequence[Event],
    desk: Desk,
    automatic_tickets: Mapping[str, bool],
) -> None:
    """Apply `message.received` events in their order; those that were applied before change nothing.

    `automatic_tickets` says per channel id whether its messages open tickets (a channel it does not name
    does). Conflict when others were faster at every try, Unavailable when the database is away: then nothing
    is saved.
    """
    numbers = Numbers(desk.store)

    def decide() -> int:
        new, waiting = _new(events, desk.store)
        if new:
            desk.save(_decision(new, waiting, desk, automatic_tickets, numbers))
        return len(new)

    applied = decide_again_on_conflict(decide)
    _log.info("messages applied", applied=applied, known=len(events) - applied)


def apply_deliveries(events: Sequence[Event], desk: Desk) -> None:
    """Apply `delivery.changed` events, in any order. UnknownSend, Conflict, Unavailable."""
    store = desk.store

    def decide() -> None:
        known, working = store.load_deliveries(
            {event.data.send_id for event in events},
            {each for event in events for each in event.data.provider_message_ids},
            {event.data.conversation_id for event in events if event.data.conversation_id},
            {event.data.ticket_number for event in events if event.data.ticket_number},
        )
        gone = store.gone({event.data.send_id for event in events} - known)
        _load_late(events, working, store)
        receipts = Receipts(known, working, desk, desk.clock())
        for event in events:
            if event.data.send_id not in gone:
                receipts.take(event)
        desk.save(receipts.changes)

    decide_again_on_conflict(decide)


def apply_media(events: Sequence[Event], desk: Desk, delete_blob: Callable[[str], object]) -> None:
    """Apply `media.stored` and `media.failed` events, in any order. Conflict, Unavailable.

    What was stored of a file that is forgotten meanwhile is deleted: before the events are acknowledged, so
    that it is done again should this process be killed.
    """

    def decide() -> list[str]:
        attachments = desk.store.load_attachments({attachment_of(event) for event in events})
        changes, now, policy = Changes(), desk.clock(), desk.store.setting(AttachmentPolicy)
        unwanted = []
        for event in events:
            attachment = take_news(event, attachments, policy, now)
            changes.touch(attachment)
            if is_unwanted(event, attachment):
                unwanted.append(event.data.file.blob_id)
        desk.save(changes)
        return unwanted

    for blob_id in decide_again_on_conflict(decide):
        delete_blob(blob_id)


def apply_channel_news(events: Sequence[Event], desk: Desk) -> None:
    """Apply `channel.reported` and `template.changed` events; what is newer already stays. Unavailable."""
    changes = Changes()
    for event in events:
        if event.type == channel_reported.TYPE:
            changes.aspects.append(aspect_of(event.data))
        else:
            changes.templates.append(template_of(event.data))
    decide_again_on_conflict(lambda: desk.save(changes))


def apply_quarantine(items: Sequence[QuarantineItem], desk: Desk) -> None:
    """Keep what could not be handled; the same item twice is kept once. Unavailable."""
    decide_again_on_conflict(lambda: desk.save(Changes(quarantine=list(items))))


def _new(events: Sequence[Event], store: DeskStore) -> tuple[list[Event], list[Message]]:
    """Those not applied yet, each message once; and what waits for them."""
    by_key: dict[str, Event] = {}
    for event in events:
        by_key.setdefault(event.data.dedupe_key, event)
    arrivals = store.load_arrivals(by_key, {event.data.provider_message_id for event in by_key.values()})
    return [event for key, event in by_key.items() if key not in arrivals.known], arrivals.waiting


def _decision(
    events: Sequence[Event],
    waiting: list[Message],
    desk: Desk,
    automatic_tickets: Mapping[str, bool],
    numbers: Numbers,
) -> Changes:
    store, now = desk.store, desk.clock()
    keys = {identity.key for event in events for identity in event.data.sender.identities}
    keys.update(key for event in events for key in signed_keys(event.data.visitor))
    working = store.load_inbound(keys, {event.data.channel_id for event in events})
    working.waiting = waiting
    follow_merges(working, store)
    _load_concerned(events, working, store)
    received = [event.data for event in events]
    inbound = Inbound(
        *(working, desk, lambda channel_id: automatic_tickets.get(channel_id, True), numbers.next, now),
        load_situation(received, working, store, desk.mail, now),
    )
    numbers.begin(now)
    numbers.ahead(inbound.tickets_wanted(received))
    for event in events:
        inbound.take(event)
    return inbound.changes


def _load_concerned(events: Sequence[Event], working: WorkingSet, store: DeskStore) -> None:
    """What few batches need: nothing is asked of the database for a batch of texts."""
    targets = {event.data.target for event in events if event.data.kind in ABOUT_MESSAGES}
    if targets - {None}:
        working.targets = store.load_targets(targets - {None})
    files = {file.id for event in events for file in event.data.attachments}
    _load_messages(_drafts(working), files, working, store)


def _load_late(events: Sequence[Event], working: WorkingSet, store: DeskStore) -> None:
    """The messages that are late, or that others wait for; and what waits beside them."""
    late = {event.data.send_id for event in events if is_late(event.data)}
    wanted = {message.target for message in working.waiting}
    targets = {event.data.send_id for event in events if wanted.intersection(event.data.provider_message_ids)}
    _load_messages(late | targets | (_drafts(working) if late else set()), set(), working, store)


def _load_messages(ids: set[str], files: set[str], working: WorkingSet, store: DeskStore) -> None:
    """Messages with their files, and other files, where there are any."""
    if ids:
        working.messages = store.load_messages(ids)
    files = files | {each for message in working.messages.values() for each in message.attachments}
    if files:
        working.attachments = store.load_attachments(files)


def _drafts(working: WorkingSet) -> set[str]:
    return {each for conversation in working.conversations.values() for each in conversation.drafts}
