"""Mailboxes in the channels file, the mistakes in them, and what the process serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.mail_collector.app import create_app
from services.mail_collector.channels.email.settings import ImapServer
from services.mail_collector.config import read_settings
from services.mail_collector.wiring import build_app, build_publisher
from shared.runtime.settings import SettingsError
from tests.support.memory_broker import MemoryBroker
from tests.support.waiting import wait_until

MAILBOX = """
channels:
  - id: whatsapp-main
    kind: whatsapp_cloud
    access_token: ${NOT_FOR_US}
  - id: mail
    kind: email
    address: support@example.com
    imap: {host: imap.example.com, port: 993, user: support, password: "${MAIL_PASSWORD}"}
    smtp: {host: 127.0.0.1, port: 25, security: none, password: "${NOT_FOR_US}"}
"""

Declare = Callable[[str], None]


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Sets the environment, with these channels."""
    path = tmp_path / "channels.yaml"
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    monkeypatch.setenv("AMQP_URL", "amqp://localhost")
    monkeypatch.setenv("SPORTELLO_CHANNELS", str(path))
    monkeypatch.setenv("MAIL_PASSWORD", "hush")

    def write(text: str) -> None:
        path.write_text(text)

    return write


def test_a_mailbox_is_read_with_its_secret_and_other_kinds_are_left_alone(declare: Declare) -> None:
    declare(MAILBOX)
    [mailbox] = read_settings().mailboxes
    assert (mailbox.id, mailbox.address, mailbox.folders) == ("mail", "support@example.com", ("INBOX",))
    assert mailbox.imap == ImapServer("imap.example.com", 993, "support", "tls", "hush")
    assert (mailbox.after, mailbox.start) == ("flag", "all"), "nothing is lost, nothing is deleted"
    assert "hush" not in repr(mailbox)


WRONG = [
    ("security: none", "security", "security: the password would be readable on the way"),
    ("security: maybe", "security", "no such way"),
    ("password: ''", "password", "nobody gets in without one"),
    ("ca_file: /nowhere/ca.pem", "ca_file", "there is no such file"),
    ("auth: {kind: xoauth2}", "token_url", "OAuth needs to know whom to ask"),
    (
        "auth: {kind: xoauth2, token_url: 'http://tokens.example', client_id: a, refresh_token: b}",
        "https",
        "secrets are sent encrypted",
    ),
    ("auth: {kind: guess}", "auth", "no such way to log in"),
]


@pytest.mark.parametrize(("changed", "named", "why"), WRONG, ids=[why for *_, why in WRONG])
def test_what_would_leak_a_secret_or_cannot_work_is_refused(
    declare: Declare, changed: str, named: str, why: str
) -> None:
    name = changed.partition(":")[0]
    kept = [part for part in ("user: support", 'password: "${MAIL_PASSWORD}"') if not part.startswith(name)]
    declare(MAILBOX.replace('user: support, password: "${MAIL_PASSWORD}"', ", ".join([*kept, changed])))
    with pytest.raises(SettingsError, match=named):
        read_settings()


def test_without_encryption_only_on_this_machine_or_when_that_is_said(declare: Declare) -> None:
    declare(MAILBOX.replace("imap.example.com", "127.0.0.1").replace("user:", "security: none, user:"))
    assert read_settings().mailboxes[0].imap.security == "none"
    declare(MAILBOX.replace("user:", "security: none, insecure: true, user:"))
    assert read_settings().mailboxes[0].imap.security == "none"


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ("after: move", "move_to"),
        ("after: move\n    move_to: INBOX", "move_to"),
        ("folders: []", "folders"),
        ("max_mail_bytes: 60000000", "max_mail_bytes"),
    ],
)
def test_a_mailbox_that_could_not_be_read_or_emptied_as_it_says_is_refused(
    declare: Declare, declared: str, wrong: str
) -> None:
    declare(f"{MAILBOX}    {declared}\n")
    with pytest.raises(SettingsError, match=wrong):
        read_settings()


def test_other_addresses_of_a_mailbox_are_the_desks_own(declare: Declare) -> None:
    declare(f"{MAILBOX}    aliases: [Help@example.com, sales@example.com]\n")
    [mailbox] = read_settings().mailboxes
    assert mailbox.addresses == ("support@example.com", "help@example.com", "sales@example.com")
    declare(f"{MAILBOX}    aliases: [nobody]\n")
    with pytest.raises(SettingsError, match="aliases"):
        read_settings()


def test_no_mailbox_is_fine(declare: Declare) -> None:
    declare("channels: []")
    assert read_settings().mailboxes == ()


def test_every_mistake_is_told_at_once(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", "")
    monkeypatch.delenv("MAIL_PASSWORD")
    declare(
        MAILBOX.replace("support@example.com", "support")
        .replace("993", "99999")
        .replace("user: support", "security: maybe")
        .replace("imap.example.com", "imap example")
    )
    with pytest.raises(SettingsError) as caught:
        read_settings()
    told = "\n".join(caught.value.mistakes)
    for word in ("AMQP_URL", "MAIL_PASSWORD", "address", "port", "security", "host", "user"):
        assert word in told, word


def test_wrong_settings_end_the_process_before_it_serves(
    declare: Declare, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(MAILBOX.replace("993", "0"))
    with pytest.raises(SystemExit) as caught:
        create_app()
    assert caught.value.code == 2
    assert "port" in capsys.readouterr().err


def test_probes_and_metrics_answer() -> None:
    client = build_app(MemoryBroker().publisher()).test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json == {"checks": {"broker": "ok"}}
    assert b"sportello_" in client.get("/metrics").data


@pytest.mark.integration
def test_it_is_ready_when_the_broker_answers(amqp_url: str) -> None:
    publisher = build_publisher(amqp_url)
    client = build_app(publisher).test_client()
    assert client.get("/readyz").status_code == 503
    publisher.start()
    wait_until(lambda: client.get("/readyz").status_code == 200)
    publisher.stop()
