"""The mail store's in-memory twin: one lock, all or nothing, the same answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifier.domain.mail import DONE, Mail
from services.notifier.ports import T
from shared.contracts.catalogue import encode
from shared.contracts.envelope import Event


@dataclass(slots=True)
class _State:
    mails: dict[str, Mail] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


class MemoryMailStore:
    """Transactions one after the other, on a copy that replaces the state when they commit."""

    def __init__(self) -> None:
        self._state = _State()
        self._lock = threading.RLock()

    def transact(self, work: Callable[[MemoryMailTransaction], T]) -> T:
        """Run `work`; what it wrote counts only when it returns."""
        with self._lock:
            state = _State(dict(self._state.mails), list(self._state.events))
            result = work(MemoryMailTransaction(state))
            self._state = state
            return result

    def claim(self, claim: str, now: datetime, until: datetime) -> Mail | None:
        """The mail that has been due for longest."""
        with self._lock:
            mails = self._state.mails.values()
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

    def __init__(self, state: _State) -> None:
        self._state = state

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
