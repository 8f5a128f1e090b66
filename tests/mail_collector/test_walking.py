"""What a walk through a folder does, decided without servers: portions, stumbles, cursors, pauses, health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail_collector.channels.email.content_key import content_key
from services.mail_collector.collect.folder import FolderWalk
from services.mail_collector.collect.handling import Tools
from services.mail_collector.collect.reading import MailReading
from services.mail_collector.collect.standing import Standing
from services.mail_collector.domain.backoff import Backoff
from services.mail_collector.domain.cursor import Cursor, first_cursor, renumbered
from services.mail_collector.domain.plan import Plan
from services.mail_collector.domain.portions import portions
from services.mail_collector.domain.stumbles import CUT_FOR, CUT_TRIES, REFUSED_TRIES, Stumbles
from services.mail_collector.ports import LOGIN, MAILBOX, FolderState, Listed, MailboxTrouble, Unsettled
from shared.messaging.message import BrokerUnavailable, Unavailable
from tests.mail_collector.rig import DirectReader, mail
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.memory_broker import MemoryBroker

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PLAN = Plan("mail", "support@desk.test", ("INBOX",), max_mail_bytes=5_000)


class MemoryMailbox:
    """A mailbox in a dict; `cut_at` breaks the fetch of that UID once."""

    def __init__(self, mails: dict[int, bytes], validity: int = 1) -> None:
        self.mails = mails
        self.validity = validity
        self.settled: list[int] = []
        self.fetched: list[int] = []
        self.cut_at: int | None = None
        self.full = False

    def open(self, folder: str) -> FolderState:
        """Its state."""
        return FolderState(self.validity, max(self.mails, default=0) + 1)

    def uids_after(self, uid: int) -> list[int]:
        """The UIDs above."""
        return sorted(number for number in self.mails if number > uid)

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Sizes."""
        return [Listed(uid, len(self.mails[uid]), NOW) for uid in uids if uid in self.mails]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails."""
        if self.cut_at in uids:
            self.cut_at = None
            raise MailboxTrouble(MAILBOX, "cut", "cut", "")
        self.fetched += uids
        return {uid: self.mails[uid] for uid in uids if uid in self.mails}

    def headers(self, uid: int) -> bytes:
        """The headers."""
        return self.mails[uid].partition(b"\r\n\r\n")[0]

    def settle(self, uids: Sequence[int]) -> None:
        """Noted; refused while the place they go to is full."""
        if self.full and uids:
            raise Unsettled(MAILBOX, "full", "NO quota", "Make room.")
        self.settled += uids

    def wait(self, alive: Callable[[], bool]) -> None:
        """Nothing comes."""

    def close(self) -> None:
        """Nothing is open."""


class Remembering:
    """The memory's twin; `fail_at` counts down the calls until the database is away once."""

    def __init__(self) -> None:
        self.cursors: dict[tuple[str, str], Cursor] = {}
        self.keys: set[str] = set()
        self.fail_at = 0

    def _meet(self) -> None:
        self.fail_at -= 1
        if self.fail_at == 0:
            raise Unavailable("away")

    def cursor(self, channel_id: str, folder: str) -> Cursor | None:
        """How far."""
        self._meet()
        return self.cursors.get((channel_id, folder))

    def keep_cursor(self, channel_id: str, folder: str, cursor: Cursor) -> None:
        """So far."""
        self._meet()
        self.cursors[channel_id, folder] = cursor

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those handled."""
        self._meet()
        return self.keys & set(keys)

    def remember(self, keys: Sequence[str], now: datetime) -> None:
        """Handled."""
        self._meet()
        self.keys |= set(keys)


@dataclass
class Desk:
    """Everything around one walk."""

    broker: MemoryBroker
    memory: Remembering
    blobs: MemoryBlobStore
    readers: ThreadPoolExecutor
    reader: DirectReader = field(default_factory=DirectReader)

    def walk(self, mailbox: MemoryMailbox, plan: Plan = PLAN) -> None:
        """Once through the folder."""
        tools = Tools(
            self.memory,  # type: ignore[arg-type]
            MailReading(self.reader, self.blobs),
            self.broker.publisher(),
            self.readers,
            content_key,
            frozenset({"support@desk.test"}),
            lambda: NOW,
        )
        FolderWalk(plan, "INBOX", tools).walk(mailbox, lambda: True)

    def subjects(self) -> list[str]:
        """Of what was published; a mail said twice is the same event to whoever reads it."""
        events = {event.id: event.data.mail.subject for event in self.broker.events("message.received")}
        return list(events.values())


@pytest.fixture
def desk() -> Desk:
    """Nothing was read yet."""
    return Desk(MemoryBroker(), Remembering(), MemoryBlobStore(), ThreadPoolExecutor(2))


@pytest.mark.parametrize("step", range(1, 12))
def test_wherever_the_database_goes_away_the_next_walk_finishes_and_nothing_is_lost(
    desk: Desk, step: int
) -> None:
    mailbox = MemoryMailbox({number: mail(number) for number in range(1, 4)})
    desk.memory.fail_at = step
    for _ in range(2):
        try:
            desk.walk(mailbox)
        except Unavailable:
            continue
    assert desk.subjects() == ["Mail 1", "Mail 2", "Mail 3"]
    assert desk.memory.cursors["mail", "INBOX"] == Cursor(1, 3, 3, NOW)
    assert set(mailbox.settled) == {1, 2, 3}


@pytest.mark.parametrize("away", ["broker", "blobs"])
def test_without_broker_or_blobs_the_cursor_stays_and_nothing_is_settled(desk: Desk, away: str) -> None:
    mailbox = MemoryMailbox({1: mail(1)})
    (desk.broker if away == "broker" else desk.blobs).fail()
    with pytest.raises((BrokerUnavailable, Unavailable)):
        desk.walk(mailbox)
    assert desk.memory.cursors["mail", "INBOX"].last_uid == 0
    assert mailbox.settled == []
    desk.walk(mailbox)
    assert desk.subjects() == ["Mail 1"]


def test_what_was_published_before_the_connection_broke_is_settled_later_but_for_huge_mails(
    desk: Desk,
) -> None:
    desk.memory.cursors["mail", "INBOX"] = Cursor(1, 3, 0, NOW)
    mailbox = MemoryMailbox({1: mail(1), 2: mail(2, body="x" * 9_000), 3: mail(3)})
    desk.walk(mailbox)
    assert (mailbox.settled, mailbox.fetched) == ([1, 3], [])


def test_with_new_mails_only_other_uids_do_not_bring_the_old_ones(desk: Desk) -> None:
    plan = Plan("mail", "support@desk.test", ("INBOX",), only_new=True)
    desk.walk(MemoryMailbox({1: mail(1)}), plan)
    old = MemoryMailbox({1: mail(1), 2: mail(2)}, validity=2)
    old.listed = lambda uids: [Listed(uid, 9, NOW + timedelta(hours=uid - 1, minutes=-1)) for uid in uids]  # type: ignore[method-assign]
    desk.walk(old, plan)
    assert desk.subjects() == ["Mail 2"]


def test_two_mails_with_one_message_id_are_two(desk: Desk) -> None:
    desk.walk(
        MemoryMailbox({1: mail(1, body="the one"), 2: mail(1, body="the other"), 3: mail(1, body="the one")})
    )
    texts = [event.data.text for event in desk.broker.events("message.received")]
    assert texts == ["the one", "the other"]


@given(st.lists(st.integers(0, 6_000_000), max_size=300))
def test_portions_keep_the_order_and_both_limits(sizes: list[int]) -> None:
    mails = [Listed(number, size, NOW) for number, size in enumerate(sizes)]
    cut = list(portions(mails))
    assert [mail for portion in cut for mail in portion] == mails
    for portion in cut:
        assert len(portion) <= 50
        assert len(portion) == 1 or sum(mail.size for mail in portion) <= 4_000_000


def test_one_mail_is_given_up_only_when_it_is_clearly_to_blame() -> None:
    refused, cut = Stumbles(), Stumbles()
    refused.stumbled([1, 2, 3], NOW)
    assert refused.alone
    assert not refused.hopeless(1, NOW, refused=True), "any of the three may be to blame"
    for _ in range(REFUSED_TRIES):
        assert not refused.hopeless(2, NOW, refused=True)
        refused.stumbled([2], NOW)
    assert refused.hopeless(2, NOW, refused=True)
    for _ in range(CUT_TRIES):
        cut.stumbled([7], NOW)
    assert not cut.hopeless(7, NOW, refused=False), "a network that is down for a minute blames no mail"
    assert cut.hopeless(7, NOW + CUT_FOR, refused=False)
    cut.went_well([7])
    assert not cut.hopeless(7, NOW + CUT_FOR, refused=False)


def test_pauses_grow_to_five_minutes_and_begin_anew() -> None:
    backoff = Backoff()
    assert [backoff.next(1.0) for _ in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    backoff.reset()
    assert backoff.next(0.0) == 0.5


def test_a_folder_begins_where_it_is_told_to() -> None:
    assert first_cursor(7, 42, NOW, only_new=True) == Cursor(7, 41, 41, NOW)
    assert first_cursor(7, 42, NOW, only_new=False) == Cursor(7, 0, 0, NOW)
    assert renumbered(Cursor(7, 41, 41, NOW), 8, only_new=False) == Cursor(8, 0, 0, NOW)


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Now."""
        return self.now


