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
"""

OURS = (
    "SPORTELLO_SMTP_URL",
    "SPORTELLO_MAIL_FROM",
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
        ("smtp://mail.example", ("mail.example", 587, False, "", "")),
        ("smtps://us%40er:p%3Aw@mail.example", ("mail.example", 465, True, "us@er", "p:w")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, False, "", "")),
    ],
)
def test_the_mail_server_is_one_address(
    environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    server: tuple[str, int, bool, str, str],
) -> None:
    monkeypatch.setenv("SPORTELLO_SMTP_URL", url)
    monkeypatch.setenv("SPORTELLO_MAIL_FROM", "Service desk <desk@example.com>")
    _, sending = read_worker_settings()
    read = sending.mail_server
    assert read is not None
    assert (read.host, read.port, read.tls, read.user, read.password) == server
    assert read.sender == Mailbox("desk@example.com", "Service desk")
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
