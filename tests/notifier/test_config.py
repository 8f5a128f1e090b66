"""Settings: what is read, and that every mistake is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.notifier.app import create_app
from services.notifier.config import read_settings, read_worker_settings
from services.notifier.domain.mail import Mailbox
from shared.runtime.settings import SettingsError

CHANNELS = """
channels:
  - id: whatsapp-main
    kind: whatsapp_cloud
    phone_number_id: "1098"
    app_secret: ${NOT_FOR_US}
    access_token: ${WHATSAPP_ACCESS_TOKEN}
    graph_url: http://127.0.0.1:8009/graph
  - id: mail
    kind: email
    name: Assistenza
    address: aiuto@example.org
    imap: {host: imap.example, password: "${NOT_FOR_US}"}
"""
SMTP = """
    smtp: {host: smtp.example, security: starttls, user: aiuto, password: "${SMTP_PASSWORD}"}
"""

OURS = (
    "SPORTELLO_SMTP_URL",
    "SPORTELLO_MAIL_FROM",
    "SPORTELLO_MAIL_BREAKER",
    "BLOBS_URI",
    "BLOBS_DATABASE",
    "SPORTELLO_FILES_SECRET",
    "NOTIFIER_TEMPLATE_SYNC_SECONDS",
)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    path = tmp_path / "channels.yaml"
    path.write_text(CHANNELS)
    values = {
        "AMQP_URL": "amqp://localhost",
        "MONGODB_URI": "mongodb://localhost",
        "SPORTELLO_CHANNELS": str(path),
        "WHATSAPP_ACCESS_TOKEN": "secret",
    }
    for name in ("LOG_LEVEL", "MONGODB_DATABASE", "NOTIFIER_OPENING_REPLY", "NOTIFIER_SEND_THREADS", *OURS):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def test_the_worker_takes_its_kinds_of_channels_and_only_the_secrets_it_uses(
    environment: Mapping[str, str],
) -> None:
    settings, sending = read_worker_settings()
    [channel] = sending.channels
    assert (channel.id, channel.kind, channel.fields.access_token) == (
        "whatsapp-main",
        "whatsapp_cloud",
        "secret",
    )
    assert settings.mongodb_database == "sportello_notifier"
    assert sending.opening_reply is not None
    assert (sending.threads, sending.limits.receipt_wait.total_seconds()) == (16, 60)


def test_templates_blobs_and_links_have_settings_of_their_own(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sending = read_worker_settings()
    assert (sending.blobs.uri, sending.blobs.database) == ("mongodb://localhost", "sportello_blobs")
    assert (sending.files_secret, sending.template_sync.total_seconds()) == (None, 900)
    monkeypatch.setenv("BLOBS_URI", "mongodb://elsewhere")
    monkeypatch.setenv("BLOBS_DATABASE", "files")
    monkeypatch.setenv("SPORTELLO_FILES_SECRET", "a-secret-of-many-letters")
    monkeypatch.setenv("NOTIFIER_TEMPLATE_SYNC_SECONDS", "60")
    _, sending = read_worker_settings()
    assert (sending.blobs.uri, sending.blobs.database) == ("mongodb://elsewhere", "files")
    assert (sending.files_secret, sending.template_sync.total_seconds()) == ("a-secret-of-many-letters", 60)
    assert "many-letters" not in repr(sending)


def test_processes_that_do_not_send_need_no_secret(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WHATSAPP_ACCESS_TOKEN")
    assert read_settings().process.amqp_url == "amqp://localhost"


@pytest.mark.parametrize(("text", "on"), [("Ticket {{ ticket.number }}", True), ("", False), ("  ", False)])
def test_the_opening_reply_can_be_replaced_or_switched_off(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, text: str, on: bool
) -> None:
    monkeypatch.setenv("NOTIFIER_OPENING_REPLY", text)
    _, sending = read_worker_settings()
    assert (sending.opening_reply is not None) is on


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", ("mail.example", 587, "starttls", "", "")),
        ("smtps://us%40er:p%3Aw@mail.example", ("mail.example", 465, "tls", "us@er", "p:w")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "offered", "", "")),
        ("smtp://relay.local:25?insecure=true", ("relay.local", 25, "offered", "", "")),
    ],
)
def test_the_mail_server_is_one_address(
    environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    server: tuple[str, int, str, str, str],
) -> None:
    monkeypatch.setenv("SPORTELLO_SMTP_URL", url)
    monkeypatch.setenv("SPORTELLO_MAIL_FROM", "Service desk <desk@example.com>")
    _, sending = read_worker_settings()
    own, mailbox = sending.outboxes
    read = own.server
    assert read is not None
    assert (read.host, read.port, read.security, read.user, read.password) == server
    assert own.sender == Mailbox("desk@example.com", "Service desk")
    assert (mailbox.channel_id, mailbox.server) == ("mail", read), "a mailbox without a server uses it"
    assert "p:w" not in repr(sending)


@pytest.mark.parametrize(
    ("url", "sender", "named"),
    [
        ("smtp://mail.example", "", "SPORTELLO_MAIL_FROM"),
        ("", "desk@example.com", "SPORTELLO_SMTP_URL"),
        ("http://mail.example", "desk@example.com", "SPORTELLO_SMTP_URL"),
        ("smtp://mail.example:99999", "desk@example.com", "SPORTELLO_SMTP_URL"),
    ],
)
def test_half_a_mail_server_is_a_mistake(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, url: str, sender: str, named: str
) -> None:
    monkeypatch.setenv("SPORTELLO_SMTP_URL", url)
    monkeypatch.setenv("SPORTELLO_MAIL_FROM", sender)
    with pytest.raises(SettingsError, match=named):
        read_worker_settings()


def test_a_mailbox_has_a_server_a_name_and_secrets_of_its_own(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(environment["SPORTELLO_CHANNELS"]).write_text(CHANNELS + SMTP)
    monkeypatch.setenv("SMTP_PASSWORD", "s3cret")
    _, sending = read_worker_settings()
    [mailbox] = sending.outboxes
    server = mailbox.server
    assert server is not None
    assert (mailbox.channel_id, mailbox.sender, mailbox.plus_addressing) == (
        "mail",
        Mailbox("aiuto@example.org", "Assistenza"),
        True,
    )
    assert (server.host, server.port, server.security, server.user, server.password) == (
        *("smtp.example", 587, "starttls", "aiuto"),
        "s3cret",
    )
    assert "s3cret" not in repr(sending)
    assert sending.most_automatic == 12


@pytest.mark.parametrize(
    ("smtp", "named"),
    [
        ("{host: smtp.example, security: none}", "security"),
        ("{host: smtp.example, user: aiuto}", "password"),
        ("{host: smtp.example, auth: {kind: xoauth2, token_url: 'http://x'}}", "auth"),
        ("{host: smtp.example, ca_file: /nowhere}", "ca_file"),
        ("{host: 'smtp example'}", "host"),
        ("{}", "host"),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_named(environment: Mapping[str, str], smtp: str, named: str) -> None:
    Path(environment["SPORTELLO_CHANNELS"]).write_text(f"{CHANNELS}    smtp: {smtp}\n")
    with pytest.raises(SettingsError, match=f"channel mail.*{named}"):
        read_worker_settings()


def test_a_mailbox_nobody_can_write_to_is_a_mistake(environment: Mapping[str, str]) -> None:
    wrong = CHANNELS.replace("aiuto@example.org", "é@example.org")
    Path(environment["SPORTELLO_CHANNELS"]).write_text(wrong)
    with pytest.raises(SettingsError, match="channel mail: address"):
        read_worker_settings()


def test_every_mistake_is_told_at_once(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMQP_URL", "http://wrong")
    monkeypatch.setenv("NOTIFIER_SEND_THREADS", "0")
    monkeypatch.setenv("NOTIFIER_TEMPLATE_SYNC_SECONDS", "1")
    monkeypatch.setenv("SPORTELLO_FILES_SECRET", "too-few")
    monkeypatch.setenv("NOTIFIER_OPENING_REPLY", "{{ ticket.nunber }}")
    monkeypatch.delenv("MONGODB_URI")
    with pytest.raises(SettingsError) as caught:
        read_worker_settings()
    told = "\n".join(caught.value.mistakes)
    named = ("AMQP_URL", "NOTIFIER_SEND_THREADS", "NOTIFIER_OPENING_REPLY", "MONGODB_URI", "nunber")
    for name in (*named, "NOTIFIER_TEMPLATE_SYNC_SECONDS", "SPORTELLO_FILES_SECRET"):
        assert name in told
    assert "too-few" not in told


def test_every_mistake_of_the_channels_is_told_and_no_secret_with_it(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(environment["SPORTELLO_CHANNELS"])
    wrong = CHANNELS.replace('"1098"', '"+39"').replace("http://127.0.0.1:8009/graph", "ftp://x")
    path.write_text(wrong)
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", "hush hush")
    with pytest.raises(SettingsError) as caught:
        read_worker_settings()
    told = "\n".join(caught.value.mistakes)
    for name in ("phone_number_id", "graph_url", "access_token"):
        assert name in told
    assert "hush" not in told


def test_the_web_process_lists_mistakes_and_exits(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MONGODB_URI")
    with pytest.raises(SystemExit) as caught:
        create_app()
    assert caught.value.code == 2
    assert "MONGODB_URI" in capsys.readouterr().err
