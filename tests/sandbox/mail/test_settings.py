"""The mailboxes in the environment: left out, whole, or wrong with every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest
from environs import EnvValidationError

from sandbox.config import DeskMailbox, MailServers, load_settings
from tests.sandbox.test_page import ENVIRONMENT

WHOLE = {"IMAP_PORT": "8024", "SMTP_PORT": "8025", "ADDRESS": "Support@Desk.example"}
SECRET = "the password"


@pytest.fixture(autouse=True)
def meta(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> MailServers | None:
    for name, value in values.items():
        monkeypatch.setenv(f"MAIL_{name}", value)
    return load_settings().mail


@pytest.mark.parametrize("values", [{}, {"ADDRESS": "support@desk.example"}])
def test_without_a_server_there_is_no_stand_in(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    assert given(monkeypatch, **values) is None


def test_the_certified_mailbox_is_there_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{SECRET}\n")
    servers = given(monkeypatch, **WHOLE, PASSWORD_FILE=str(secret))
    assert servers == MailServers(
        "127.0.0.1", 8024, (DeskMailbox("support@desk.example", SECRET),), "127.0.0.1", 8025
    )
    assert SECRET not in repr(servers)

    servers = given(monkeypatch, PEC_ADDRESS="desk@pec.example", PEC_PASSWORD="another password")
    assert servers is not None
    assert servers.mailboxes[1] == DeskMailbox("desk@pec.example", "another password", certified=True)


def test_every_mistake_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EnvValidationError) as wrong:
        given(monkeypatch, IMAP_PORT="8024", ADDRESS="support", PASSWORD="x", PEC_ADDRESS="a@b.example")
    assert set(wrong.value.error_messages) == {
        "MAIL_ADDRESS", "MAIL_PASSWORD", "MAIL_PEC_PASSWORD", "MAIL_SMTP_PORT",
    }  # fmt: skip
