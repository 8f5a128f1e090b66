"""What the notifier's use cases need from outside: a store with transactions, and channels that send."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from services.notifier.domain.content import Content
from services.notifier.domain.delivery import Delivery, Failure
from services.notifier.domain.mail import Mail
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.presence import Presence
from services.notifier.domain.rate import PairBucket, PairLimit, RateLimit, Turn
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.domain.template import ChannelTemplate, TemplateRecord, TemplateSubmission
from services.notifier.domain.template_task import TemplateTask
from shared.contracts.envelope import Event

T = TypeVar("T")


class DeliveryTransaction(Protocol):
    """Reads and writes that take effect together, or not at all."""

    def load(self, send_ids: Collection[str]) -> dict[str, Delivery]:
        """The deliveries that exist, by send id."""
        ...

    def load_by_provider_key(self, keys: Collection[ProviderKey]) -> dict[ProviderKey, Delivery]:
        """The deliveries the provider knows under these ids."""
        ...

    def messages(self, message_ids: Collection[str]) -> dict[str, list[Delivery]]:
        """All deliveries of these messages, by message id, those that have any.

        Of several transactions that read the same message this way and write, one goes after the other, so
        that the last one sees how all its parts stand.
        """
        ...

    def insert(self, deliveries: Sequence[Delivery]) -> None:
        """Add new deliveries, each with the next `sequence`: their order here, and that of the commits."""
        ...

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """Replace existing deliveries."""
        ...

    def close(self, conversation_ids: Collection[str]) -> None:
        """Nothing is sent in these conversations any more: whom they were with is erased."""
        ...

    def closed(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations in which nothing is sent any more."""
        ...

    def telling(self, conversation_ids: Collection[str], limit: int) -> list[Delivery]:
        """Deliveries of these conversations that still say whom they are for."""
        ...

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox: they are published if and only if this transaction commits."""
        ...

    def park(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts whose message nobody knows yet; one per state, the earliest."""
        ...

    def adopt(self, key: ProviderKey) -> list[Receipt]:
        """From now on a delivery is known under this id: take out the receipts that waited for it."""
        ...

    def pause(self, channel_id: str) -> ChannelPause | None:
        """The channel's pause, ended or not."""
        ...

    def set_pause(self, channel_id: str, pause: ChannelPause | None) -> None:
        """Replace the channel's pause, or end it."""
        ...

    def pair(self, channel_id: str, address: str) -> PairBucket | None:
        """What is left of a customer's bucket, None when it is full."""
        ...

    def set_pair(self, channel_id: str, address: str, bucket: PairBucket, full_at: datetime) -> None:
        """Keep a customer's bucket; from `full_at` on it may be forgotten."""
        ...


class DeliveryStore(Protocol):
    """Where deliveries live. Every method raises `shared.messaging.message.Unavailable` when it is away."""

    def transact(self, work: Callable[[DeliveryTransaction], T]) -> T:
        """Run `work` in one transaction; it may run several times when others write the same documents."""
        ...

    def due_heads(self, channel_id: str, now: datetime, limit: int) -> list[Delivery]:
        """The first open delivery of each conversation of this channel, if due; oldest first."""
        ...

    def pauses(self) -> Mapping[str, ChannelPause]:
        """All pauses, by channel id."""
        ...

    def take_turn(self, channel_id: str, limit: RateLimit, wanted: int) -> Turn:
        """How many of `wanted` (> 0) messages may leave now, counting all processes, by one clock."""
        ...


