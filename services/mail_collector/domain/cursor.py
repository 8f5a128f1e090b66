"""How far a folder has been read: UIDs count upwards and mean nothing once UIDVALIDITY has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """RFC 3501, 2.3.1.1. All mails up to `last_uid` are with the broker; up to `settled_uid` they were also
    flagged, moved or deleted. `started_at` is when the folder was read for the first time. Mails that arrived
    before `not_before` were there before, and are not wanted.
    """

    uid_validity: int
    last_uid: int
    settled_uid: int
    started_at: datetime
    not_before: datetime | None = None

    def handled(self, uid: int) -> Cursor:
        """All up to this UID are with the broker."""
        return replace(self, last_uid=max(self.last_uid, uid))

    def settled(self) -> Cursor:
        """All that is with the broker is settled."""
        return replace(self, settled_uid=self.last_uid)


def first_cursor(uid_validity: int, uid_next: int, now: datetime, *, only_new: bool) -> Cursor:
    """Where to begin in a folder that was never read."""
    last = max(uid_next - 1, 0) if only_new else 0
    return Cursor(uid_validity, last, last, now)


def renumbered(known: Cursor, uid_validity: int, *, only_new: bool) -> Cursor:
    """The folder has other UIDs now, and is walked again from its first mail: which of its mails are new is
    told by their content, and (with `only_new`) by when they arrived.
    """
    return Cursor(uid_validity, 0, 0, known.started_at, known.started_at if only_new else None)
