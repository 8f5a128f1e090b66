"""A handful of fetched mails: the new ones are read side by side, published in order, and remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from services.mail_collector import announce
from services.mail_collector.collect.reading import MailReading, Said, headers_of
from services.mail_collector.domain.found import Found
from services.mail_collector.domain.plan import Plan
from services.mail_collector.domain.reading import Aside
from services.mail_collector.metrics import MAIL_SECONDS, MAILS
from services.mail_collector.ports import ContentKey, Listed, Memory
from shared.messaging.message import BrokerUnavailable, Outgoing, Publisher

_log = structlog.get_logger(__name__)

CONFIRM_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What collecting works with; `own_addresses` are those of all mailboxes of the desk, in lower case."""

    memory: Memory
    reading: MailReading
    publisher: Publisher
    readers: Executor
    content_key: ContentKey
    own_addresses: frozenset[str]
    clock: Callable[[], datetime]


class MailHandling:
    """For one mailbox. Raises Unavailable or BrokerUnavailable when what it needs is away: nothing of these
    mails then counts as handled, and they are fetched again.
    """

    def __init__(self, plan: Plan, tools: Tools) -> None:
        self._plan = plan
        self._tools = tools

    def handle(self, folder: str, mails: Sequence[tuple[Listed, bytes]]) -> None:
        """Return once the broker has everything that these mails say."""
        tools = self._tools
        self.must_be_ready()
        found: dict[str, tuple[Found, bytes]] = {}
        for listed, raw in mails:
            key = tools.content_key(raw)
            found.setdefault(key, (self._found(folder, key, listed), raw))
        known = tools.memory.known(found.keys())
        fresh = [each for key, each in found.items() if key not in known]
        tools.reading.keep(fresh)
        said = list(tools.readers.map(lambda each: self._read(*each), fresh))
        self._publish([message for each in said for message in each.messages])
        tools.memory.remember(found.keys(), tools.clock())
        self._count(fresh, said, len(mails) - len(fresh))

    def put_aside(self, folder: str, listed: Listed, headers: bytes, aside: Aside) -> None:
        """For a mail that was not fetched: it stays where it is, what is known of it goes to quarantine."""
        named = (
            self._tools.content_key(headers) if headers else f"{self._plan.channel_id}/{folder}/{listed.uid}"
        )
        key = hashlib.sha256(f"{named}/{listed.size}".encode()).hexdigest()[:32]
        found = self._found(folder, key, listed)
        if not self._tools.memory.known([found.key]):
            _log.warning(
                "mail put aside", key=found.key, channel_id=self._plan.channel_id, reason=aside.reason
            )
            shown = headers_of(headers)
            self._publish([announce.quarantined(found, aside, shown, announce.new_trail(), kept=False)])
            MAILS.labels(self._plan.channel_id, "aside").inc()
        self._tools.memory.remember([found.key], self._tools.clock())

    def must_be_ready(self) -> None:
        """BrokerUnavailable when nothing could be published: then nothing need be fetched."""
        if not self._tools.publisher.ready():
            raise BrokerUnavailable("no connection to the broker")

    def _found(self, folder: str, key: str, listed: Listed) -> Found:
        return Found(
            channel_id=self._plan.channel_id,
            mailbox=self._plan.address,
            folder=folder,
            key=key,
            arrived_at=listed.arrived_at,
            received_at=self._tools.clock(),
            own_addresses=self._tools.own_addresses,
        )

    def _read(self, found: Found, raw: bytes) -> Said:
        return self._tools.reading.read(raw, found, announce.new_trail())

    def _publish(self, messages: Sequence[Outgoing]) -> None:
        self._tools.publisher.publish(messages, timeout=CONFIRM_SECONDS)

    def _count(self, fresh: Sequence[tuple[Found, bytes]], said: Sequence[Said], known: int) -> None:
        channel_id = self._plan.channel_id
        now = self._tools.clock()
        for (found, _), each in zip(fresh, said, strict=True):
            MAILS.labels(channel_id, "aside" if each.aside else "published").inc()
            MAIL_SECONDS.labels(channel_id).observe(max((now - found.arrived_at).total_seconds(), 0.0))
        MAILS.labels(channel_id, "known").inc(known)
