"""The timeline of a ticket: what was said and what changed, day by day, the newest page first."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from flask_babel import to_user_timezone

from services.ticket_service.api import context
from services.ticket_service.api.pages import cut, decode_cursor
from services.ticket_service.api.timeline import message_position, shown
from services.ticket_service.api.wire import Wire
from services.ticket_service.console import formats
from services.ticket_service.console.ticket.allowed import Reader
from services.ticket_service.console.ticket.changes import Sentence, sentence
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.mail import bare_subject, tags_of
from services.ticket_service.domain.message import INTERNAL, PUBLIC
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries import Page

ALL: Final = "all"
CHANGES: Final = "changes"
SHOWN: Final = (ALL, PUBLIC, INTERNAL, CHANGES)
PAGE: Final = 50
MOST_CHANGES: Final = 200
"""Between the messages of one page; the history has them all."""
_TOGETHER: Final = timedelta(minutes=10)
_AT_ONCE: Final = timedelta(seconds=2)

DAY: Final = "day"
ACTION: Final = "action"


@dataclass(slots=True)
class Entry:
    """One line: a day, an action, or some changes that somebody made at once.

    `first` says that the author has to be named, because somebody else spoke before. `subject` is that of a
    mail which speaks of something else than the one before. `version` changes with everything that is to be
    seen, so that browsers replace only what changed.
    """

    kind: str
    id: str
    at: datetime
    action: Wire | None = None
    can: tuple[str, ...] = ()
    first: bool = True
    subject: str = ""
    lines: tuple[Sentence, ...] = ()

    @property
    def version(self) -> str:
        """A digest of what is shown."""
        told = [(line.text, line.before, line.after) for line in self.lines]
        return f"{zlib.crc32(orjson.dumps([self.action, self.can, self.first, self.subject, told])):08x}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page: `older` is the cursor of the page before, None where this is the beginning.

    `left_out`: there were more changes between these messages than are shown.
    """

    entries: list[Entry]
    older: str | None
    show: str
    left_out: bool = False


def timeline(ticket_id: str, reader: Reader, names: Names, show: str, before: str | None = None) -> Timeline:
    """The newest page before that cursor, oldest entry first. Problem 400 for a wrong cursor."""
    after = decode_cursor(before) if before else None
    if show == CHANGES:
        return _changes_alone(ticket_id, names, after)
    only = {"visibility": show} if show in (PUBLIC, INTERNAL) else None
    queries = context.services().queries
    found = queries.messages_of_ticket(ticket_id, Page(after, PAGE), only)
    page, older = cut(found, PAGE, message_position)
    messages = page[::-1]
    entries, left_out = actions(shown(messages), reader), False
    if show == ALL:
        since = messages[0].occurred_at if older and messages else None
        changes, left_out = _between(ticket_id, names, since, after)
        entries = [*entries, *changes]
    return Timeline(by_day(entries), older, show, left_out)


def actions(wires: Iterable[Wire], reader: Reader | None = None) -> list[Entry]:
    """Actions of the interface as entries; without a reader nothing can be done with them."""
    return [
        Entry(ACTION, wire["id"], _moment(wire["occurred_at"]), wire, reader.may(wire) if reader else ())
        for wire in wires
    ]


def by_day(entries: Sequence[Entry]) -> list[Entry]:
    """In the order of time, each day of the reader's zone under its date.

    Authors are named where they change, subjects of mails where the talk turns to something else.
    """
    ordered, day, before, subject = [], None, None, ""
    for entry in sorted(entries, key=_order):
        date = to_user_timezone(entry.at).date()
        if date != day:
            ordered.append(Entry(DAY, f"day-{date.isoformat()}", entry.at))
            day, before = date, None
        entry.first = before is None or not _goes_on(before, entry)
        bare = _bare_subject(entry)
        if bare and bare != subject:
            entry.subject, subject = bare, bare
        ordered.append(entry)
        before = entry
    return ordered


def _bare_subject(entry: Entry) -> str:
    mail = entry.action.get("mail") if entry.action else None
    bare = bare_subject(mail["subject"]) if mail else ""
    tags = [f"[{each}]" for each in tags_of(bare)] if bare.startswith("[") else []
    return bare_subject(bare.removeprefix(tags[0])) if tags else bare


def _order(entry: Entry) -> tuple[datetime, int, int]:
    number = entry.action["number"] if entry.action else None
    return entry.at, 0 if entry.kind == CHANGES else 1, number or 0


def _goes_on(before: Entry, entry: Entry) -> bool:
    if before.action is None or entry.action is None or entry.at - before.at > _TOGETHER:
        return False
    same = ("author", "visibility", "direction", "part")
    return all(before.action[name] == entry.action[name] for name in same)


def _changes_alone(ticket_id: str, names: Names, after: Position | None) -> Timeline:
    found = context.services().queries.history(ticket_id, Page(after, PAGE))
    page, older = cut(found, PAGE, _history_position)
    return Timeline(by_day(_told(page[::-1], names)), older, CHANGES)


def _between(
    ticket_id: str, names: Names, since: datetime | None, until: Position | None
) -> tuple[list[Entry], bool]:
    """The changes from one time on until another, and whether there were more."""
    after = Position(until.at, None, "") if until else None
    found = context.services().queries.history(ticket_id, Page(after, MOST_CHANGES))
    wanted = [entry for entry in found if since is None or entry.at >= since]
    return _told(wanted[:MOST_CHANGES][::-1], names), len(wanted) > MOST_CHANGES


def _told(history: Sequence[HistoryEntry], names: Names) -> list[Entry]:
    """Changes in the order of time; what somebody changed at once is one entry."""
    runs: list[list[HistoryEntry]] = []
    for entry in history:
        if runs and runs[-1][-1].who == entry.who and entry.at - runs[-1][-1].at <= _AT_ONCE:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return [
        Entry(CHANGES, f"h-{run[0].id}", run[0].at, lines=tuple(sentence(each, names) for each in run))
        for run in runs
    ]


def _history_position(entry: HistoryEntry) -> Position:
    return Position(entry.at, None, entry.id)


def _moment(value: Any) -> datetime:
    found = formats.moment_of(value)
    if found is None:
        raise ValueError("an action without a time")
    return found
