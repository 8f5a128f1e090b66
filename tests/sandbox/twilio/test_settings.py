"""The Twilio account in the environment: left out, whole, or wrong with every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest
from environs import EnvValidationError

from sandbox.config import TwilioAccount, load_settings

SID = "AC" + "0" * 32
TOKEN = "the auth token"


@pytest.fixture(autouse=True)
def meta(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "GATEWAY_URL": "http://gateway.test/",
        "WHATSAPP_APP_SECRET": "the app's secret",
        "WHATSAPP_VERIFY_TOKEN": "the verify token",
        "WHATSAPP_ACCESS_TOKEN": "the access token",
        "WHATSAPP_PHONE_NUMBER_ID": "109876543210987",
        "WHATSAPP_WABA_ID": "204123456789012",
        "WHATSAPP_DISPLAY_NUMBER": "+39 02 8088 1234",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> TwilioAccount | None:
    for name, value in values.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)
    return load_settings().twilio


@pytest.mark.parametrize("values", [{}, {"ACCOUNT_SID": ""}, {"AUTH_TOKEN": TOKEN}])
def test_without_an_account_there_is_no_stand_in(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    assert given(monkeypatch, **values) is None


def test_the_public_address_is_the_gateways_unless_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n")
    account = given(monkeypatch, ACCOUNT_SID=SID, AUTH_TOKEN_FILE=str(secret), NUMBER="+390550000002")
    assert account == TwilioAccount(SID, TOKEN, "+390550000002", "http://gateway.test")
    assert TOKEN not in repr(account)

    addresses = {"WEBHOOK_URL": "https://desk.test/", "URL": "http://sandbox:8009/twilio/"}
    account = given(monkeypatch, **addresses)
    assert account is not None
    assert (account.webhook_url, account.api_url) == ("https://desk.test", "http://sandbox:8009/twilio")


def test_every_mistake_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EnvValidationError) as wrong:
        given(monkeypatch, ACCOUNT_SID="AC1", AUTH_TOKEN="x", NUMBER="055", WEBHOOK_URL="desk", URL="x")
    assert set(wrong.value.error_messages) == {"TWILIO_ACCOUNT_SID"}

    with pytest.raises(EnvValidationError) as wrong:
        given(monkeypatch, ACCOUNT_SID=SID)
    assert set(wrong.value.error_messages) == {
        "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER", "TWILIO_WEBHOOK_URL", "TWILIO_URL",
    }  # fmt: skip
