"""How far a folder has been read: UIDs count upwards and mean nothing once UIDVALIDITY has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """RFC 3501, 2.3.1.1. All mails up to `last_uid` are with the broker; up to `settled_uid` they were also
    flagged, moved or deleted. `started_at` is when the folder was read for the first time.
    """

    uid_validity: int
    last_uid: int
    settled_uid: int
    started_at: datetime

    def handled(self, uid: int) -> Cursor:
        """All up to this UID are with the broker."""
        return replace(self, last_uid=max(self.last_uid, uid))

    def settled(self) -> Cursor:
        """All that is with the broker is settled."""
        return replace(self, settled_uid=self.last_uid)


def cursor_for(known: Cursor | None, uid_validity: int, now: datetime) -> Cursor:
    """Where to go on. With another UIDVALIDITY the whole folder is walked again, from its first mail:
    which mails are new is then told by their content.
    """
    if known is None:
        return Cursor(uid_validity, 0, 0, now)
    if known.uid_validity != uid_validity:
        return Cursor(uid_validity, 0, 0, known.started_at)
    return known
