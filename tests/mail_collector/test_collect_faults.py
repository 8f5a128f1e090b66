"""Whatever breaks while mails are collected: every mail comes, and the desk can tell that it comes once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from imapclient import DELETED, IMAPClient

from deploy.local.private import PrivateDovecot, PrivateMongo, PrivateRabbitMQ
from services.mail_collector.channels.email import folder as imap
from services.mail_collector.domain import stumbles
from tests.mail_collector.rig import LightReader, Rig, mail, mailbox
from tests.support.cutting import CuttingProxy
from tests.support.dovecot import PASSWORD, SUPPORT, deliver, logged_in, renumber
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.fault]

BIG = "x" * 76 + "\r\n"


@pytest.fixture
def proxy(dovecot: PrivateDovecot) -> Iterator[CuttingProxy]:
    """Between the collector and the mailbox."""
    with CuttingProxy(dovecot.node.port) as proxy:
        yield proxy


def _keys(rig: Rig) -> Counter[str]:
    """How often each mail was published: the desk drops what it knows by this key."""
    return Counter(message.dedupe_key for message in rig.told.of("message.received"))


@pytest.mark.parametrize("bytes_through", [300, 1_500, 3_000, 40_000, 200_000])
def test_a_connection_cut_anywhere_loses_and_doubles_nothing(
    dovecot: PrivateDovecot, proxy: CuttingProxy, rig: Rig, bytes_through: int
) -> None:
    """In the log-in, between answers, in the middle of a mail's literal: every byte may be the last."""
    deliver(dovecot, [mail(number, body=BIG * 400) for number in range(10)])
    proxy.cut_after(bytes_through)
    with rig.collecting(mailbox(dovecot, port=proxy.port)):
        rig.told.wait_for(10)
    assert proxy.cut == 1
    assert rig.told.subjects() == [f"Mail {number}" for number in range(10)]
    assert all(BIG.strip() in message.text for message in rig.told.of("message.received"))


def test_a_server_killed_in_mid_fetch_is_waited_for(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(number, body=BIG * 1_000) for number in range(60)])
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(1)
        dovecot.kill()
        dovecot.start()
        rig.told.wait_for(60, seconds=40)
    assert sorted(rig.told.subjects()) == sorted(f"Mail {number}" for number in range(60))
    assert set(_keys(rig).values()) == {1}


def test_other_uids_do_not_bring_old_mails_back(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(number) for number in range(5)])
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(5)
    dovecot.stop()
    renumber(dovecot)
    dovecot.start()
    deliver(dovecot, [mail(99)])
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(6)
    assert rig.told.subjects() == [*(f"Mail {number}" for number in range(5)), "Mail 99"]


def test_a_folder_made_anew_begins_with_the_same_uids(dovecot: PrivateDovecot, rig: Rig) -> None:
    deliver(dovecot, [mail(1), mail(2)], folder="Shop")
    settings = mailbox(dovecot, folders=("Shop",))
    with rig.collecting(settings):
        rig.told.wait_for(2)
    with logged_in(dovecot) as client:
        client.delete_folder("Shop")
    deliver(dovecot, [mail(2), mail(3)], folder="Shop")
    with rig.collecting(settings):
        rig.told.wait_for(3)
    assert rig.told.subjects() == ["Mail 1", "Mail 2", "Mail 3"]


