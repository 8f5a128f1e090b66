"""What no test server shows: folders beyond one line, mails nobody hands out, faults of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from services.mail_collector.channels.email import folder
from services.mail_collector.channels.email.idle import wait_for_mail
from services.mail_collector.channels.email.settings import EmailSettings, ImapServer
from services.mail_collector.collect.standing import Standing
from services.mail_collector.collect.watch import MailboxWatch, Watched
from services.mail_collector.domain.cursor import Cursor
from services.mail_collector.domain.plan import Plan
from services.mail_collector.ports import MAILBOX, Listed, Mailbox, MailboxTrouble, Unfetchable, Unsettled
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop
from tests.mail_collector.rig import mail
from tests.mail_collector.test_walking import NOW, PLAN, Desk, MemoryMailbox, desk
from tests.support.memory_broker import MemoryBroker

__all__ = ["desk"]

LINE = 1_000_000
"""Bytes: a longer line is refused by the library."""


class LargeFolder:
    """A client whose server has very many mails."""

    def __init__(self, uids: list[int]) -> None:
        self.uids = uids
        self.searches = 0

    def select_folder(self, name: str) -> dict[bytes, int]:
        """Its state."""
        return {b"UIDVALIDITY": 1, b"UIDNEXT": self.uids[-1] + 1}

    def search(self, criteria: list[str]) -> list[int]:
        """As RFC 3501 has it: the last mail is always of `n:*`."""
        self.searches += 1
        first, _, last = criteria[1].partition(":")
        until = self.uids[-1] if last == "*" else int(last)
        low, high = min(int(first), until), max(int(first), until)
        found = [uid for uid in self.uids if low <= uid <= high]
        assert len(" ".join(map(str, found))) < LINE, "got more than 1000000 bytes"
        return found


@pytest.mark.parametrize(
    ("uids", "after"),
    [
        (list(range(1, 400_001)), 0),
        (list(range(1, 400_001)), 250_000),
        (list(range(1, 400_001)), 400_000),
        ([5], 0),
        ([7, 4_000_000_000], 0),
    ],
)
def test_however_many_mails_a_folder_has_all_of_them_are_found(
    monkeypatch: pytest.MonkeyPatch, uids: list[int], after: int
) -> None:
    client = LargeFolder(uids)
    monkeypatch.setattr(folder, "connect", lambda server, tokens: client)
    settings = EmailSettings(
        "mail", "support@desk.test", ImapServer("127.0.0.1", 143, "support", "none", "x")
    )
    mailbox = folder.ImapMailbox(settings, None)
    mailbox.open("INBOX")
    assert mailbox.uids_after(after) == [uid for uid in uids if uid > after]
    assert client.searches <= folder.MOST_SEARCHES + 1


def test_a_huge_mail_whose_headers_nobody_hands_out_stops_nothing(desk: Desk) -> None:
    mailbox = MemoryMailbox({1: mail(1, body="x" * 9_000), 2: mail(2)})

    def refuse(uid: int) -> bytes:
        raise Unfetchable(MailboxTrouble(MAILBOX, "no", "NO cannot read it", ""), (uid,), refused=True)

    mailbox.headers = refuse  # type: ignore[method-assign]
    desk.walk(mailbox)
    assert desk.subjects() == ["Mail 2"]
    assert [event.data.reason for event in desk.broker.events("item.quarantined")] == ["too-large"]


@pytest.mark.parametrize("body", ["spoilt", "x" * 9_000], ids=["unreadable", "too large"])
def test_of_a_mail_put_aside_people_see_first_who_wrote_it(desk: Desk, body: str) -> None:
    raw = b"Received: from here\r\n by there\r\n" * 200 + mail(1, body=body)
    desk.reader.spoilt.add(b"spoilt")
    desk.walk(MemoryMailbox({1: raw}), replace(PLAN, max_mail_bytes=len(raw) if body == "spoilt" else 5_000))
    [item] = desk.broker.events("item.quarantined")
    assert item.data.payload.startswith("From: Anna <anna@customer.test>\r\nTo: ")
    assert "Subject: Mail 1\r\n" in item.data.payload
    assert "Received: from here\r\n by there\r\n" in item.data.payload


def test_where_collected_mails_cannot_be_moved_the_next_ones_come_in_and_all_are_moved_later(
    desk: Desk,
) -> None:
    mailbox = MemoryMailbox({1: mail(1), 2: mail(2, body="x" * 9_000)})
    mailbox.full = True
    desk.walk(mailbox)
    mailbox.mails[3] = mail(3)
    desk.walk(mailbox)
    assert (desk.subjects(), mailbox.settled) == (["Mail 1", "Mail 3"], [])
    mailbox.full = False
    desk.walk(mailbox)
    assert (desk.subjects(), mailbox.settled) == (["Mail 1", "Mail 3"], [1, 3])


def test_what_was_there_before_the_desk_is_never_moved_or_deleted(desk: Desk) -> None:
    since = Cursor(1, 2, 0, NOW, NOW)
    desk.memory.cursors["mail", "INBOX"] = since
    mailbox = MemoryMailbox({1: mail(1), 2: mail(2)})
    mailbox.listed = lambda uids: [Listed(uid, 9, NOW + timedelta(hours=uid - 1, minutes=-1)) for uid in uids]  # type: ignore[method-assign]
    desk.walk(mailbox, replace(PLAN, only_new=True))
    assert mailbox.settled == [2]


def test_mails_that_stay_where_they_were_collected_are_a_warning_until_they_go() -> None:
    broker = MemoryBroker()
    standing = Standing(PLAN, broker.publisher(), utc_now, new_id)
    standing.works("", Unsettled(MAILBOX, "full", "NO quota", "Make room."))
    standing.works()
    assert [event.data.level for event in broker.events("channel.reported")] == ["warning", "ok"]


class _Lease:
    """Always ours."""

    def hold(self) -> bool:
        """It is."""
        return True

    def release(self) -> None:
        """Nothing to give back."""


def test_a_fault_of_the_collectors_own_is_told_like_any_other() -> None:
    broker, stop = MemoryBroker(), Stop()
    plan = Plan("mail", "support@desk.test", ("INBOX",))
    standing = Standing(plan, broker.publisher(), utc_now, new_id, patience=timedelta(0))

    def broken() -> Mailbox:
        stop.request()
        raise RuntimeError("Unexpected error within the Pool")

    lease: Any = _Lease()
    MailboxWatch("mail", Watched(broken, [], standing, str, broker.publisher(), lease), stop).run()
    [told] = [event.data for event in broker.events("channel.reported")]
    assert (told.level, told.aspect) == ("failing", MAILBOX)
    assert "Unexpected error" in told.detail


class Quiet:
    """A client whose server knows no IDLE, so that asking for it would be a fault."""

    def has_capability(self, name: str) -> bool:
        """It has none."""
        return False


@pytest.mark.parametrize("leave", [True, False], ids=["told to stop", "time is over"])
def test_where_the_server_offers_no_idle_a_while_is_waited_and_no_longer_than_the_lease(leave: bool) -> None:
    client: Any = Quiet()
    asked: list[int] = []

    def alive() -> bool:
        asked.append(1)
        return not leave

    began = monotonic()
    wait_for_mail(client, 600.0 if leave else 0.05, alive)
    assert asked
    assert monotonic() - began < 30
