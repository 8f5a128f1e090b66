"""A mailbox over IMAP (RFC 3501): mails are listed and fetched by UID, and never marked as read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from services.mail_collector.channels.email.after import settle
from services.mail_collector.channels.email.connect import connect, hang_up
from services.mail_collector.channels.email.idle import LONGEST, wait_for_mail
from services.mail_collector.channels.email.settings import MOVE, EmailSettings
from services.mail_collector.channels.email.trouble import imap_trouble, is_broken, words
from services.mail_collector.ports import MAILBOX, FolderState, Listed, MailboxTrouble, Unfetchable, Unsettled
from shared.mail_login.tokens import AccessTokens
from shared.runtime.clock import utc_now

_BODY: Final = b"BODY[]"
_HEADER_BYTES: Final = 65_536
SEARCHED: Final = 100_000
"""UIDs that are looked through at once: what is found stands in one line, and the library takes no line with
more than a million bytes."""
MOST_SEARCHES: Final = 200
"""For a folder whose UIDs are far apart; one with that many mails is none that people use."""


class ImapMailbox:
    """A Mailbox; see the port. Not for several threads."""

    def __init__(self, settings: EmailSettings, tokens: AccessTokens | None) -> None:
        """Connects and logs in. MailboxTrouble; Unavailable when a token is needed and the database away."""
        self._settings = settings
        self._client: IMAPClient = connect(settings.imap, tokens)
        self._opened: tuple[str, object] = (settings.folders[0], None)
        self._uid_next = 0

    def open(self, folder: str) -> FolderState:
        """Select the folder."""
        with self._trouble():
            try:
                answer = self._client.select_folder(folder)
            except IMAPClientError as error:
                if is_broken(error):
                    raise
                raise _no_folder(folder, error) from error
            self._opened = (folder, _marks(answer))
            self._uid_next = int(answer.get(b"UIDNEXT", 0))
            return FolderState(int(answer[b"UIDVALIDITY"]), self._uid_next)

    def uids_after(self, uid: int) -> list[int]:
        """The UIDs above this one; `n:*` always names the last mail as well (RFC 3501, 6.4.8)."""
        found: set[int] = set()
        first, last = uid + 1, self._uid_next - 1
        portion = max(SEARCHED, (last - uid) // MOST_SEARCHES)
        with self._trouble():
            while first + portion <= last:
                found.update(self._client.search(["UID", f"{first}:{first + portion - 1}"]))
                first += portion
            found.update(self._client.search(["UID", f"{first}:*"]))
        return sorted(number for number in found if number > uid)

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Sizes and times."""
        with self._trouble():
            answer = self._client.fetch(uids, [b"RFC822.SIZE", b"INTERNALDATE"])
            return [
                Listed(uid, int(answer[uid][b"RFC822.SIZE"]), _moment(answer[uid].get(b"INTERNALDATE")))
                for uid in sorted(set(uids) & answer.keys())
                if b"RFC822.SIZE" in answer[uid]
            ]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails. One that is listed but not given is Unfetchable, like one that breaks the connection."""
        with self._unfetchable(uids):
            answer = self._client.fetch(uids, [b"BODY.PEEK[]"])
            mails = {uid: answer[uid].get(_BODY) for uid in uids if uid in answer}
            missing = [uid for uid in uids if not mails.get(uid)]
            held_back = [mail.uid for mail in self.listed(missing) if mail.size] if missing else []
            if held_back:
                raise IMAPClientError(f"the server does not hand out {len(held_back)} mails it lists")
            return {uid: raw for uid, raw in mails.items() if raw}

    def headers(self, uid: int) -> bytes:
        """Only the headers."""
        with self._unfetchable([uid]):
            answer = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{_HEADER_BYTES}>".encode()])
            items: dict[bytes, Any] = answer.get(uid, {})
            return (
                next((value for name, value in items.items() if name.startswith(b"BODY[HEADER]")), b"") or b""
            )

    def settle(self, uids: Sequence[int]) -> None:
        """Keep, flag, move or delete."""
        with self._trouble():
            try:
                settle(self._client, self._settings, uids)
            except IMAPClientError as error:
                if is_broken(error):
                    raise
                raise _unsettled(self._settings, error) from error

    def wait(self, alive: Callable[[], bool]) -> None:
        """Wait for something new; the server tells only of the folder that is open.

        What came while that was walked was announced in the middle of other answers: so the folder is opened
        once more, and waited for only when nothing has changed. From then on nothing is missed.
        """
        folder, marks = self._opened
        self.open(folder)
        if self._opened[1] != marks:
            return
        with self._trouble():
            told = len(self._settings.folders) == 1 and self._client.has_capability("IDLE")
            wait_for_mail(self._client, LONGEST if told else self._settings.poll_seconds, alive)

    def close(self) -> None:
        """Hang up: there is nothing to say that the server must know."""
        hang_up(self._client)

    def _trouble(self) -> AbstractContextManager[None]:
        return imap_trouble(self._settings.imap)

    @contextmanager
    def _unfetchable(self, uids: Sequence[int]) -> Iterator[None]:
        try:
            with self._trouble():
                yield
        except MailboxTrouble as trouble:
            refused = isinstance(trouble.__cause__, Exception) and not is_broken(trouble.__cause__)
            raise Unfetchable(trouble, tuple(uids), refused=refused) from trouble


def _marks(answer: dict[bytes, Any]) -> object:
    """What differs once there is a new mail."""
    return answer[b"UIDVALIDITY"], answer.get(b"UIDNEXT", answer.get(b"EXISTS"))


def _no_folder(folder: str, error: Exception) -> MailboxTrouble:
    return MailboxTrouble(
        MAILBOX,
        "A folder of the mailbox cannot be opened",
        f"{folder}: {words(error)}",
        "Correct the channel's folders, or make the folder, and restart.",
        lasting=True,
    )


def _unsettled(settings: EmailSettings, error: Exception) -> Unsettled:
    where = f" to {settings.move_to}" if settings.after == MOVE else ""
    return Unsettled(
        MAILBOX,
        "Collected mails stay in their folder",
        f"{settings.after}{where}: {words(error)}",
        "New mails come in all the same. Make room, or correct `after` and `move_to` of the channel, and "
        "restart; it is tried again by itself.",
    )


def _moment(found: datetime | None) -> datetime:
    """In UTC: the library's own kind of time zone cannot be handed to the process that reads mails."""
    return found.astimezone(UTC) if found is not None else utc_now()
