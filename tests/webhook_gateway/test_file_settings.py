"""What fetching and serving files need is asked of the process that does it, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.webhook_gateway.config import read_web_settings, read_worker_settings
from shared.runtime.settings import SettingsError

CHANNELS = """
channels:
  - id: whatsapp-main
    kind: whatsapp_cloud
    phone_number_id: "109876543210987"
    app_secret: "an app secret"
    verify_token: "a verify token"
    access_token: ${TOKEN_OF_META}
    max_media_bytes: 1000
  - id: whatsapp-twilio
    kind: whatsapp_twilio
    account_sid: "AC11111111111111111111111111111111"
    auth_token: "a-token-of-twilio"
    number: "+390550000002"
    public_url: https://desk.example.com
  - id: support-mail
    kind: email
    site_key: ${NOT_SET_FOR_US}
"""


@pytest.fixture(autouse=True)
def channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in which all is well for both processes; returns the channels file."""
    for name in ("BLOBS_URI", "BLOBS_DATABASE", "MONGODB_DATABASE", "SPORTELLO_FILES_SECRET", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "channels.yaml"
    path.write_text(CHANNELS)
    monkeypatch.setenv("AMQP_URL", "amqp://localhost")
    monkeypatch.setenv("SPORTELLO_CHANNELS", str(path))
    monkeypatch.setenv("MONGODB_URI", "mongodb://u:secret@localhost")
    monkeypatch.setenv("TOKEN_OF_META", "EAA-secret")
    monkeypatch.setenv("WEBHOOK_GATEWAY_SPOOL_DIR", str(tmp_path / "spool"))
    return path


def test_the_worker_knows_a_way_to_the_files_of_every_channel() -> None:
    settings = read_worker_settings()
    assert {channel: fetcher.max_bytes for channel, fetcher in settings.fetchers.items()} == {
        "whatsapp-main": 1000,
        "whatsapp-twilio": 100 * 1024 * 1024,
    }
    assert settings.mongodb_database == "sportello_webhook_gateway"
    assert (settings.blobs.uri, settings.blobs.database) == (
        "mongodb://u:secret@localhost",
        "sportello_blobs",
    )
    assert "secret" not in repr(settings)


def test_every_mistake_of_the_worker_is_named_at_once(
    channels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONGODB_URI", "http://localhost")
    monkeypatch.setenv("WEBHOOK_GATEWAY_MEDIA_THREADS", "0")
    monkeypatch.delenv("TOKEN_OF_META")
    channels.write_text(CHANNELS.replace("max_media_bytes: 1000", "max_media_bytes: none"))
    with pytest.raises(SettingsError) as error:
        read_worker_settings()
    text = "\n".join(error.value.mistakes)
    for part in ("MONGODB_URI", "WEBHOOK_GATEWAY_MEDIA_THREADS", "TOKEN_OF_META", "max_media_bytes"):
        assert part in text


def test_the_web_process_needs_neither_token_nor_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGODB_URI")
    monkeypatch.delenv("TOKEN_OF_META")
    assert read_web_settings().files is None


def test_links_need_a_secret_that_cannot_be_guessed_and_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPORTELLO_FILES_SECRET", "a secret for links in tests")
    files = read_web_settings().files
    assert files is not None
    assert files.blobs.uri == "mongodb://u:secret@localhost"
    assert "secret" not in repr(files).replace("FileSettings", "")
    monkeypatch.delenv("MONGODB_URI")
    with pytest.raises(SettingsError, match="MONGODB_URI"):
        read_web_settings()
    monkeypatch.setenv("BLOBS_URI", "mongodb://other")
    monkeypatch.setenv("BLOBS_DATABASE", "files")
    files = read_web_settings().files
    assert files is not None
    assert (files.blobs.uri, files.blobs.database) == ("mongodb://other", "files")
    monkeypatch.setenv("SPORTELLO_FILES_SECRET", "short")
    with pytest.raises(SettingsError, match="SPORTELLO_FILES_SECRET"):
        read_web_settings()
