"""One open page's ear: gathers what it was not told yet, so that a slow page costs no more than others."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass

from services.ticket_service.domain.news import News


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since the last time, and the place that is reached with it.

    `doors`: the user or the session was changed, the log-in has to be looked at again. `ended`: another
    stream of the same user took this one's place.
    """

    place: str
    news: News
    doors: bool
    ended: bool


class Listener:
    """Made by the hub; `user_id` and `session` are whose page it is."""

    def __init__(self, user_id: str, session: str) -> None:
        self.user_id = user_id
        self._own = frozenset((user_id, session))
        self._changed = threading.Condition()
        self._place = ""
        self._news = News()
        self._doors = False
        self._ended = False

    def tell(self, place: str, news: News, doors: Collection[str] = ()) -> None:
        """Add what happened, up to a place."""
        with self._changed:
            self._place = max(self._place, place)
            self._news.merge(news)
            self._doors = self._doors or not self._own.isdisjoint(doors)
            if self._news or self._doors:
                self._changed.notify_all()

    def end(self) -> None:
        """Let the page's stream come to an end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def hear(self, seconds: float) -> Heard:
        """What came; waits for it at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._news or self._doors or self._ended, seconds)
            heard = Heard(self._place, self._news, self._doors, self._ended)
            self._news, self._doors = News(), False
        return heard
