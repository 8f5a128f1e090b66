"""Mails to fetch in one go: few enough that memory stays small, many enough that it is quick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol, TypeVar

MOST_MAILS: Final = 50
MOST_BYTES: Final = 4_000_000


class Sized(Protocol):
    """Something with a size in bytes."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...


T = TypeVar("T", bound=Sized)


def portions(
    mails: Sequence[T], *, most_mails: int = MOST_MAILS, most_bytes: int = MOST_BYTES
) -> Iterator[list[T]]:
    """The mails in their order, cut where a portion would grow beyond either limit; a large one is alone."""
    portion: list[T] = []
    size = 0
    for mail in mails:
        if portion and (len(portion) >= most_mails or size + mail.size > most_bytes):
            yield portion
            portion, size = [], 0
        portion.append(mail)
        size += mail.size
    if portion:
        yield portion
