"""What one open page was not told yet: small, however slowly the page takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gevent.event import Event

from services.webhook_gateway.chat_ports import ChatNews, Line, NewLine, Offered, Seen, Typing
from shared.contracts.chat_offered import ChatOffered

MOST_LINES: Final = 32
"""More than these are read again from the database instead of being kept for a slow page."""
BYE: Final = "bye"
REPLACED: Final = "replaced"


@dataclass(slots=True)
class Heard:
    """What came since the last time. `behind`: lines were missed; `ended`: BYE, REPLACED, or empty."""

    lines: list[Line] = field(default_factory=list)
    behind: bool = False
    seen: int = 0
    typing: Typing | None = None
    offer: ChatOffered | None = None
    ended: str = ""


class Mailbox:
    """Filled by the hub, emptied by one greenlet."""

    __slots__ = ("_arrived", "_heard", "address", "channel_id", "chat", "poll")

    def __init__(self, channel_id: str, chat: str, address: str, *, poll: bool) -> None:
        self.channel_id = channel_id
        self.chat = chat
        self.address = address
        self.poll = poll
        self._heard = Heard()
        self._arrived = Event()

    def put(self, news: ChatNews) -> None:
        """Something happened."""
        heard = self._heard
        if isinstance(news, NewLine):
            if len(heard.lines) < MOST_LINES:
                heard.lines.append(news.line)
            else:
                heard.behind = True
        elif isinstance(news, Seen):
            heard.seen = max(heard.seen, news.seq)
        elif isinstance(news, Offered):
            heard.offer = news.offer
        else:
            heard.typing = news
        self._arrived.set()

    def miss(self) -> None:
        """Something may have happened that nobody tells."""
        self._heard.behind = True
        self._arrived.set()

    def end(self, why: str) -> None:
        """Let the page's stream come to its end."""
        self._heard.ended = why
        self._arrived.set()

    def hear(self, seconds: float) -> Heard:
        """What came; waits for it at most so long."""
        self._arrived.wait(seconds)
        self._arrived.clear()
        heard, self._heard = self._heard, Heard()
        return heard
