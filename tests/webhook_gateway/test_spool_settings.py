"""Where the spool lies: a folder that cannot be written is named with all other mistakes, at the start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.webhook_gateway.config import SPOOL_BYTES, read_web_settings
from shared.runtime.settings import SettingsError
from tests.webhook_gateway.spool.disks import make_unwritable, small_disk

CHANNELS = """
channels:
  - {id: whatsapp-main, kind: whatsapp_cloud, phone_number_id: "109876543210987",
     app_secret: a secret of ours, verify_token: a verify token, access_token: an access token of ours}
"""


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in which all is well; returns the spool's folder, not made yet."""
    (tmp_path / "channels.yaml").write_text(CHANNELS)
    monkeypatch.setenv("AMQP_URL", "amqp://localhost")
    monkeypatch.setenv("SPORTELLO_CHANNELS", str(tmp_path / "channels.yaml"))
    monkeypatch.setenv("WEBHOOK_GATEWAY_SPOOL_DIR", str(tmp_path / "var" / "spool"))
    monkeypatch.delenv("WEBHOOK_GATEWAY_SPOOL_MAX_BYTES", raising=False)
    return tmp_path / "var" / "spool"


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 65_536) as folder:
        make_unwritable(folder)
        yield folder


def mistakes() -> str:
    with pytest.raises(SettingsError) as error:
        read_web_settings()
    return "\n".join(error.value.mistakes)


def test_the_folder_is_made_for_its_owner_alone_and_left_empty(spool: Path) -> None:
    settings = read_web_settings().spool
    assert (settings.folder, settings.max_bytes) == (spool, SPOOL_BYTES)
    assert spool.stat().st_mode & 0o777 == 0o700
    assert {path.suffix for path in spool.iterdir()} == {".lock"}


def test_a_folder_that_cannot_be_written_is_named_with_the_other_mistakes(
    read_only_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_GATEWAY_SPOOL_DIR", str(read_only_disk))
    monkeypatch.setenv("AMQP_URL", "http://localhost")
    text = mistakes()
    assert f"WEBHOOK_GATEWAY_SPOOL_DIR: {read_only_disk} cannot be written: Read-only file system." in text
    assert "AMQP_URL" in text


@pytest.mark.parametrize("given", ["", None, __file__])
def test_the_folder_must_be_named_and_be_a_folder(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_GATEWAY_SPOOL_DIR")
    if given is not None:
        monkeypatch.setenv("WEBHOOK_GATEWAY_SPOOL_DIR", given)
    assert "WEBHOOK_GATEWAY_SPOOL_DIR" in mistakes()


@pytest.mark.parametrize("given", ["1000", "much", "-1"])
def test_the_limit_must_leave_room_for_the_largest_webhook(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_GATEWAY_SPOOL_MAX_BYTES", given)
    assert "WEBHOOK_GATEWAY_SPOOL_MAX_BYTES" in mistakes()


def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_GATEWAY_SPOOL_MAX_BYTES", "5000000")
    assert read_web_settings().spool.max_bytes == 5_000_000
