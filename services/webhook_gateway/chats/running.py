"""What a streams process does besides answering: follow the news, write down who is here, end in time."""

from __future__ import annotations

from typing import Final

import gevent
import structlog

from services.webhook_gateway.chats.hub import Hub
from services.webhook_gateway.chats.presence import Attendance
from shared.messaging.message import Unavailable
from shared.web.stopping import STOPPING

FLUSH_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.5
_log = structlog.get_logger(__name__)


class Running:
    """Three greenlets; started after the fork."""

    def __init__(self, hub: Hub, attendance: Attendance) -> None:
        self._hub = hub
        self._attendance = attendance

    def start(self) -> None:
        """Begin."""
        for work in (self._hub.run, self._attend, self._watch):
            gevent.spawn(work)

    def _attend(self) -> None:
        while not STOPPING.requested:
            gevent.sleep(FLUSH_SECONDS)
            try:
                self._attendance.flush()
            except Unavailable as error:
                _log.warning("who is here is not written down now", reason=str(error))
            except Exception:
                _log.exception("who is here is not written down now")

    def _watch(self) -> None:
        while not STOPPING.requested:
            gevent.sleep(LOOK_SECONDS)
        self._hub.stop()
        self._attendance.close()
