"""From a real mailbox to a real broker: every mail once, in order, and what becomes of it afterwards."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from imapclient import SEEN
from pymongo import MongoClient

from deploy.local.private import PrivateDovecot
from services.mail_collector.channels.email.after import KEYWORD
from services.mail_collector.wiring import prepare_store
from shared.blobs.gridfs import GridFsBlobStore
from tests.mail_collector.rig import Rig, mail, mailbox
from tests.support.dovecot import SALES, SUPPORT, deliver, logged_in
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration

WITH_FILE = b"""\
From: anna@customer.test
Subject: Holiday
Message-ID: <f@customer.test>
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

See the list
--b
Content-Type: text/csv; name="list.csv"
Content-Disposition: attachment; filename="list.csv"

a;b;c
--b--
""".replace(b"\n", b"\r\n")


def _left(server: PrivateDovecot, folder: str = "INBOX", user: str = SUPPORT) -> int:
    with logged_in(server, user) as client:
        return int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"])


def test_mails_come_once_and_in_order_and_stay_unread(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(number) for number in range(12)])
    with rig.collecting(mailbox(dovecot)):
        messages = rig.told.wait_for(12)
        assert [message.mail.subject for message in messages] == [f"Mail {number}" for number in range(12)]
        assert {message.contact_key for message in messages} == {"mail:anna@customer.test"}

        def flagged() -> bool:
            with logged_in(dovecot) as client:
                client.select_folder("INBOX", readonly=True)
                flags = client.get_flags(client.search())
                assert not any(SEEN in each for each in flags.values())
                return all(KEYWORD in each for each in flags.values())

        wait_until(flagged)
    with rig.collecting(mailbox(dovecot)):
        deliver(dovecot, [mail(99)])
        rig.told.wait_for(13)
    assert rig.told.subjects()[12:] == ["Mail 99"], "a restart goes on where it was"


def test_a_new_mail_is_told_by_the_server(dovecot: PrivateDovecot, rig: Rig) -> None:
    """The mailbox is polled once an hour here: without IDLE the mails would not come."""
    with rig.collecting(mailbox(dovecot)):
        for number in range(3):
            deliver(dovecot, [mail(number)])
            rig.told.wait_for(number + 1, seconds=10)


def test_the_mail_as_it_came_and_its_files_are_kept_before_anybody_hears_of_them(
    dovecot: PrivateDovecot, rig: Rig
) -> None:
    deliver(dovecot, [WITH_FILE])
    with rig.collecting(mailbox(dovecot)):
        [message] = rig.told.wait_for(1)
        [stored] = rig.told.wait_for(1, "media.stored")
    with MongoClient[dict[str, Any]](rig.mongodb_uri) as client:
        blobs = GridFsBlobStore(client, f"{rig.database_name}_blobs")
        with blobs.open(message.mail.raw_blob) as (blob, content):
            assert (b"".join(content), blob.mime_type) == (WITH_FILE, "message/rfc822")
        with blobs.open(stored.file.blob_id) as (_, content):
            assert b"".join(content).strip() == b"a;b;c"
    assert stored.message_id == message.dedupe_key
    assert [file.id for file in message.attachments] == [stored.file.id]
    assert (stored.file.filename, stored.file.mime_type) == ("list.csv", "text/csv")


def test_several_folders_are_read_and_a_mail_in_two_of_them_is_one(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(1), mail(2)])
    deliver(dovecot, [mail(2), mail(3)], folder="Shop")
    with rig.collecting(mailbox(dovecot, folders=("INBOX", "Shop"), poll_seconds=1)):
        rig.told.wait_for(3)
        deliver(dovecot, [mail(4)], folder="Shop")
        rig.told.wait_for(4)
    assert sorted(rig.told.subjects()) == ["Mail 1", "Mail 2", "Mail 3", "Mail 4"]


def test_a_mail_to_two_mailboxes_of_the_desk_is_one(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(1), mail(2)])
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(2)
    deliver(dovecot, [mail(1), mail(3)], user=SALES)
    with rig.collecting(mailbox(dovecot), mailbox(dovecot, id="sales", user=SALES)):
        rig.told.wait_for(3)
    assert sorted(rig.told.subjects()) == ["Mail 1", "Mail 2", "Mail 3"]


@pytest.mark.parametrize(
    ("after", "in_inbox", "in_done"), [("keep", 3, 0), ("flag", 3, 0), ("move", 0, 3), ("delete", 0, 0)]
)
def test_collected_mails_are_treated_as_the_channel_wants(
    dovecot: PrivateDovecot, rig: Rig, after: str, in_inbox: int, in_done: int
) -> None:
    deliver(dovecot, [mail(number) for number in range(3)])
    with rig.collecting(mailbox(dovecot, after=after, move_to="Archive/Done" if after == "move" else "")):
        rig.told.wait_for(3)
        wait_until(lambda: _left(dovecot) == in_inbox)
    if in_done:
        assert _left(dovecot, "Archive/Done") == in_done


def test_a_huge_mail_is_put_aside_unfetched_and_never_removed(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(1), mail(2, subject="Huge", body="x" * 200_000), mail(3)])
    settings = mailbox(dovecot, after="delete", max_mail_bytes=100_000)
    with rig.collecting(settings):
        rig.told.wait_for(2)
        [item] = rig.told.wait_for(1, "item.quarantined")
        wait_until(lambda: _left(dovecot) == 1)
    with rig.collecting(settings):
        deliver(dovecot, [mail(4)])
        rig.told.wait_for(3)
        wait_until(lambda: _left(dovecot) == 1)
    assert rig.told.subjects() == ["Mail 1", "Mail 3", "Mail 4"]
    assert (item.reason, item.replay) == ("too-large", None)
    assert "Subject: Huge" in item.payload
    assert len(rig.told.of("item.quarantined")) == 1, "and it is told once"


def test_a_mail_that_cannot_be_read_waits_in_quarantine_and_comes_when_it_can(
    dovecot: PrivateDovecot, rig: Rig
) -> None:
    rig.reader.spoilt.add(b"Mail 2")
    deliver(dovecot, [mail(1), mail(2), mail(3)])
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(2)
        [item] = rig.told.wait_for(1, "item.quarantined")
        assert rig.told.subjects() == ["Mail 1", "Mail 3"], "those behind it are not held up"
        assert (item.reason, item.raw_blob[:5]) == ("took-too-long", "mail-")
        assert "Subject: Mail 2" in item.payload

        rig.told.publish(item.replay.exchange, item.replay.routing_key, item.replay.body)
        again = rig.told.wait_for(2, "item.quarantined")
        assert again[1].replay is not None, "what fails again can be tried again"

        rig.reader.spoilt.clear()
        rig.told.publish(item.replay.exchange, item.replay.routing_key, item.replay.body)
        rig.told.wait_for(3)
    assert rig.told.subjects() == ["Mail 1", "Mail 3", "Mail 2"]


def test_a_replay_of_a_mail_that_is_gone_is_parked(dovecot: PrivateDovecot, rig: Rig) -> None:
    rig.reader.spoilt.add(b"Mail 1")
    deliver(dovecot, [mail(1)])
    with rig.collecting(mailbox(dovecot)):
        [item] = rig.told.wait_for(1, "item.quarantined")
        with MongoClient[dict[str, Any]](rig.mongodb_uri) as client:
            assert GridFsBlobStore(client, f"{rig.database_name}_blobs").delete(item.raw_blob)
        rig.told.publish(item.replay.exchange, item.replay.routing_key, item.replay.body)
        items = rig.told.wait_for(2, "item.quarantined")
    assert items[1].reason == "mail-missing"


def test_a_mailbox_may_begin_with_new_mails_only(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(1), mail(2)], at=datetime.now(UTC) - timedelta(days=3))
    with rig.collecting(mailbox(dovecot, start="now")):
        rig.told.wait_for(1, "channel.reported")
        deliver(dovecot, [mail(3)])
        rig.told.wait_for(1)
    assert rig.told.subjects() == ["Mail 3"]


def test_a_mailbox_that_fails_harms_no_other_and_is_told_until_it_works(
    dovecot: PrivateDovecot, rig: Rig
) -> None:
    deliver(dovecot, [mail(1)])
    deliver(dovecot, [mail(2)], user=SALES)
    wrong = mailbox(dovecot, id="sales", user=SALES, password="guessed")
    with rig.collecting(mailbox(dovecot), wrong) as worker:
        rig.told.wait_for(1)
        reports = {report.channel_id: report for report in rig.told.wait_for(2, "channel.reported")}
        assert "cannot be read now: sales" in (worker.checks["mailboxes"]() or "")
    assert reports["mail"].level == "ok"
    assert (reports["sales"].level, reports["sales"].aspect) == ("failing", "mailbox")
    assert "refuses the log-in" in reports["sales"].title
    assert "guessed" not in str(reports)

    with rig.collecting(mailbox(dovecot), mailbox(dovecot, id="sales", user=SALES)):
        rig.told.wait_for(2)
        wait_until(
            lambda: (
                [report.level for report in rig.told.of("channel.reported") if report.channel_id == "sales"][
                    -1
                ]
                == "ok"
            )
        )


def test_of_two_replicas_one_reads_and_the_other_takes_over(dovecot: PrivateDovecot, rig: Rig) -> None:
    settings = mailbox(dovecot)
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(rig.collecting(settings))
        rig.told.wait_for(1, "channel.reported")
        second.enter_context(rig.collecting(settings))
        deliver(dovecot, [mail(number) for number in range(5)])
        rig.told.wait_for(5)
        assert len(rig.told.of("channel.reported")) == 1, "the second one has not even looked"
        first.close()
        deliver(dovecot, [mail(9)])
        rig.told.wait_for(6)
    assert rig.told.subjects() == [*(f"Mail {number}" for number in range(5)), "Mail 9"]


def test_preparing_twice_changes_nothing(rig: Rig) -> None:
    store = rig.settings([]).store
    prepare_store(store)
    prepare_store(store)
    with MongoClient[dict[str, Any]](rig.mongodb_uri) as client:
        assert "at_1" in client[rig.database_name]["handled"].index_information()
