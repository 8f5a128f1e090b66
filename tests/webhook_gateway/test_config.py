"""Wrong settings are all named at once, and a gateway without a secret does not start."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from services.webhook_gateway.app import create_app
from services.webhook_gateway.config import read_settings
from shared.runtime.settings import SettingsError
from tests.webhook_gateway import twilio
from tests.webhook_gateway.whatsapp import MAIN, SECRET, TOKEN

GOOD = """
channels:
  - id: whatsapp-main
    kind: whatsapp_cloud
    phone_number_id: "109876543210987"
    app_secret: ${WHATSAPP_APP_SECRET}
    verify_token: ${WHATSAPP_VERIFY_TOKEN}
    access_token: ${WHATSAPP_ACCESS_TOKEN}
  - id: support-mail
    kind: email
    address: ${NOT_SET_FOR_US}
"""


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in which all is well; returns the channels file."""
    path = tmp_path / "channels.yaml"
    path.write_text(GOOD)
    monkeypatch.setenv("AMQP_URL", "amqp://localhost")
    monkeypatch.setenv("SPORTELLO_CHANNELS", str(path))
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "an app secret")
    monkeypatch.setenv("WHATSAPP_VERIFY_TOKEN", "a verify token")
    monkeypatch.delenv("WHATSAPP_ACCESS_TOKEN", raising=False)
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    return path


TWILIO = """
  - id: whatsapp-twilio
    kind: whatsapp_twilio
    account_sid: "AC11111111111111111111111111111111"
    auth_token: ${TWILIO_AUTH_TOKEN}
    number: "+390550000002"
    public_url: https://desk.example.com/
    twilio_url: ${NOT_SET_FOR_US}
"""


def mistakes() -> list[str]:
    with pytest.raises(SettingsError) as error:
        read_settings()
    return error.value.mistakes


def test_good_settings_need_no_secret_of_others(environ: Path) -> None:
    settings = read_settings()
    assert [channel.kind for channel in settings.channels] == ["whatsapp_cloud"]


def test_every_mistake_is_named_at_once(environ: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", "http://localhost")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    environ.write_text(
        GOOD.replace('"109876543210987"', '"not digits"').replace("${WHATSAPP_VERIFY_TOKEN}", "short")
    )
    monkeypatch.delenv("WHATSAPP_APP_SECRET")
    text = "\n".join(mistakes())
    for part in ("AMQP_URL", "LOG_LEVEL", "WHATSAPP_APP_SECRET", "phone_number_id", "verify_token"):
        assert part in text


def test_two_channels_for_one_number_are_a_mistake(environ: Path) -> None:
    entry = GOOD.partition("- id: whatsapp-main")[2].partition("- id: support-mail")[0]
    environ.write_text(GOOD + "  - id: whatsapp-again" + entry)
    assert mistakes() == ["channel whatsapp-again: phone_number_id: channel whatsapp-main has the same."]


def test_both_kinds_of_whatsapp_can_be_had_at_once(environ: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ.write_text(GOOD + TWILIO.lstrip("\n"))
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a token of Twilio's")
    assert [channel.kind for channel in read_settings().channels] == ["whatsapp_cloud", "whatsapp_twilio"]


@pytest.mark.parametrize(
    ("good", "bad", "field"),
    [
        ("AC11111111111111111111111111111111", "AC1", "account_sid"),
        ("a token of Twilio's", "short", "auth_token"),
        ("+390550000002", "whatsapp:+390550000002", "number"),
        ("+390550000002", "0550000002", "number"),
        ("https://desk.example.com/", "desk.example.com", "public_url"),
        ("https://desk.example.com/", "ftp://desk.example.com", "public_url"),
        ("https://desk.example.com/", "https://", "public_url"),
        ("https://desk.example.com/", "https://desk.example.com:99999", "public_url"),
        ("https://desk.example.com/", "https://desk.example.com/?a=1", "public_url"),
    ],
)
def test_mistakes_about_a_twilio_number_are_named(
    environ: Path, monkeypatch: pytest.MonkeyPatch, good: str, bad: str, field: str
) -> None:
    token = "a token of Twilio's"
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", bad if good == token else token)
    environ.write_text(GOOD + TWILIO.lstrip("\n").replace(good, bad))
    (mistake,) = mistakes()
    assert "whatsapp-twilio" in mistake
    assert field in mistake


def test_two_channels_for_one_twilio_number_are_a_mistake(
    environ: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a token of Twilio's")
    one = TWILIO.lstrip("\n")
    environ.write_text(GOOD + one + one.replace("id: whatsapp-twilio", "id: twilio-again", 1))
    assert mistakes() == ["channel twilio-again: number: channel whatsapp-twilio has the same."]


@pytest.mark.parametrize("text", ["channels: []", "channels:\n  - id: mail\n    kind: email"])
def test_a_gateway_with_nothing_to_receive_does_not_start(environ: Path, text: str) -> None:
    environ.write_text(text)
    assert "no channel" in mistakes()[0]


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_gateway_without_a_secret_refuses_to_start(
    environ: Path, secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHATSAPP_APP_SECRET", secret)
    with pytest.raises(SystemExit) as stopped:
        create_app()
    assert stopped.value.code == 2
    assert "nothing was started" in capsys.readouterr().err


def test_secrets_do_not_show(environ: Path) -> None:
    assert SECRET not in repr(MAIN)
    assert TOKEN not in repr(MAIN)
    number = dataclasses.replace(twilio.MAIN, webhook_secret="a shared key")
    assert twilio.TOKEN not in repr(number)
    assert "shared" not in repr(number)
