"""The channels file about chats: what is wrong is said before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.webhook_gateway.channels.webchat.settings import FILE_TYPES
from services.webhook_gateway.chats.settings import read_streams_settings
from services.webhook_gateway.config import ChatSettings, read_settings, read_web_settings
from services.webhook_gateway.wiring import build_web
from shared.runtime.settings import SettingsError

SECRET = "a secret of thirty-two characters"
GOOD: dict[str, Any] = {
    "id": "webchat-main",
    "kind": "webchat",
    "site_key": "${WEBCHAT_SITE_KEY}",
    "identity_secret": "${WEBCHAT_IDENTITY_SECRET}",
    "allowed_origins": ["https://shop.example", "${WEBCHAT_ORIGIN}"],
}


@pytest.fixture
def channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in which all is well; returns the channels file."""
    path = tmp_path / "channels.yaml"
    settings = {
        "AMQP_URL": "amqp://localhost",
        "SPORTELLO_CHANNELS": str(path),
        "WEBCHAT_SITE_KEY": "shop-site-key",
        "WEBCHAT_IDENTITY_SECRET": SECRET,
        "WEBCHAT_ORIGIN": "http://localhost:8080",
        "WEBHOOK_GATEWAY_SPOOL_DIR": str(tmp_path / "spool"),
        "SPORTELLO_FILES_SECRET": "the secret of the links",
        "MONGODB_URI": "mongodb://localhost",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in (
        "LOG_LEVEL",
        "BLOBS_URI",
        "TRUSTED_PROXIES",
        "WEBHOOK_GATEWAY_MOST_STREAMS",
        "WEBCHAT_STREAMS_PER_ADDRESS",
        "WEBCHAT_NEW_VISITORS_PER_HOUR",
        "MONGODB_DATABASE",
    ):
        monkeypatch.delenv(name, raising=False)
    write(path, GOOD)
    return path


def write(path: Path, *entries: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump({"channels": list(entries)}))


def mistakes() -> str:
    with pytest.raises(SettingsError) as error:
        read_web_settings()
    return "\n".join(error.value.mistakes)


def test_a_gateway_may_have_chats_alone(channels: Path) -> None:
    (site,) = read_settings().chats
    assert (site.id, site.site_key, site.identity_secret) == ("webchat-main", "shop-site-key", SECRET)
    assert site.allowed_origins == ("https://shop.example", "http://localhost:8080")
    assert (site.public_url, site.streams_url, site.file_types) == ("", "", FILE_TYPES)


def test_addresses_have_no_slash_at_their_end(channels: Path) -> None:
    write(
        channels, GOOD | {"public_url": "https://desk.example/", "streams_url": "https://streams.example/x/"}
    )
    (site,) = read_settings().chats
    assert (site.public_url, site.streams_url) == ("https://desk.example", "https://streams.example/x")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("site_key", "short"),
        ("site_key", "with blank"),
        ("site_key", "../webchat"),
        ("identity_secret", "a short one"),
        ("retired_secrets", ["a short one"]),
        ("allowed_origins", []),
        ("allowed_origins", ["null"]),
        ("allowed_origins", ["https://shop.example/"]),
        ("allowed_origins", ["https://Shop.example"]),
        ("allowed_origins", ["https://shop.example:443"]),
        ("allowed_origins", ["https://*.shop.example"]),
        ("allowed_origins", ["shop.example"]),
        ("allowed_origins", "https://shop.example"),
        ("public_url", "desk.example"),
        ("streams_url", "ftp://desk.example"),
        ("max_file_bytes", 0),
        ("max_file_bytes", 10**12),
        ("file_types", ["*/*"]),
        ("file_types", ["pdf"]),
    ],
)
def test_mistakes_about_a_chat_are_named(channels: Path, field: str, value: Any) -> None:
    write(channels, GOOD | {field: value})
    assert f"channel webchat-main: {field}" in mistakes()


def test_two_chats_do_not_answer_to_one_name(channels: Path) -> None:
    write(channels, GOOD, GOOD | {"id": "webchat-again"})
    assert "channel webchat-again: site_key: channel webchat-main has the same." in mistakes()
    write(channels, GOOD, GOOD | {"id": "shop-site-key", "site_key": "another-site-key"})
    assert "site_key" in mistakes()


def test_a_chat_needs_a_place_for_files_and_for_offers(
    channels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPORTELLO_FILES_SECRET")
    assert "SPORTELLO_FILES_SECRET" in mistakes()
    monkeypatch.delenv("MONGODB_URI")
    assert "MONGODB_URI" in mistakes()


def test_limits_and_proxies_are_the_operators(channels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_web_settings().chats == ChatSettings(
        "mongodb://localhost", "sportello_webhook_gateway", trusted_proxies=0, newcomers=20
    )
    monkeypatch.setenv("TRUSTED_PROXIES", "2")
    monkeypatch.setenv("WEBCHAT_NEW_VISITORS_PER_HOUR", "500")
    chats = read_web_settings().chats
    assert chats is not None
    assert (chats.trusted_proxies, chats.newcomers) == (2, 500)
    monkeypatch.setenv("TRUSTED_PROXIES", "-1")
    assert "TRUSTED_PROXIES" in mistakes()


def test_so_are_those_of_the_streams(channels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_streams_settings()
    assert (settings.trusted_proxies, settings.most_streams, settings.most_of_address) == (0, 10_000, 200)
    monkeypatch.setenv("TRUSTED_PROXIES", "2")
    monkeypatch.setenv("WEBHOOK_GATEWAY_MOST_STREAMS", "500")
    monkeypatch.setenv("WEBCHAT_STREAMS_PER_ADDRESS", "50")
    settings = read_streams_settings()
    assert (settings.trusted_proxies, settings.most_streams, settings.most_of_address) == (2, 500, 50)
    monkeypatch.setenv("WEBCHAT_STREAMS_PER_ADDRESS", "0")
    with pytest.raises(SettingsError, match="WEBCHAT_STREAMS_PER_ADDRESS"):
        read_streams_settings()


def test_the_web_process_serves_the_doors_and_connects_to_nothing_for_it(channels: Path) -> None:
    web = build_web(read_web_settings())
    client = web.app.test_client()
    refused = client.post("/webchat/shop-site-key/messages", json={})
    assert refused.status_code == 401
    assert client.get("/webchat/widget.js").status_code == 200
