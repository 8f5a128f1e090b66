"""Settings that are wrong are named all at once; preparing a database twice changes nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.ticket_service import prepare as preparation
from services.ticket_service.config import CrashPoint, OutwardSettings, read_first_settings, read_settings
from services.ticket_service.domain.first_run import FIRST_RUN, FirstRun
from services.ticket_service.domain.numbering import Numbering
from services.ticket_service.passwords import Argon2Passwords
from services.ticket_service.store.preparing import Preparing
from shared.egress.addresses import Origin
from shared.runtime.settings import SettingsError
from tests.ticket_service.conftest import MongoDesk

CHANNELS = """
channels:
  - {id: main, kind: whatsapp_cloud, name: WhatsApp, app_secret: "${NOT_SET_HERE}"}
  - {id: quiet, kind: whatsapp_cloud, automatic_tickets: false}
"""
PASSWORD = "correct horse battery staple"
TOKEN = "spt_0123456789abcdef0123"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in ("SPORTELLO_CRASH_AT", "SPORTELLO_TESTING", "MONGODB_DATABASE", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "channels.yaml"
    path.write_text(CHANNELS)
    monkeypatch.setenv("AMQP_URL", "amqp://127.0.0.1")
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1")
    monkeypatch.setenv("SPORTELLO_CHANNELS", str(path))
    return monkeypatch


def mistakes(read: object) -> list[str]:
    assert callable(read)
    with pytest.raises(SettingsError) as raised:
        read()
    return raised.value.mistakes


def test_how_the_desk_meets_others_has_defaults_and_bounds(environment: pytest.MonkeyPatch) -> None:
    for name in ("API_RATE_LIMIT", "TRUSTED_PROXIES", "WEBHOOK_ORIGINS"):
        environment.delenv(name, raising=False)
    assert read_settings().outward == OutwardSettings("6000/minute", 0, frozenset())
    environment.setenv("API_RATE_LIMIT", "")
    environment.setenv("TRUSTED_PROXIES", "2")
    environment.setenv("WEBHOOK_ORIGINS", "http://erp.internal:8080, https://hooks.internal")
    named = frozenset({Origin("http", "erp.internal", 8080), Origin("https", "hooks.internal", 443)})
    assert read_settings().outward == OutwardSettings("", 2, named)
    environment.setenv("API_RATE_LIMIT", "many")
    environment.setenv("TRUSTED_PROXIES", "-1")
    environment.setenv("WEBHOOK_ORIGINS", "http://erp.internal/hook")
    found = "\n".join(mistakes(read_settings))
    assert "API_RATE_LIMIT" in found
    assert "TRUSTED_PROXIES" in found
    assert "WEBHOOK_ORIGINS" in found


def test_settings_are_read_and_no_secret_of_a_channel_is_needed(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    assert settings.mongodb_database == "sportello_ticket_service"
    assert [(each.id, each.automatic_tickets) for each in settings.channels] == [
        ("main", True),
        ("quiet", False),
    ]
    assert settings.crash is None


def test_every_mistake_is_named_at_once(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("AMQP_URL", "http://x")
    environment.setenv("MONGODB_URI", "")
    environment.setenv("SPORTELLO_CHANNELS", str(tmp_path / "none.yaml"))
    found = "\n".join(mistakes(read_settings))
    for name in ("AMQP_URL", "MONGODB_URI", "SPORTELLO_CHANNELS"):
        assert name in found


@pytest.mark.parametrize(
    ("value", "crash"),
    [
        ("before_commit", CrashPoint("before_commit", 1)),
        ("after_commit:7", CrashPoint("after_commit", 7)),
        ("somewhere", None),
        ("after_commit:x", None),
        ("after_commit:0", None),
    ],
)
def test_a_crash_can_be_asked_for_in_tests_only(
    environment: pytest.MonkeyPatch, value: str, crash: CrashPoint | None
) -> None:
    environment.setenv("SPORTELLO_CRASH_AT", value)
    assert "only for tests" in mistakes(read_settings)[0]
    environment.setenv("SPORTELLO_TESTING", "1")
    if crash is None:
        assert "SPORTELLO_CRASH_AT" in mistakes(read_settings)[0]
    else:
        assert read_settings().crash == crash


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPORTELLO_TIME_ZONE", "Europe/Roma"),
        ("SPORTELLO_TITLE_PATTERN", "{date} {hour}"),
        ("SPORTELLO_TITLE_PATTERN", " "),
        ("SPORTELLO_NUMBER_PREFIX", "a/b"),
        ("SPORTELLO_NUMBER_PREFIX", "x" * 21),
        ("SPORTELLO_WORKFLOW_PRESET", "S005"),
        ("SPORTELLO_ADMIN_EMAIL", "nobody"),
        ("SPORTELLO_ADMIN_PASSWORD", "short"),
        ("SPORTELLO_API_TOKEN", "short"),
    ],
)
def test_a_wrong_first_setting_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    assert name in mistakes(read_first_settings)[0]


@pytest.mark.parametrize(
    "given",
    [
        {"SPORTELLO_ADMIN_EMAIL": "a@example.org"},
        {"SPORTELLO_ADMIN_PASSWORD": PASSWORD},
        {"SPORTELLO_API_TOKEN": TOKEN},
    ],
)
def test_an_administrator_needs_address_and_password(
    environment: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        environment.setenv(name, value)
    assert "go together" in mistakes(read_first_settings)[0]


@pytest.mark.integration
def test_preparing_makes_what_is_missing_and_a_second_time_changes_nothing(
    mongo_desk: MongoDesk, environment: pytest.MonkeyPatch
) -> None:
    db = mongo_desk.db
    mongo_desk.client.drop_database(db.name)
    for name, value in {
        "SPORTELLO_TIME_ZONE": "Europe/Rome",
        "SPORTELLO_WORKFLOW_PRESET": "S004",
        "SPORTELLO_ADMIN_EMAIL": "Anna@Example.org",
        "SPORTELLO_ADMIN_PASSWORD": PASSWORD,
        "SPORTELLO_API_TOKEN": TOKEN,
    }.items():
        environment.setenv(name, value)
    preparation.prepare(Preparing(db), read_first_settings())

    def all_documents() -> dict[str, list[object]]:
        return {name: list(db[name].find()) for name in sorted(db.list_collection_names())}

    first = all_documents()
    preparation.prepare(Preparing(db), read_first_settings())
    assert all_documents() == first
    user = db["users"].find_one({"email": "anna@example.org"}) or {}
    assert user["roles"] == ["admin"]
    assert user["password_hash"].startswith("$argon2id$")
    assert Argon2Passwords().verify(user["password_hash"], PASSWORD)
    token = db["api_tokens"].find_one({"user_id": user["_id"]}) or {}
    assert token["_id"] == hashlib.sha256(TOKEN.encode()).hexdigest()
    assert mongo_desk.store().workflow().opening.key == "new"
    assert str(mongo_desk.store().desk().time_zone) == "Europe/Rome"
    assert mongo_desk.store().setting(Numbering).prefix == "TT"


@pytest.mark.integration
def test_preparing_again_sets_what_the_environment_names_and_keeps_the_rest(
    mongo_desk: MongoDesk, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("SPORTELLO_NUMBER_PREFIX", "ACME-")
    environment.setenv("SPORTELLO_WORKFLOW_PRESET", "S003")
    environment.setenv("SPORTELLO_ADMIN_EMAIL", "anna@example.org")
    environment.setenv("SPORTELLO_ADMIN_PASSWORD", PASSWORD)
    environment.setenv("SPORTELLO_API_TOKEN", TOKEN)
    preparation.prepare(Preparing(mongo_desk.db), read_first_settings())
    environment.delenv("SPORTELLO_NUMBER_PREFIX")
    environment.setenv("SPORTELLO_API_TOKEN", TOKEN + "-rotated")
    preparation.prepare(Preparing(mongo_desk.db), read_first_settings())
    store = mongo_desk.store()
    assert store.setting(Numbering).prefix == "ACME-"
    assert store.workflow().opening.key == "open"
    assert len(store.workflow().statuses) == 4
    digests = [token["_id"] for token in mongo_desk.db["api_tokens"].find()]
    assert digests == [hashlib.sha256((TOKEN + "-rotated").encode()).hexdigest()]


def test_a_password_fits_its_hash_only() -> None:
    passwords = Argon2Passwords()
    kept = passwords.hash(PASSWORD)
    assert passwords.verify(kept, PASSWORD)
    assert not passwords.verify(kept, PASSWORD + " ")
    assert not passwords.verify(None, PASSWORD)
    assert not passwords.verify("not a hash", PASSWORD)


@pytest.mark.integration
def test_a_desk_without_an_administrator_is_opened_by_the_code_that_preparing_shows(
    mongo_desk: MongoDesk, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SPORTELLO_ADMIN_EMAIL", "SPORTELLO_ADMIN_PASSWORD", "SPORTELLO_API_TOKEN"):
        environment.delenv(name, raising=False)
    preparation.prepare(Preparing(mongo_desk.db), read_first_settings())
    shown = capsys.readouterr().out
    assert "/setup with the code" in shown
    waiting = mongo_desk.store().record(FirstRun, FIRST_RUN)
    assert waiting is not None
    assert waiting.opened_by(shown.split()[-1])
    mongo_desk.db["users"].insert_one({"_id": "anna", "email": "anna@example.org"})
    preparation.prepare(Preparing(mongo_desk.db), read_first_settings())
    assert "/setup" not in capsys.readouterr().out
    assert mongo_desk.store().record(FirstRun, FIRST_RUN) is None
