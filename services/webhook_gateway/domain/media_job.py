"""A file that is to be fetched from its provider: when it is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

WAITING: Final = "waiting"
STORED: Final = "stored"
FAILED: Final = "failed"

FIRST_PAUSE: Final = timedelta(seconds=5)
GROWTH: Final = 3.0
LONGEST_PAUSE: Final = timedelta(hours=1)
GIVE_UP: Final = timedelta(hours=24)
MOST_CLAIMS: Final = 5
"""A file that was claimed this often without an end has taken the worker down with it each time."""
CHANNEL_GIVE_UP: Final = timedelta(days=7)
"""While a whole channel fails its files are kept, for as long as Meta knows a file's id (7 days)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a try failed: `code` a slug, `detail` and `remedy` for people.

    `lasting`: trying again is useless. `channel`: the provider takes nothing from this channel until somebody
    mends it. `counted`: the provider keeps count of such errors. `after`: seconds it asks us to wait.
    """

    code: str
    detail: str
    remedy: str = ""
    lasting: bool = False
    channel: bool = False
    counted: bool = False
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched, as the provider declares it: a RemoteFile and where it belongs.

    `sha256` in the provider's own writing; `size` in bytes or None.
    """

    id: str
    kind: str
    reference: str
    mime_type: str
    filename: str
    sha256: str
    size: int | None
    message_id: str
    channel_id: str
    channel_kind: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored: `size` in bytes, `sha256` in hex."""

    size: int
    sha256: str
    mime_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class MediaJob:
    """One file's way from the request to the blob store.

    `due_at` is when it may be claimed; whoever claims it moves it into the future and leaves his mark in
    `claim`; `claims` counts those that came to no end. `since` is when somebody last asked for it; `round`
    counts how often somebody asked again.
    """

    wanted: Wanted
    since: datetime
    due_at: datetime
    traceparent: str
    cause: str
    state: str = WAITING
    attempts: int = 0
    round: int = 0
    claim: str = ""
    claims: int = 0
    kept: Kept | None = None
    ended_at: datetime | None = None

    def stored(self, kept: Kept, now: datetime) -> MediaJob:
        """It is in the blob store."""
        return replace(self, state=STORED, kept=kept, ended_at=now, claim="")

    def failed(self, now: datetime) -> MediaJob:
        """It is given up, until somebody asks again."""
        return replace(self, state=FAILED, ended_at=now, claim="")

    def put_off(self, due_at: datetime, *, attempts: int) -> MediaJob:
        """It is tried again at `due_at`."""
        return replace(self, due_at=due_at, attempts=attempts, claim="", claims=0)


def given_up(job: MediaJob, trouble: Trouble, now: datetime) -> bool:
    """Whether this trouble ends the job: at once when it is lasting, else when it has had its time."""
    if trouble.lasting:
        return True
    return now - job.since >= (CHANNEL_GIVE_UP if trouble.channel else GIVE_UP)


def pause(attempts: int, jitter: float, wish: float = 0.0) -> timedelta:
    """How long to wait after `attempts` earlier tries (from 0): 5 s × 3^n, at most an hour.

    `jitter` (0 to 1) takes up to half of it away; the provider's `wish` (seconds) is kept when it is longer.
    """
    full = min(FIRST_PAUSE * GROWTH ** min(attempts, 20), LONGEST_PAUSE)
    wished = min(timedelta(seconds=max(wish, 0.0)), LONGEST_PAUSE)
    return max(full * (1.0 - jitter / 2), wished)
