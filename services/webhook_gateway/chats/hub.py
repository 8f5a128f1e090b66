"""One stream of changes for a whole process, handed on to the open pages of the chats it concerns."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import gevent
import structlog

from services.webhook_gateway.chat_ports import ChatNews, Following, NewsLost, NewsSource, Offered
from services.webhook_gateway.chats.counts import MOST_STREAMS, OPEN_STREAMS
from services.webhook_gateway.chats.mailbox import BYE, REPLACED, Mailbox
from shared.messaging.message import Unavailable

MOST_OF_ONE: Final = 6
"""Streams of one visitor: a browser's tabs, and a telephone's. The next one replaces the oldest: that a line
broke is noticed late, and must not keep its page from coming back.
"""
MOST_POLLS_OF_ONE: Final = 10
"""Polls of one visitor at a time. They replace nothing: who is replaced asks again at once, for ever."""
_LONGEST_PAUSE: Final = 3.0
_log = structlog.get_logger(__name__)


class Full(Exception):
    """This process has as many streams as it may have, or takes no more because it ends."""


class Crowded(Exception):
    """This visitor, or this address, has as many open as it may have."""


class Hub:
    """Runs in greenlets of one thread; what concerns a chat costs no page of another chat anything."""

    def __init__(
        self,
        source: NewsSource,
        most_streams: int,
        offered: Callable[[Offered | None], None],
        most_of_address: int,
    ) -> None:
        """`offered` hears of each offer, and None when some may have been missed."""
        self._source = source
        self._most = most_streams
        self._most_of_address = most_of_address
        self._offered = offered
        self._by_chat: dict[str, list[Mailbox]] = {}
        self._of_address: dict[str, int] = {}
        self._open = 0
        self._stopped = False
        MOST_STREAMS.set(most_streams)
        self.following = False

    def open(self, channel_id: str, chat: str, address: str, *, poll: bool = False) -> Mailbox:
        """Hear what happens in a chat from now on, as a stream or for one poll. Full, Crowded."""
        if self._stopped or self._open >= self._most:
            raise Full
        alike = [one for one in self._by_chat.get(chat, ()) if one.poll is poll]
        if poll and len(alike) >= MOST_POLLS_OF_ONE:
            raise Crowded
        replaced = alike[0] if not poll and len(alike) >= MOST_OF_ONE else None
        leaving = 1 if replaced is not None and replaced.address == address else 0
        if self._of_address.get(address, 0) - leaving >= self._most_of_address:
            raise Crowded
        if replaced is not None:
            replaced.end(REPLACED)
            self.close(replaced)
        mailbox = Mailbox(channel_id, chat, address, poll=poll)
        self._by_chat.setdefault(chat, []).append(mailbox)
        self._count(mailbox, 1)
        return mailbox

    def close(self, mailbox: Mailbox) -> None:
        """Nobody hears it any more; it may be closed already."""
        own = self._by_chat.get(mailbox.chat, [])
        if mailbox in own:
            own.remove(mailbox)
            self._count(mailbox, -1)
            if not own:
                del self._by_chat[mailbox.chat]

    def run(self) -> None:
        """Follow the news until stopped."""
        wait = 0.1
        while not self._stopped:
            try:
                with self._source.follow() as following:
                    # What happened before we listened is in no news: whoever is here already looks again.
                    self._miss()
                    self.following, wait = True, 0.1
                    self._follow(following)
            except NewsLost as error:
                _log.warning("changes were missed, chats are read again", reason=str(error))
            except Unavailable as error:
                _log.warning("chats wait for the database", reason=str(error), retry_seconds=round(wait, 2))
            except Exception:
                _log.exception("chats are not followed")
            self.following = False
            gevent.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        """Say good-bye to all pages; they find another process."""
        self._stopped = True
        for mailbox in self._all():
            mailbox.end(BYE)

    def _follow(self, following: Following) -> None:
        while not self._stopped:
            news = following.next()
            if news is not None:
                self._tell(news)

    def _tell(self, news: ChatNews) -> None:
        if isinstance(news, Offered):
            self._offered(news)
            for mailbox in self._all():
                if mailbox.channel_id == news.offer.channel_id:
                    mailbox.put(news)
        else:
            for mailbox in self._by_chat.get(news.chat, ()):
                mailbox.put(news)

    def _miss(self) -> None:
        self._offered(None)
        for mailbox in self._all():
            mailbox.miss()

    def _all(self) -> Iterator[Mailbox]:
        return (mailbox for own in list(self._by_chat.values()) for mailbox in list(own))

    def _count(self, mailbox: Mailbox, more: int) -> None:
        self._open += more
        OPEN_STREAMS.set(self._open)
        left = self._of_address.get(mailbox.address, 0) + more
        if left:
            self._of_address[mailbox.address] = left
        else:
            del self._of_address[mailbox.address]
