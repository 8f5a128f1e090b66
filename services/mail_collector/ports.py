"""What the collector asks of a mailbox, of whoever reads mails, and of its own memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.mail_collector.domain.cursor import Cursor
from services.mail_collector.domain.found import Found
from services.mail_collector.domain.reading import Reading


class MailReader(Protocol):
    """Reads mails within limits of time and memory. Safe to use from many threads."""

    def read_mail(self, raw: bytes, found: Found) -> Reading:
        """Whatever the bytes are, there is an answer: what cannot be read is a Reading with `aside`.

        Of the times in `message`, `received_at` is `found.received_at`; `mail.raw_blob`, `mail.raw_size`,
        `mail.mailbox` and `mail.folder` are set from `found` and the bytes.
        """
        ...

    def close(self) -> None:
        """End what it runs."""
        ...


ContentKey = Callable[[bytes], str]
"""A mail's (or a mail's headers') content key: 32 hex digits; never raises."""

LOGIN: Final = "login"
MAILBOX: Final = "mailbox"
"""Aspects of a channel's health: its access tokens; everything else about its mailbox."""


class MailboxTrouble(Exception):
    """The mailbox cannot be used now. `aspect` is LOGIN or MAILBOX; the texts are for operators.

    `lasting`: trying again soon will not help (a wrong password), somebody has to do something.
    """

    def __init__(self, aspect: str, title: str, detail: str, remedy: str, *, lasting: bool = False) -> None:
        super().__init__(f"{title}: {detail}")
        self.aspect = aspect
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.lasting = lasting


class Unfetchable(MailboxTrouble):
    """The server refused these mails (`refused`), or the connection broke while they were fetched."""

    def __init__(self, trouble: MailboxTrouble, uids: tuple[int, ...], *, refused: bool) -> None:
        super().__init__(trouble.aspect, trouble.title, trouble.detail, trouble.remedy)
        self.uids = uids
        self.refused = refused


class Unsettled(MailboxTrouble):
    """The server refuses to flag, move or delete collected mails; they can be read all the same."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """An open folder: RFC 3501's UIDVALIDITY and UIDNEXT."""

    uid_validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail in a folder, not yet fetched: size in bytes, and when the server took it."""

    uid: int
    size: int
    arrived_at: datetime


class Mailbox(Protocol):
    """One logged-in connection. Every method raises MailboxTrouble; none waits without end."""

    def open(self, folder: str) -> FolderState:
        """Select the folder; what follows is about it."""
        ...

    def uids_after(self, uid: int) -> list[int]:
        """The UIDs above this one, ascending."""
        ...

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Sizes and times, ascending; what is gone by now is left out."""
        ...

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails, whole and unread as before; what is gone by now is left out. Unfetchable."""
        ...

    def headers(self, uid: int) -> bytes:
        """Only the headers, at most 64 kB; empty when it is gone by now."""
        ...

    def settle(self, uids: Sequence[int]) -> None:
        """Do with handled mails what the channel wants: keep, flag, move or delete. Unsettled."""
        ...

    def wait(self, alive: Callable[[], bool]) -> None:
        """Return when something new may be there, after a while, or when `alive` (asked often) says no."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Memory(Protocol):
    """What the collector keeps in its database. Unavailable when that is away."""

    def cursor(self, channel_id: str, folder: str) -> Cursor | None:
        """How far this folder has been read."""
        ...

    def keep_cursor(self, channel_id: str, folder: str, cursor: Cursor) -> None:
        """It has been read so far."""
        ...

    def known(self, keys: Collection[str]) -> set[str]:
        """Those of these content keys that were handled already."""
        ...

    def remember(self, keys: Collection[str], now: datetime) -> None:
        """These are handled now."""
        ...
