"""Mails that could not be fetched: tried again, alone, until it is clear that they never will be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

REFUSED_TRIES: Final = 3
CUT_TRIES: Final = 5
CUT_FOR: Final = timedelta(minutes=5)
"""A connection breaks for many reasons: only a mail with which it always does, for so long, is to blame."""


class Stumbles:
    """Of one folder. Kept in memory: after a restart they are counted anew."""

    def __init__(self) -> None:
        self._tries: dict[int, tuple[int, datetime]] = {}
        self._alone = False

    def stumbled(self, uids: Sequence[int], now: datetime) -> None:
        """These were fetched together, and it failed. From now on they are fetched one by one."""
        if len(uids) == 1:
            tries, since = self._tries.get(uids[0], (0, now))
            self._tries[uids[0]] = (tries + 1, since)
        self._alone = True

    def went_well(self, uids: Sequence[int]) -> None:
        """These were fetched."""
        for uid in uids:
            self._tries.pop(uid, None)

    @property
    def alone(self) -> bool:
        """Whether mails are to be fetched one by one for now."""
        return self._alone

    def recovered(self) -> None:
        """The whole folder was walked."""
        self._alone = False
        self._tries.clear()

    def hopeless(self, uid: int, now: datetime, *, refused: bool) -> bool:
        """Whether to go on without this mail; `refused`: the server said no, nothing broke."""
        tries, since = self._tries.get(uid, (0, now))
        if refused:
            return tries >= REFUSED_TRIES
        return tries >= CUT_TRIES and now - since >= CUT_FOR
