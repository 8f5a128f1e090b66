"""What is kept too long is forgotten by the clock, each kind of data after the days that the desk chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

import structlog

from services.ticket_service.act.deleting import delete
from services.ticket_service.act.erasing import ForgetFiles, forget_file
from services.ticket_service.act.keeping import Check, change
from services.ticket_service.acting import Desk, Frame, NotFound
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.retention import RETENTION_JOB, SECTION, Retention, horizon
from services.ticket_service.domain.ticket import DescriptionLine
from services.ticket_service.ports import Changes
from shared.contracts.envelope import new_traceparent

AT_ONCE: Final = 500
_log = structlog.get_logger(__name__)


class OldData(Protocol):
    """Finds and empties what is too old; every step may be repeated. Unavailable."""

    def closed_tickets(self, before: datetime, limit: int) -> Sequence[str]:
        """The numbers of tickets closed before that time, the oldest first."""
        ...

    def said(self, before: datetime, limit: int) -> tuple[Sequence[str], Collection[str]]:
        """Ids of messages with a text that is older and on no open ticket; and the tickets they are on."""
        ...

    def forget_texts(self, message_ids: Collection[str]) -> None:
        """Empty these messages."""
        ...

    def forget_visits(self, before: datetime) -> int:
        """Forget what is known of visitors' stays that ended before that time, where no ticket is open; how
        many they were.
        """
        ...

    def files(self, before: datetime, limit: int) -> Sequence[Attachment]:
        """Files stored before that time and on no open ticket."""
        ...

    def originals(self, message_ids: Collection[str]) -> Sequence[Attachment]:
        """The mails, as they came, that these messages were made of."""
        ...

    def old_originals(self, before: datetime, limit: int) -> Sequence[Attachment]:
        """Mails as they came before that time, by their messages' ids."""
        ...

    def quarantined_originals(self, before: datetime) -> Sequence[Attachment]:
        """Mails that were put aside before that time and became nothing."""
        ...

    def forget_raw(self, before: datetime, gone: Collection[str]) -> int:
        """Empty what providers sent before that time, mails of these messages too; how many there were."""
        ...

    def forget_confidential(self, before: datetime, now: datetime) -> int:
        """Delete confidential answers given before that time; how many there were."""
        ...

    def drop(self, kind: str, before: datetime) -> int:
        """Delete entries of `audit` or `quarantine` from before that time; how many there were."""
        ...


def change_retention(
    desk: Desk, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[Retention]
) -> Retention:
    """Set after how many days what is forgotten. TooBusy."""

    def load() -> Retention:
        return retention_of(desk)

    def save(retention: Retention) -> None:
        changes = Changes()
        changes.touch(retention)
        desk.save(changes)

    return change(load, wanted, save, frame, unchanged)


def retention_of(desk: Desk) -> Retention:
    """The section as it is stored this moment."""
    return desk.store.record(Retention, SECTION) or Retention()


def forget_old(desk: Desk, data: OldData, forget_files: ForgetFiles, now: datetime) -> int:
    """Forget what is too old, of each kind as much as one run takes; how much that was. Unavailable."""
    chosen, done = retention_of(desk), {}
    before = {kind: horizon(chosen, kind, now) for kind in ("closed_tickets", "messages", "attachments")}
    if (at := before["closed_tickets"]) is not None:
        done["tickets"] = sum(_delete(desk, number) for number in data.closed_tickets(at, AT_ONCE))
    if (at := before["messages"]) is not None:
        done["messages"] = _forget_texts(desk, data, forget_files, at)
        done["visits"] = data.forget_visits(at)
    if (at := before["attachments"]) is not None:
        done["files"] = _forget_files(desk, data.files(at, AT_ONCE), forget_files, now)
    if (at := horizon(chosen, "raw_payloads", now)) is not None:
        originals = data.old_originals(at, AT_ONCE)
        forget_files(originals)
        done["raw"] = data.forget_raw(at, [each.id for each in originals])
    if (at := horizon(chosen, "confidential", now)) is not None:
        done["confidential"] = data.forget_confidential(at, now)
    for kind in ("audit", "quarantine"):
        if (at := horizon(chosen, kind, now)) is not None:
            if kind == "quarantine":
                forget_files(data.quarantined_originals(at))
            done[kind] = data.drop(kind, at)
    if any(done.values()):
        _log.info("data forgotten that was kept long enough", **done)
    return sum(done.values())


def _delete(desk: Desk, number: str) -> bool:
    try:
        delete(desk, number, Frame(RETENTION_JOB, new_traceparent(), lambda: None))
    except NotFound:
        return False  # deleted by somebody meanwhile
    return True


def _forget_texts(desk: Desk, data: OldData, forget_files: ForgetFiles, before: datetime) -> int:
    messages, tickets = data.said(before, AT_ONCE)
    forget_files(data.originals(messages))
    for ticket_id in tickets:
        decide_again_on_conflict(partial(_forget_description, desk, ticket_id, frozenset(messages)))
    data.forget_texts(messages)
    return len(messages)


def _forget_description(desk: Desk, ticket_id: str, messages: frozenset[str]) -> None:
    for ticket in desk.store.load_tickets([ticket_id]).values():
        kept = [
            DescriptionLine(line.at, "" if line.message_id in messages else line.text, line.message_id)
            for line in ticket.description
        ]
        if kept != ticket.description:
            ticket.description = kept
            changes = Changes()
            changes.touch(ticket)
            desk.save(changes)


def _forget_files(desk: Desk, files: Sequence[Attachment], forget_files: ForgetFiles, now: datetime) -> int:
    forget_files(files)
    for file in files:
        decide_again_on_conflict(partial(forget_file, desk, file.id, now))
    return len(files)
