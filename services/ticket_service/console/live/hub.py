"""One stream of changes for a whole process, handed on to each open page with what it missed before."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final, Protocol

import structlog

from services.ticket_service.console.live.listener import Listener
from services.ticket_service.domain.news import News
from services.ticket_service.store.news import Change, Following, PlaceLost, SourceClosed, Told
from shared.messaging.message import Unavailable

_log = structlog.get_logger(__name__)

MOST_STREAMS: Final = 48
MOST_OF_ONE: Final = 6
"""Streams of one user in one process: a browser has one, whatever the number of its tabs."""
REMEMBERED: Final = 2_000
_AT_ONCE: Final = 500
_START_SECONDS: Final = 3.0
_LONGEST_PAUSE: Final = 3.0


class Source(Protocol):
    """Where changes come from; the database in production."""

    def follow(self, after: str = "") -> AbstractContextManager[Following]:
        """All changes after a place, or from now on. PlaceLost."""
        ...

    def between(self, after: str, until: str) -> News:
        """What happened after one place and up to another."""
        ...

    def told(self, changes: Collection[Change]) -> Told:
        """What the changes mean."""
        ...


class Full(Exception):
    """This process has as many streams as it may have."""


@dataclass(frozen=True, slots=True)
class _Step:
    """The stream is at this place, maybe by a change; `lost` when it had to begin anew."""

    place: str
    change: Change | None = None
    lost: bool = False


class Hub:
    """Begins to follow with the first one who asks, and then follows until its process ends.

    Two threads: one reads, one looks up what changed and tells it, so that what comes while it looks up is
    looked up together. Methods raise Unavailable while the database is away.
    """

    def __init__(self, source: Source, most_streams: int = MOST_STREAMS) -> None:
        self._source = source
        self._most = most_streams
        self._lock = threading.Lock()
        self._begun = False
        self._following = threading.Event()
        self._steps: SimpleQueue[_Step] = SimpleQueue()
        self._position = ""
        self._told: deque[tuple[str, News]] = deque()
        self._remembers_after = ""
        self._listeners: list[Listener] = []

    def position(self) -> str:
        """Where the stream is now; empty while it has only begun. What is read afterwards is not older."""
        self._begin()
        with self._lock:
            return self._position

    def listen(self, after: str, user_id: str, session: str) -> Listener:
        """Hear everything that happens after a place (from now on when it is empty). Full."""
        self._wait_until_following()
        listener = Listener(user_id, session)
        with self._lock:
            if len(self._listeners) >= self._most:
                raise Full
            own = [each for each in self._listeners if each.user_id == user_id]
            if len(own) >= MOST_OF_ONE:
                own[0].end()
            self._listeners.append(listener)
            missed, until = self._missed(after), self._position
        try:
            listener.tell(until, missed if missed is not None else self._source.between(after, until))
        except BaseException:
            self.leave(listener)
            raise
        return listener

    def leave(self, listener: Listener) -> None:
        """Nobody hears it any more."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def since(self, after: str) -> tuple[str, News]:
        """What happened after a place, and the place that is reached with it."""
        self._wait_until_following()
        with self._lock:
            missed, until = self._missed(after), self._position
        return until, missed if missed is not None else self._source.between(after, until)

    def _missed(self, after: str) -> News | None:
        """What is remembered from a place on; None when it lies before all that is remembered."""
        news = News()
        if after and after < self._remembers_after:
            return None
        for place, told in self._told:
            if after and place > after:
                news.merge(told)
        return news

    def _begin(self) -> None:
        with self._lock:
            if self._begun:
                return
            self._begun = True
        for work in (self._read, self._tell):
            threading.Thread(target=work, name=f"news-{work.__name__.strip('_')}", daemon=True).start()

    def _wait_until_following(self) -> None:
        self._begin()
        if not self._following.wait(_START_SECONDS):
            raise Unavailable("the stream of changes has not begun yet")

    def _read(self) -> None:
        place, lost, pause = "", False, threading.Event()
        wait = 0.1
        while True:
            try:
                with self._source.follow(place) as following:
                    self._steps.put(_Step(following.position, lost=lost))
                    lost, wait = False, 0.1
                    while True:
                        change = following.next()
                        place = following.position
                        self._steps.put(_Step(place, change))
            except PlaceLost as error:
                _log.warning("changes were missed, pages are read again", reason=str(error))
                # At once the first time; what goes on failing is asked for less and less often.
                pause.wait(0.0 if not lost else wait)
                place, lost = "", True
            except Unavailable as error:
                _log.warning("changes wait for the database", reason=str(error), retry_seconds=wait)
                pause.wait(wait)
            except SourceClosed:
                return
            wait = min(wait * 2, _LONGEST_PAUSE)

    def _tell(self) -> None:
        while True:
            steps = [self._steps.get()]
            while len(steps) < _AT_ONCE:
                try:
                    steps.append(self._steps.get_nowait())
                except Empty:
                    break
            lost = any(step.lost for step in steps)
            told = self._looked_up([step.change for step in steps if step.change is not None])
            if told is None:
                return
            if lost:
                told.news.lose()
            self._hand_on(steps[-1].place, told, begins=not self._following.is_set() or lost)
            self._following.set()

    def _looked_up(self, changes: list[Change]) -> Told | None:
        try:
            return self._source.told(changes)
        except SourceClosed:
            return None
        except Unavailable as error:
            _log.warning("what changed could not be looked up, pages are read again", reason=str(error))
            return Told(News(gap=True), frozenset())

    def _hand_on(self, place: str, told: Told, *, begins: bool) -> None:
        with self._lock:
            self._position = place
            if begins:
                self._told.clear()
                self._remembers_after = place
            elif told.news:
                self._told.append((place, told.news))
                if len(self._told) > REMEMBERED:
                    self._remembers_after = self._told.popleft()[0]
            for listener in self._listeners:
                listener.tell(place, told.news, told.doors)