def _standing(broker: MemoryBroker, clock: Clock, *, oauth: bool = False) -> Standing:
    plan = Plan("mail", "support@desk.test", ("INBOX",), oauth=oauth)
    return Standing(plan, broker.publisher(), clock, lambda: f"id-{len(broker.published)}")


def _levels(broker: MemoryBroker) -> list[tuple[str, str]]:
    return [(event.data.aspect, event.data.level) for event in broker.events("channel.reported")]


def test_a_short_absence_of_the_server_is_not_worth_a_word() -> None:
    broker, clock = MemoryBroker(), Clock()
    standing = _standing(broker, clock)
    standing.works()
    for seconds in (0, 30, 59, 61, 200):
        clock.now = NOW + timedelta(seconds=seconds)
        standing.troubled(MailboxTrouble(MAILBOX, "away", "no route", "wait"))
    standing.works()
    standing.works()
    assert _levels(broker) == [("mailbox", "ok"), ("mailbox", "failing"), ("mailbox", "ok")]


def test_a_wrong_password_is_told_at_once_and_once() -> None:
    broker, clock = MemoryBroker(), Clock()
    standing = _standing(broker, clock)
    for _ in range(3):
        standing.troubled(MailboxTrouble(MAILBOX, "refused", "wrong", "correct it", lasting=True))
    assert _levels(broker) == [("mailbox", "failing")]


def test_what_the_broker_did_not_take_is_told_again() -> None:
    broker, clock = MemoryBroker(), Clock()
    standing = _standing(broker, clock)
    broker.fail()
    standing.works()
    assert _levels(broker) == []
    standing.tell_again()
    standing.tell_again()
    assert _levels(broker) == [("mailbox", "ok")]


def test_access_that_ends_soon_is_a_warning_until_it_is_renewed() -> None:
    broker, clock = MemoryBroker(), Clock()
    standing = _standing(broker, clock, oauth=True)
    standing.works("The client secret ends on 2026-12-20.")
    standing.works()
    standing.troubled(MailboxTrouble(LOGIN, "refused", "revoked", "grant again", lasting=True))
    assert _levels(broker) == [("mailbox", "ok"), ("login", "warning"), ("login", "ok"), ("login", "failing")]


def test_a_mail_found_again_is_said_once(desk: Desk) -> None:
    desk.walk(MemoryMailbox({1: mail(1)}))
    desk.walk(MemoryMailbox({1: mail(1), 2: mail(1)}, validity=2))
    assert len(desk.broker.published) == 1
