"""The streams process's own metrics."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

OPEN_STREAMS: Final = Gauge(
    "sportello_chat_streams", "Open streams and polls of live chats.", multiprocess_mode="livesum"
)
MOST_STREAMS: Final = Gauge(
    "sportello_chat_streams_limit", "Streams and polls there may be.", multiprocess_mode="livesum"
)
_EVENTS: Final = Counter("sportello_chat_events_total", "What open chats were told.", ["event"])
EVENTS: Final = {
    name: _EVENTS.labels(name)
    for name in ("hello", "line", "typing", "seen", "offer", "bye", "replaced", "alive")
}
