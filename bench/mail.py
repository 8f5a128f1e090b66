"""G14: mails per second on their whole way: fetched from a mailbox, kept, read, published, committed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from bench.ledger import desk_database, wait_for_messages
from bench.report import Report
from bench.servers import CpuMeter, Servers
from bench.sizes import Sizes
from deploy.local.ports import HOST
from deploy.local.private import PrivateDovecot
from shared.mongo.connect import connect

GOAL: Final = 100.0
SIZE: Final = 20_000
"""Bytes of a mail."""
SENDERS: Final = 200
_DESK: Final = "bench_mail"
_COLLECTOR: Final = "bench_mail_collector"
_USER: Final = "support@desk.bench"
_PASSWORD: Final = "letters"
_SECONDS: Final = 300.0
_WARM_UP: Final = 20
_CHANNELS: Final = """\
channels:
  - id: mail
    kind: email
    name: Mail
    address: {user}
    imap: {{host: {host}, port: {port}, security: none, user: {user}, password: {password}}}
    smtp: {{host: {host}, port: 25, security: none}}
"""
_LINES: Final = (
    "The parcel came on Tuesday and was opened; three of the cups are broken, and nobody answers.\r\n"
)


def mail(number: int) -> bytes:
    """A letter of SIZE bytes from one of the senders, plain and as HTML."""
    head = (
        f"From: Customer {number % SENDERS} <c{number % SENDERS}@customers.bench>\r\nTo: {_USER}\r\n"
        f"Subject: Broken cups, order {number}\r\nMessage-ID: <{number}@customers.bench>\r\n"
        "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="cups"\r\n\r\n'
    )
    half = _LINES * ((SIZE - len(head)) // 2 // len(_LINES))
    page = half.replace("Tuesday", "<b>Tuesday</b>")
    return (
        f"{head}--cups\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{half}"
        f"--cups\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{page}</p>\r\n--cups--\r\n"
    ).encode()


def run(running: Servers, sizes: Sizes) -> Report:
    """Measure and report."""
    assert running.mongo is not None
    running.prepare_database(_DESK)
    amqp_url = running.vhost("bench-mail")
    desk = desk_database(running.mongo, _DESK)
    report = Report("mail")
    with PrivateDovecot({_USER: _PASSWORD}) as mailboxes:
        channels = running.folder / "mail-channels.yaml"
        channels.write_text(
            _CHANNELS.format(user=_USER, password=_PASSWORD, host=HOST, port=mailboxes.node.port)
        )
        worker = running.worker(amqp_url, _DESK, channels)
        collector = running.collector(amqp_url, _COLLECTOR, channels)
        new = mailboxes.node.maildir(_USER) / "new"
        _wait_for_folder(new)
        _deliver(new, range(_WARM_UP))
        wait_for_messages(desk, _WARM_UP, _SECONDS)
        named = {"collector": collector.pid, "worker": worker.pid, "imap": mailboxes.pid} | running.pids()
        meter = CpuMeter({name: pid for name, pid in named.items() if pid is not None})
        meter.start()
        began = time.monotonic()
        _deliver(new, range(_WARM_UP, _WARM_UP + sizes.mails))
        ended = wait_for_messages(desk, _WARM_UP + sizes.mails, _SECONDS)
        meter.stop()
    rate = sizes.mails / (ended - began)
    what = f"mails of {SIZE:,} bytes from mailbox to commit"
    report.at_least("G14", what, GOAL, rate, f"{rate:,.0f} mails/s", "mails/s")
    report.note("processor time of a mail", meter.per(sizes.mails, "ms", 1e3))
    report.none_of("", f"of {sizes.mails:,} mails lost or doubled", _faults(running, sizes.mails))
    return report


def _wait_for_folder(new: Path) -> None:
    """Dovecot makes a mailbox when somebody first looks into it."""
    deadline = time.monotonic() + _SECONDS
    while not new.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the mailbox was never opened")
        time.sleep(0.05)


def _deliver(new: Path, numbers: range) -> None:
    """As a delivery agent does it: each mail a file."""
    owner = new.stat()
    for number in numbers:
        waiting = new.parent / "tmp" / f"1700000000.M{number:07d}P1.bench"
        waiting.write_bytes(mail(number))
        os.chown(waiting, owner.st_uid, owner.st_gid)
        waiting.rename(new / waiting.name)


def _faults(running: Servers, count: int) -> list[str]:
    """Each mail is one message, and none is in quarantine."""
    assert running.mongo is not None
    with connect(running.mongo.uri, "bench") as client:
        desk = client[_DESK]
        ids = {
            each
            for message in desk["messages"].find({}, {"provider_message_ids": 1})
            for each in message["provider_message_ids"]
        }
        expected = {f"{number}@customers.bench" for number in range(_WARM_UP + count)}
        stored = desk["messages"].count_documents({})
        aside = desk["quarantine"].count_documents({})
    faults = [f"lost: {each}" for each in sorted(expected - ids)[:5]]
    faults += [f"{stored} messages of {len(expected)} mails"] if stored != len(expected) else []
    return faults + ([f"{aside} in quarantine"] if aside else [])
