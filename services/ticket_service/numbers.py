"""Numbers for new tickets, reserved ahead, as the desk's scheme writes them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.numbering import Numbering, number, series
from services.ticket_service.ports import Conflict, DeskStore

_MOST_PASSED_OVER: Final = 100_000


@dataclass(frozen=True, slots=True)
class TicketNumber:
    """A number as people see it, and its place in the sequence it is from."""

    sequence: int
    number: str


class Numbers:
    """One for all tries of a decision; `begin` starts each try.

    What was reserved for a try that failed is a gap. From the second try on, numbers that tickets have
    already (of an earlier scheme, or of a sequence that was set back) are passed over: one of them may be
    what the conflict was about.
    """

    def __init__(self, store: DeskStore) -> None:
        self._store = store
        self._tries = 0
        self._at: datetime | None = None
        self._left: deque[TicketNumber] = deque()

    def begin(self, at: datetime) -> None:
        """A new try, whose tickets are opened at this time."""
        self._tries += 1
        self._at = at
        self._left.clear()

    def ahead(self, count: int) -> None:
        """Have at least so many. Conflict where very many in a row are taken: others may be faster."""
        wanted = count - len(self._left)
        if wanted <= 0:
            return
        if self._at is None:
            raise RuntimeError("begin() starts each try")
        numbering = self._store.setting(Numbering)
        local = self._at.astimezone(self._store.desk().time_zone)
        asked = 0
        while wanted > 0:
            found = self._reserved(numbering, local, wanted + asked)
            self._left.extend(found)
            wanted -= len(found)
            asked = 2 * asked + wanted
            if asked > _MOST_PASSED_OVER:
                raise Conflict("too many numbers in a row belong to tickets already")

    def next(self) -> TicketNumber:
        """The lowest one left."""
        self.ahead(1)
        return self._left.popleft()

    def _reserved(self, numbering: Numbering, local: datetime, count: int) -> list[TicketNumber]:
        name = series(numbering, local)
        sequences = self._store.reserve_numbers(name, count, start=numbering.start)
        found = [TicketNumber(each, number(numbering, local, each)) for each in sequences]
        if self._tries <= 1:
            return found
        taken = self._store.numbers_taken([each.number for each in found])
        return [each for each in found if each.number not in taken]
