"""Opening a desk that has no users: its administrator, its language and its statuses, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.dictionary import DictionaryEntry
from services.ticket_service.domain.first_run import FIRST_RUN, FirstRun, taken_over
from services.ticket_service.domain.permissions import ADMIN
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Status
from services.ticket_service.domain.user import User
from services.ticket_service.ports import SECTION, Changes


class AlreadyOpened(Exception):
    """The desk has users: from now on they let each other in."""


class WrongFirstCode(Exception):
    """Not the code that was shown when the desk was prepared, or there is none."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What was chosen. `words` are labels that dictionaries begin with, as the language says them."""

    email: str
    name: str
    password_hash: str = field(repr=False)
    language: str
    time_zone: str
    statuses: Sequence[Status]
    words: Mapping[str, str]


def is_open(desk: Desk) -> bool:
    """Whether the desk has users; once it has, for good."""
    return bool(desk.store.all(User)) or bool(desk.store.records(User, {}))


def check_code(desk: Desk, typed: str) -> FirstRun:
    """What waits for this code. AlreadyOpened, WrongFirstCode."""
    if is_open(desk):
        raise AlreadyOpened
    waiting = desk.store.record(FirstRun, FIRST_RUN)
    if waiting is None or not waiting.opened_by(typed):
        raise WrongFirstCode
    return waiting


def open_desk(desk: Desk, typed: str, opening: Opening, frame: Frame) -> User:
    """The first administrator; the code works no more. AlreadyOpened, WrongFirstCode, TooBusy."""
    user_id = desk.new_id()

    def attempt() -> User:
        waiting = check_code(desk, typed)
        now = desk.clock()
        secret = opening.password_hash
        user = User(user_id, opening.email, opening.name, [ADMIN], now, password_hash=secret)
        settings = desk.store.record(DeskSettings, SECTION) or DeskSettings()
        settings = replace(settings, language=opening.language, time_zone=ZoneInfo(opening.time_zone))
        stored = {each.key: each for each in desk.store.records(Status, {})}
        changes = Changes()
        changes.touch(user, settings, *taken_over(stored, opening.statuses, now), *_words(desk, opening))
        # Of two who have the code only one removes it: the other one's decision breaks.
        changes.remove(waiting)
        desk.save(changes)
        return user

    return until_saved(attempt, frame)


def _words(desk: Desk, opening: Opening) -> list[DictionaryEntry]:
    known = desk.store.records(DictionaryEntry, {})
    return [
        replace(each, label=opening.words[each.label])
        for each in known
        if opening.words.get(each.label, each.label) != each.label
    ]
