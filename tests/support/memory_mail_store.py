"""The mail store's in-memory twin: one lock, all or nothing, the same answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifier.domain.mail import DONE, Mail
from services.notifier.ports import T
from shared.contracts.catalogue import encode
from shared.contracts.channel_reported import OK
from shared.contracts.envelope import Event


@dataclass(slots=True)
class _State:
    mails: dict[str, Mail] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    counted: dict[str, Sequence[datetime]] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)


class MemoryMailStore:
    """Transactions one after the other, on a copy that replaces the state when they commit."""

    def __init__(self, closed: Callable[[], Collection[str]] = tuple) -> None:
        """`closed`: the conversations in which nothing is sent any more, which the delivery store knows."""
        self._state = _State()
        self._closed = closed
        self._lock = threading.RLock()

    def transact(self, work: Callable[[MemoryMailTransaction], T]) -> T:
        """Run `work`; what it wrote counts only when it returns."""
        with self._lock:
            before = self._state
            state = _State(
                dict(before.mails),
                list(before.events),
                dict(before.counted),
                dict(before.told),
            )
            result = work(MemoryMailTransaction(state, self._closed()))
            self._state = state
            return result

    def claim(self, channel_ids: Collection[str], claim: str, now: datetime, until: datetime) -> Mail | None:
        """The mail of these channels that has been due for longest."""
        with self._lock:
            mails = [mail for mail in self._state.mails.values() if mail.channel_id in channel_ids]
            due = [(mail.due_at, mail.id) for mail in mails if mail.stage != DONE and mail.due_at <= now]
            if not due:
                return None
            claimed = replace(self._state.mails[min(due)[1]], claim=claim, due_at=until)
            self._state.mails[claimed.id] = claimed
            return claimed

    def mail(self, mail_id: str) -> Mail:
        """One mail."""
        with self._lock:
            return self._state.mails[mail_id]

    def events(self) -> list[Event]:
        """All that was announced, in order."""
        with self._lock:
            return list(self._state.events)


class MemoryMailTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, state: _State, closed: Collection[str]) -> None:
        self._state = state
        self._closed = closed

    def load(self, mail_ids: Collection[str]) -> dict[str, Mail]:
        """The mails that are known."""
        return {one: self._state.mails[one] for one in mail_ids if one in self._state.mails}

    def of_messages(self, message_ids: Collection[str]) -> list[Mail]:
        """All mails that carried any of these messages."""
        mails = self._state.mails.values()
        return [mail for mail in mails if mail.message_id and mail.message_id in message_ids]

    def to_any(self, addresses: Collection[str], limit: int) -> list[Mail]:
        """Mails to any of these addresses."""
        found = [
            mail
            for mail in self._state.mails.values()
            if any(one.address.casefold() in addresses for one in (*mail.to, *mail.cc))
        ]
        return found[:limit]

    def of_headers(self, header_ids: Collection[str]) -> list[Mail]:
        """The mails with these Message-IDs."""
        return [
            mail for mail in self._state.mails.values() if mail.header_id and mail.header_id in header_ids
        ]

    def closed(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations in which nothing is sent any more."""
        return set(conversation_ids) & set(self._closed)

    def automatic_to(self, address: str) -> Sequence[datetime]:
        """When automatic mails to this address were counted."""
        return self._state.counted.get(address, ())

    def count_automatic(self, address: str, times: Sequence[datetime]) -> None:
        """Replace these times."""
        self._state.counted[address] = times

    def told_level(self, channel_id: str) -> str:
        """How the desk was last told that sending from this mailbox goes."""
        return self._state.told.get(channel_id, OK)

    def keep_level(self, channel_id: str, level: str) -> None:
        """Remember what the desk is told."""
        self._state.told[channel_id] = level

    def insert(self, mails: Sequence[Mail]) -> None:
        """Add new mails."""
        self._state.mails |= {mail.id: mail for mail in mails}

    def save(self, mail: Mail) -> None:
        """Replace an existing mail."""
        self._state.mails[mail.id] = mail

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox; like the real one it takes only what fulfils its contract."""
        for event in events:
            encode(event)
        self._state.events.extend(events)
