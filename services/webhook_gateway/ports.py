"""What the gateway asks of a kind of channel: who signed a request, and what happened in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from services.webhook_gateway.domain.media_job import MediaJob, Trouble, Wanted
from shared.messaging.message import BrokerUnavailable, Outgoing


class Inauthentic(Exception):
    """Not proven to come from the provider. `result` is a slug for metrics, not what was expected."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


class UnsignedRequest(Inauthentic):
    """There is no usable signature at all."""


class ForgedRequest(Inauthentic):
    """There is a signature, and it is wrong."""


class Unreadable(Exception):
    """The body is not what the provider's format allows; the text says why, without quoting the body."""


class Item(NamedTuple):
    """One thing that happened, ready to be announced: `data` as the contract of `type` has it on the wire.

    `id` is the same each time the provider delivers the item again; `time` is RFC 3339 UTC, the provider's.
    """

    type: str
    id: str
    time: str
    contact_key: str
    data: dict[str, Any]


class SetAside(NamedTuple):
    """One thing that cannot be announced now: why (`reason` a slug, `detail` for people) and the item itself.

    `payload` is the provider's format with only this item inside, so that it can be normalised once more when
    `replayable` says that trying again may help.
    """

    reason: str
    detail: str
    payload: str
    replayable: bool


Normalised = list[Item | SetAside]


class Answer(NamedTuple):
    """What a provider gets with its 200; no type for an empty body."""

    body: bytes
    content_type: str


class InboundChannel(Protocol):
    """All numbers of one kind of channel, as far as incoming requests go.

    `max_body` is in bytes; what is longer is refused unread.
    """

    kind: str
    paths: tuple[str, ...]
    max_body: int
    accepted: Answer

    @property
    def challenge(self) -> Callable[[Mapping[str, str]], str | None] | None:
        """What to answer when the provider checks the address before using it: from the query to a text,
        None to refuse. None for a provider that does not check.
        """
        ...

    def verify(self, body: bytes, environ: Mapping[str, Any]) -> Collection[str]:
        """The ids of the channels in whose name this request is signed. Inauthentic when of none.

        `environ` is the request as WSGI describes it (PEP 3333): headers and address.
        """
        ...

    def normalise(
        self, body: bytes, query: str, received_at: datetime, trusted: Collection[str] | None
    ) -> Normalised:
        """Every item of a request, in its order, each exactly once; never fails because of one item.

        `query` is the query string, as it came; a replay has none: payloads set aside hold what is needed.
        Items of a channel outside `trusted` are set aside (None: all channels are trusted, for a request
        verified earlier). Unreadable when the body as a whole is no request of this provider.
        """
        ...


class Counts(Protocol):
    """What happened, for the operator's metrics."""

    def webhook(self, result: str) -> None:
        """A request ended: `accepted`, `spooled`, or a slug of why not."""
        ...

    def items(self, normalised: Sequence[Item | SetAside]) -> None:
        """These items are now safely with the broker, or in the spool."""
        ...


class SpoolFull(BrokerUnavailable):
    """The spool has no room left: these messages have no home."""


class SpoolBroken(BrokerUnavailable):
    """The spool's disk fails or takes too long: these messages have no home, and the spool cannot be used."""


class Spool(Protocol):
    """Where accepted messages wait on disk while the broker does not take them."""

    def goes_first(self) -> bool:
        """Whether something waits that must reach the broker before anything new. Costs microseconds."""
        ...

    def append(self, messages: Sequence[Outgoing], arrived: int) -> None:
        """Return once they are on disk for good; SpoolFull or SpoolBroken otherwise.

        `arrived` is when their request came (ns since 1970): what came earlier goes out earlier.
        """
        ...

    def refusal(self) -> str | None:
        """Why the spool would not take a message now; None when it would."""
        ...

    def measure(self) -> None:
        """Bring the gauges of what waits up to date."""
        ...


class FetchTrouble(Exception):
    """A file could not be fetched now, or never: the trouble says which, and why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way: what the provider says of it now, and its bytes, which may raise FetchTrouble."""

    content: Iterator[bytes]
    mime_type: str
    filename: str = ""
    sha256: str = ""
    size: int | None = None


class Fetcher(Protocol):
    """One channel's way to the files of its messages. Safe to use from many threads."""

    max_bytes: int

    def open(self, wanted: Wanted) -> AbstractContextManager[Incoming]:
        """Ask the provider for the file, where it lies now. FetchTrouble."""
        ...


class MediaJobs(Protocol):
    """Where the gateway's worker keeps what it has to fetch. Unavailable when the database is away."""

    def add(self, jobs: Sequence[MediaJob]) -> list[MediaJob]:
        """Keep new jobs and start failed ones again; the jobs as they are now, in the same order."""
        ...

    def claim(self, now: datetime, until: datetime, mark: str, paused: Collection[str]) -> MediaJob | None:
        """A waiting job that is due, claimed until then with this mark; not of the paused channels."""
        ...

    def renew(self, job: MediaJob, until: datetime) -> bool:
        """Keep the claim for longer; False when somebody else has it by now."""
        ...

    def settle(self, job: MediaJob, mark: str) -> bool:
        """Replace the job claimed with this mark; False, and nothing done, when somebody else has it."""
        ...

    def waiting(self) -> int:
        """How many jobs are not at their end."""
        ...