class TemplateTransaction(Protocol):
    """Reads and writes about templates that take effect together, or not at all."""

    def templates(self, channel_id: str) -> list[ChannelTemplate]:
        """All templates of a channel, also those that are gone or were refused."""
        ...

    def save_templates(self, templates: Sequence[ChannelTemplate]) -> None:
        """Add or replace templates."""
        ...

    def ask(self, task: TemplateTask) -> None:
        """Want it done. A reading that is known becomes due at the earlier of both times; a submission that
        is known, done or not, stays as it is."""
        ...

    def finish(self, task: TemplateTask) -> None:
        """Keep a claimed task as it now is, due again or (`due_at` None) for good.

        A reading that was asked for since it was claimed stays due.
        """
        ...

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox: they are published if and only if this transaction commits."""
        ...


class TemplateStore(Protocol):
    """Where templates live. Every method raises `shared.messaging.message.Unavailable` when it is away."""

    def transact(self, work: Callable[[TemplateTransaction], T]) -> T:
        """Run `work` in one transaction; it may run several times when others write the same documents."""
        ...

    def template(self, channel_id: str, name: str, language: str) -> ChannelTemplate | None:
        """One template."""
        ...

    def claim(self, channel_ids: Collection[str], now: datetime, until: datetime) -> TemplateTask | None:
        """A task of these channels that is due, ours until `until`; counted as claimed."""
        ...


class MailTransaction(Protocol):
    """Reads and writes about mails that take effect together, or not at all."""

    def load(self, mail_ids: Collection[str]) -> dict[str, Mail]:
        """The mails that are known, by id."""
        ...

    def of_messages(self, message_ids: Collection[str]) -> list[Mail]:
        """All mails that carried any of these messages of the desk, as far as they are remembered."""
        ...

    def to_any(self, addresses: Collection[str], limit: int) -> list[Mail]:
        """Mails to any of these addresses (casefolded)."""
        ...

    def of_headers(self, header_ids: Collection[str]) -> list[Mail]:
        """The mails with these Message-IDs, as far as they are remembered."""
        ...

    def closed(self, conversation_ids: Collection[str]) -> set[str]:
        """Those of these conversations in which nothing is sent any more."""
        ...

    def automatic_to(self, address: str) -> Sequence[datetime]:
        """When automatic mails to this address (as it is compared) were counted.

        Of several transactions that read and count the same address, one goes after the other.
        """
        ...

    def count_automatic(self, address: str, times: Sequence[datetime]) -> None:
        """Replace these times; they may be forgotten a day after the last."""
        ...

    def told_level(self, channel_id: str) -> str:
        """How the desk was last told that sending from this mailbox goes; `ok` when it was never told."""
        ...

    def keep_level(self, channel_id: str, level: str) -> None:
        """Remember what the desk is told."""
        ...

    def insert(self, mails: Sequence[Mail]) -> None:
        """Add new mails."""
        ...

    def save(self, mail: Mail) -> None:
        """Replace an existing mail."""
        ...

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox: they are published if and only if this transaction commits."""
        ...


class MailStore(Protocol):
    """Where mails live. Every method raises `shared.messaging.message.Unavailable` when it is away."""

    def transact(self, work: Callable[[MailTransaction], T]) -> T:
        """Run `work` in one transaction; it may run several times when others write the same documents."""
        ...

    def claim(self, channel_ids: Collection[str], claim: str, now: datetime, until: datetime) -> Mail | None:
        """The mail of these channels that has been due for longest, ours under `claim` until then.

        Its stage is as it was found.
        """
        ...


class ChannelTrouble(Exception):
    """The provider cannot be asked now; `later` says why and when to ask again."""

    def __init__(self, later: TryLater) -> None:
        super().__init__(later.reason.title)
        self.later = later


class ChannelSender(Protocol):
    """One configured channel that can send. Safe to call from many threads."""

    @property
    def per_second(self) -> float:
        """How many messages the provider takes in any second from this channel."""
        ...

    @property
    def live(self) -> bool:
        """Whether it is a live chat of ours: what is sent twice under one id is one message there, and its
        customer is shown when tickets are opened and closed.
        """
        ...

    @property
    def pair(self) -> PairLimit | None:
        """How many it takes for one customer, None when it does not say."""
        ...

    def parts(self, wanted: Content) -> list[Content] | Failure:
        """What is wanted as messages of the provider, in order, or why it cannot be sent; asks nobody."""
        ...

    def send(self, delivery: Delivery) -> Outcome:
        """Hand one message to the provider; every trouble is an Outcome, none is raised."""
        ...

    def find(self, delivery: Delivery) -> Sent | None:
        """The message at the provider, if its try at `tried_at` got there after all.

        Asked before a delivery whose outcome stayed unknown is sent once more. None: it is not there, or
        this provider cannot tell. ChannelTrouble: ask again later.
        """
        ...

    def show(self, presence: Presence) -> None:
        """Show the customer a sign of presence, if this channel's settings want it; trouble is swallowed."""
        ...

    def templates(self) -> Iterator[TemplateRecord]:
        """All templates of this channel, page by page. ChannelTrouble: not now."""
        ...

    def create_template(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        """Create a template and ask for its approval."""
        ...

    def explain(self, failure: Failure) -> Failure:
        """A failure reported by a receipt, with what a person can do about it."""
        ...

    def close(self) -> None:
        """Close its connections; nothing is sent afterwards."""
        ...
