"""What one contact and the desk say to each other on one channel, and until when the desk may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.visit import Visit

NEVER_HEARD: Final = 0
"""The reply window, in seconds, of a conversation in which the customer has not written anything yet."""
PLEASE_ANSWER_EVERY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where an answer goes: the provider's own address of the customer, and the name it showed last."""

    kind: str
    address: str
    name: str


@dataclass(slots=True)
class Conversation:
    """One per contact and channel. A further message joins `open_ticket_id`, else reopens `last_ticket_id`.

    `last_inbound_at` is the provider's time; `reply_window_seconds` is None where the channel has no window.
    `drafts` are the ids of messages that wait, oldest first, until the customer writes again; `released_at`
    says when such messages were last let go, `please_answer_at` when the customer was last asked to write.
    `merged_into` is the conversation that has everything of this one since two contacts became one.

    Of a live chat: `visit` is what is known of the visitor's stay, `present_at` since when they have been
    there, `left_at` when they left last. `waiting_since` is the time of the oldest message that is on no
    ticket and waits for somebody, `missed_at` when nobody had come for too long and nobody could be answered.
    `mail_heard_at` is when the visitor last wrote by mail, `transcript_at` when they were last sent the talk.
    `version` is 0 until it is first saved.
    """

    id: str
    contact_id: str
    channel_id: str
    channel_kind: str
    contact_key: str
    recipient: Recipient
    last_inbound_at: datetime | None
    reply_window_seconds: int | None
    open_ticket_id: str | None
    last_ticket_id: str | None
    created_at: datetime
    updated_at: datetime
    drafts: list[str] = field(default_factory=list)
    please_answer_at: datetime | None = None
    released_at: datetime | None = None
    merged_into: str | None = None
    visit: Visit | None = None
    present_at: datetime | None = None
    left_at: datetime | None = None
    waiting_since: datetime | None = None
    missed_at: datetime | None = None
    mail_heard_at: datetime | None = None
    transcript_at: datetime | None = None
    version: int = 0

    @classmethod
    def begun(
        cls,
        conversation_id: str,
        contact_id: str,
        channel: tuple[str, str],
        to: Recipient,
        at: datetime,
        reply_window_seconds: int | None = NEVER_HEARD,
    ) -> Conversation:
        """One that the desk begins. `channel`: id, kind.

        Nothing was heard, so only templates may be sent where the channel has a reply window.
        """
        return cls(
            id=conversation_id,
            contact_id=contact_id,
            channel_id=channel[0],
            channel_kind=channel[1],
            contact_key=f"{channel[0]}:{to.address}",
            recipient=to,
            last_inbound_at=None,
            reply_window_seconds=reply_window_seconds,
            open_ticket_id=None,
            last_ticket_id=None,
            created_at=at,
            updated_at=at,
        )

    @property
    def is_chat(self) -> bool:
        """Whether it is a live chat: its customer is a visitor who may be there now."""
        return self.channel_kind == CHAT

    @property
    def present(self) -> bool:
        """Whether its visitor is there."""
        return self.present_at is not None and (self.left_at is None or self.left_at < self.present_at)

    @property
    def is_by_mail(self) -> bool:
        """Whether what is said in a live chat had better follow by mail at once.

        The visitor has left, or wrote by mail since they last wrote here.
        """
        left = self.left_at is not None and not self.present
        heard = self.mail_heard_at
        return left or (heard is not None and (self.last_inbound_at is None or heard > self.last_inbound_at))

    def may_have_transcript(self, now: datetime, every: timedelta) -> bool:
        """Whether the visitor may be sent the talk: not so soon after the last time."""
        return self.transcript_at is None or now - self.transcript_at >= every

    def heard_by_mail(self, at: datetime) -> None:
        """Note that the visitor wrote a mail about what is talked of here."""
        self.mail_heard_at = max(at, self.mail_heard_at or at)

    def came(self, at: datetime) -> None:
        """Note that the visitor is there since then, whatever the order in which it is told."""
        self.present_at = max(at, self.present_at or at)

    def left(self, at: datetime) -> None:
        """Note that the visitor went away."""
        self.left_at = max(at, self.left_at or at)

    def learn(self, news: Visit) -> bool:
        """Take in what is told of the visitor's stay; whether anything is new."""
        if self.visit is None:
            self.visit = news
            return True
        return self.visit.learn(news)

    def waits(self, since: datetime) -> None:
        """Note a message that is on no ticket and that somebody has to look at."""
        if self.waiting_since is None or since < self.waiting_since:
            self.waiting_since = since

    def missed(self, at: datetime) -> None:
        """Note that nobody came, and that there is no way to answer later."""
        if self.waiting_since is not None:
            self.missed_at = at

    def seen_to(self) -> None:
        """Note that nothing waits any more."""
        self.waiting_since = self.missed_at = None

    def window_expires_at(self) -> datetime | None:
        """When free text stops being allowed; None when the channel has no window or nothing came in yet."""
        if self.reply_window_seconds is None or self.last_inbound_at is None:
            return None
        return self.last_inbound_at + timedelta(seconds=self.reply_window_seconds)

    def window_open(self, at: datetime) -> bool:
        """Whether free text may be sent at that time."""
        if self.reply_window_seconds is None:
            return True
        expires = self.window_expires_at()
        return expires is not None and at < expires

    def heard(
        self,
        identity: Identity,
        name: str,
        occurred_at: datetime,
        received_at: datetime,
        window_seconds: int | None,
    ) -> None:
        """Note a customer's message: where to answer, and since when the reply window runs.

        The provider's time rules, whatever the order of arrival; a provider's clock that runs ahead of ours
        must not hold the window open, so a time after `received_at` counts as `received_at`.
        """
        occurred_at = min(occurred_at, received_at)
        if self.last_inbound_at is None or occurred_at > self.last_inbound_at:
            self.last_inbound_at = occurred_at
        self.reply_window_seconds = window_seconds
        self.reach(identity, name)

    def reach(self, identity: Identity, name: str) -> None:
        """Note where the customer is to be answered from now on."""
        self.recipient = Recipient(identity.kind, identity.address, name or self.recipient.name)

    def hold(self, message_id: str) -> None:
        """Keep a message until the customer writes again."""
        if message_id not in self.drafts:
            self.drafts = [*self.drafts, message_id]

    def drop(self, message_id: str) -> None:
        """Keep the message no longer."""
        self.drafts = [each for each in self.drafts if each != message_id]

    def may_ask_for_answer(self, at: datetime) -> bool:
        """Whether the customer may be asked to write now: not more often than once in 24 hours."""
        return self.please_answer_at is None or at - self.please_answer_at >= PLEASE_ANSWER_EVERY

    def ticket_moved(self, ticket_id: str, closed: bool) -> None:
        """Keep the ticket that further messages join: an open one, never a closed one."""
        self.last_ticket_id = ticket_id
        self.seen_to()
        if not closed:
            self.open_ticket_id = ticket_id
        elif self.open_ticket_id == ticket_id:
            self.open_ticket_id = None

    def ticket_left(self, ticket_id: str) -> None:
        """Further messages neither join nor reopen this ticket any more."""
        self.open_ticket_id = None if self.open_ticket_id == ticket_id else self.open_ticket_id
        self.last_ticket_id = None if self.last_ticket_id == ticket_id else self.last_ticket_id
