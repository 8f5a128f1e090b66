"""The desk learns its own addresses and its chats from the channels file, and needs no key besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.ticket_service.config import read_settings
from services.ticket_service.domain.chat import ChatSite
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.store.door_key import StoredDoorKey
from shared.runtime.settings import SettingsError
from tests.ticket_service.conftest import MongoDesk

CHANNELS = """
channels:
  - id: mail
    kind: email
    address: "${DESK_ADDRESS}"
    aliases: [Help@desk.example]
    imap: {password: "${NOT_SET_HERE}"}
  - {id: pec, kind: email, address: pec@desk.example}
  - {id: main, kind: whatsapp_cloud}
"""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AMQP_URL", "amqp://127.0.0.1")
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1")
    monkeypatch.setenv("SPORTELLO_CHANNELS", str(tmp_path / "channels.yaml"))
    (tmp_path / "channels.yaml").write_text(CHANNELS)
    return monkeypatch


def test_a_mailbox_declares_its_address_and_others_that_arrive_there(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DESK_ADDRESS", "Support@Desk.example")
    assert read_settings().mailboxes == {
        "mail": ("support@desk.example", "help@desk.example"),
        "pec": ("pec@desk.example",),
    }


def test_every_mailbox_without_an_address_is_named_at_once(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = CHANNELS.replace("address: pec@desk.example", "address: pec")
    (tmp_path / "channels.yaml").write_text(wrong)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    told = "\n".join(raised.value.mistakes)
    assert "DESK_ADDRESS" in told
    assert "channel pec: address" in told


@pytest.mark.integration
def test_without_a_key_in_the_environment_all_processes_have_the_same_one(mongo_desk: MongoDesk) -> None:
    one, other = (MailDesk(StoredDoorKey(mongo_desk.db)) for _ in range(2))
    token = one.token("ticket-1", "TT1")
    assert other.is_token_of(token, "ticket-1", "TT1")
    assert not MailDesk(("another key",)).is_token_of(token, "ticket-1", "TT1")


def test_a_live_chat_is_named_by_its_site_key_or_else_by_its_id(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("DESK_ADDRESS", "support@desk.example")
    environment.setenv("SITE", "site-key-of-the-shop")
    more = (
        '  - {id: shop, kind: webchat, site_key: "${SITE}", public_url: "https://chat.example/"}\n'
        '  - {id: blog, kind: webchat, site_key: "${ONLY_THE_GATEWAY_HAS_IT}"}\n'
    )
    (tmp_path / "channels.yaml").write_text(CHANNELS + more)
    assert read_settings().chats == {
        "shop": ChatSite("site-key-of-the-shop", "https://chat.example"),
        "blog": ChatSite("blog"),
    }
