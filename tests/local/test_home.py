"""The folder of an instance: secrets are made once, kept, and readable by their owner only."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml

from deploy.local.home import REPOSITORY, Home, write_private
from deploy.local.ports import PortPlan
from deploy.local.processes import Instance


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "deep" / "home")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_kept_over_restarts_and_differ_between_homes(home: Home, tmp_path: Path) -> None:
    first = home.prepare()
    assert home.prepare() == first
    other = Home(tmp_path / "other").prepare()
    assert not set(vars(first).values()) & set(vars(other).values())


def test_a_home_of_an_earlier_version_gets_only_the_secret_it_lacks(home: Home) -> None:
    first = home.prepare()
    file = home.root / "secrets.json"
    kept = json.loads(file.read_text())
    del kept["api_token"]
    file.write_text(json.dumps(kept))

    second = home.prepare()

    assert second.api_token
    assert second.api_token != first.api_token
    assert second.admin_password == first.admin_password
    assert home.prepare() == second


def test_nothing_in_a_home_is_readable_by_others(home: Home) -> None:
    desk = Instance(home, PortPlan(), home.prepare(), "amqp://x/", "mongodb://x/", {})
    home.write_endpoints(desk.plan, desk.amqp_url, desk.mongodb_uri)
    home.write_credentials(desk.secrets, desk.channels())
    assert mode(home.root) == 0o700
    for file in (home.endpoints_file, home.credentials_file, home.channels, home.root / "secrets.json"):
        assert mode(file) == 0o600, file


def test_a_file_that_was_readable_by_others_is_private_after_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")
    assert file.read_text() == "new"
    assert mode(file) == 0o600


def test_endpoints_name_every_service_and_server(home: Home) -> None:
    home.prepare()
    home.write_endpoints(PortPlan(9000), "amqp://broker/", "mongodb://database/")
    assert json.loads(home.endpoints_file.read_text()) == {
        "ticket_service": "http://127.0.0.1:9000",
        "webhook_gateway": "http://127.0.0.1:9001",
        "notifier": "http://127.0.0.1:9002",
        "mail_collector": "http://127.0.0.1:9003",
        "sandbox": "http://127.0.0.1:9009",
        "amqp": "amqp://broker/",
        "mongodb": "mongodb://database/",
        "smtp": "smtp://127.0.0.1:9025",
    }


def test_credentials_are_those_that_the_services_were_given(home: Home) -> None:
    given = {"WHATSAPP_APP_SECRET": "of the real account"}
    desk = Instance(home, PortPlan(), home.prepare(), "amqp://x/", "mongodb://x/", given)
    credentials = home.write_credentials(desk.secrets, desk.channels())
    assert credentials == json.loads(home.credentials_file.read_text())
    assert credentials["console"]["password"] == desk.secrets.admin_password
    assert credentials["whatsapp"]["app_secret"] == "of the real account"
    assert credentials["whatsapp"]["verify_token"] == desk.secrets.whatsapp_verify_token
    assert set(credentials["whatsapp"]) == {
        "channel_id", "phone_number_id", "waba_id", "app_secret", "verify_token", "access_token",
    }  # fmt: skip
    assert credentials["twilio"] == {
        "channel_id": "whatsapp-twilio",
        "account_sid": desk.secrets.twilio_account_sid,
        "auth_token": desk.secrets.twilio_auth_token,
        "number": "+390550000002",
    }
    assert credentials["webchat"] == {
        "channel_id": "webchat-main",
        "site_key": desk.secrets.webchat_site_key,
        "identity_secret": desk.secrets.webchat_identity_secret,
    }
    for name, channel, address, password in (
        ("mail", "support-mail", "support@sportello.example", desk.secrets.mail_password),
        ("pec", "pec-mail", "support@pec.sportello.example", desk.secrets.pec_password),
    ):
        assert credentials[name] == {
            "channel_id": channel,
            "address": address,
            "imap": {"host": "127.0.0.1", "port": 8024, "user": address, "password": password},
            "smtp": {"host": "127.0.0.1", "port": 8025},
        }


def test_every_reference_of_the_channels_file_is_provided(home: Home) -> None:
    desk = Instance(home, PortPlan(), home.prepare(), "amqp://x/", "mongodb://x/", {})
    channels = yaml.safe_load(home.channels.read_text())["channels"]
    blocks = [block for channel in channels for block in (channel, *channel.values())]
    inner = [v for block in blocks if isinstance(block, dict) for v in block.values()]
    values = [v for one in inner for v in (one if isinstance(one, list) else [one]) if isinstance(v, str)]
    assert {value[2:-1] for value in values if value[:2] == "${"} <= set(desk.channels())
    assert [channel["id"] for channel in channels] == [
        "whatsapp-main", "whatsapp-twilio", "webchat-main", "support-mail", "pec-mail",
    ]  # fmt: skip


def test_a_channels_file_that_was_edited_stays(home: Home) -> None:
    home.prepare()
    home.channels.write_text("channels: []\n")
    home.prepare()
    assert home.channels.read_text() == "channels: []\n"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, REPOSITORY / ".sportello"),
        ({"SPORTELLO_HOME": " "}, REPOSITORY / ".sportello"),
        ({"SPORTELLO_HOME": "/srv/desk"}, Path("/srv/desk")),
    ],
)
def test_the_home_is_chosen_by_the_environment(environment: dict[str, str], expected: Path) -> None:
    assert Home.from_environment(environment).root == expected