def test_mails_that_somebody_removes_meanwhile_stop_nothing(
    dovecot: PrivateDovecot, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(dovecot, [mail(number) for number in range(6)])
    listed = imap.ImapMailbox.listed

    def and_removed(self: imap.ImapMailbox, uids: list[int]) -> list[object]:
        found = listed(self, uids)
        with logged_in(dovecot) as client:
            client.select_folder("INBOX")
            client.add_flags([uid for uid in uids if uid % 2], [DELETED])
            client.expunge()
        return list(found)

    monkeypatch.setattr(imap.ImapMailbox, "listed", and_removed)
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(3)
        monkeypatch.undo()
        deliver(dovecot, [mail(99)])
        rig.told.wait_for(4)
    assert rig.told.subjects()[-1] == "Mail 99"
    assert len(rig.told.subjects()) == 4


def test_a_mail_the_server_cannot_hand_out_holds_up_nobody(
    dovecot: PrivateDovecot, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stumbles, "REFUSED_TRIES", 2)
    deliver(dovecot, [mail(number) for number in range(5)])
    with logged_in(dovecot) as client:
        client.select_folder("INBOX", readonly=True)
        broken = client.search()[2]
    fetch = IMAPClient.fetch

    def refused(self: IMAPClient, uids: list[int], data: list[bytes]) -> object:
        if b"BODY.PEEK[]" in data and broken in uids:
            raise IMAPClient.Error("fetch failed: content conversion failed")
        return fetch(self, uids, data)

    monkeypatch.setattr(IMAPClient, "fetch", refused)
    with rig.collecting(mailbox(dovecot)):
        rig.told.wait_for(4, seconds=40)
        [item] = rig.told.wait_for(1, "item.quarantined")
    assert rig.told.subjects() == ["Mail 0", "Mail 1", "Mail 3", "Mail 4"]
    assert item.reason == "unfetchable"
    assert "content conversion failed" in item.detail


def test_without_a_broker_the_mail_waits_in_its_mailbox(
    dovecot: PrivateDovecot, private_rabbitmq: PrivateRabbitMQ, mongodb_uri: str, database_name: str
) -> None:
    rig = Rig(private_rabbitmq.url, mongodb_uri, database_name)
    with rig.collecting(mailbox(dovecot)):
        deliver(dovecot, [mail(1)])
        rig.told.wait_for(1)
        rig.told.close()
        private_rabbitmq.kill()
        deliver(dovecot, [mail(2), mail(3)])
        private_rabbitmq.start()
        again = Rig(private_rabbitmq.url, mongodb_uri, database_name)
        again.told.wait_for(2, seconds=60)
    assert again.told.subjects()[-2:] == ["Mail 2", "Mail 3"]
    again.told.close()


def test_without_a_blob_store_the_cursor_stays(
    dovecot: PrivateDovecot, rig: Rig, private_mongo: PrivateMongo
) -> None:
    private_mongo.kill()
    deliver(dovecot, [mail(1)])
    with rig.collecting(mailbox(dovecot), blobs_uri=private_mongo.uri) as worker:
        wait_until(lambda: worker.publisher.ready())
        assert rig.told.of("message.received") == []
        private_mongo.start()
        rig.told.wait_for(1, seconds=60)
    assert rig.told.subjects() == ["Mail 1"]


def test_ten_thousand_mails_come_steadily_in_bounded_memory(dovecot: PrivateDovecot, rig: Rig) -> None:
    """They are put into the maildir as files, as a delivery agent does it."""
    new = dovecot.node.maildir(SUPPORT) / "new"
    stat = new.stat()
    for number in range(10_000):
        path = new / f"1700000000.M{number:06d}P1.desk"
        path.write_bytes(mail(number))
        os.chown(path, stat.st_uid, stat.st_gid)
    rig.reader = LightReader()
    before = psutil.Process().memory_info().rss
    with rig.collecting(mailbox(dovecot, after="keep")):
        rig.told.wait_for(10_000, seconds=110)
    grown = psutil.Process().memory_info().rss - before
    assert _keys(rig).total() == len(_keys(rig)) == 10_000
    assert grown < 150_000_000, "what was told is kept by this test, the mails are not"


CHANNELS = """\
channels:
  - id: mail
    kind: email
    address: {address}
    poll_seconds: 5
    imap: {{host: 127.0.0.1, port: {port}, security: none, user: {address}, password: {password}}}
"""


def test_a_worker_killed_in_the_midst_loses_nothing(
    dovecot: PrivateDovecot, rig: Rig, tmp_path: Path
) -> None:
    """The whole process as it is deployed; the next one finishes what it began."""
    deliver(dovecot, [mail(number, body=BIG * 20) for number in range(120)])
    channels = tmp_path / "channels.yaml"
    channels.write_text(CHANNELS.format(address=SUPPORT, port=dovecot.node.port, password=PASSWORD))
    environment = os.environ | {
        "AMQP_URL": rig.amqp_url,
        "MONGODB_URI": rig.mongodb_uri,
        "MONGODB_DATABASE": rig.database_name,
        "BLOBS_DATABASE": f"{rig.database_name}_blobs",
        "SPORTELLO_CHANNELS": str(channels),
    }
    for wanted in (30, 120):
        with (tmp_path / "worker.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "services.mail_collector.worker"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: len(_keys(rig)) >= wanted, 90)  # noqa: B023 - called at once
        finally:
            os.killpg(child.pid, 9)
            child.wait()
    assert sorted(set(rig.told.subjects())) == sorted(f"Mail {number}" for number in range(120))
    assert len(_keys(rig)) == 120
